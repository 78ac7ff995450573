"""The simulation, against plain MuJoCo."""

from __future__ import annotations

import functools
import gc
import weakref

import gymnasium as gym
import mujoco
import numpy as np
import pytest

from hand_envs.core.simulation import Simulation
from hand_envs.core.task import Variation
from hand_envs.errors import HandEnvsError, StateError, TaskError

SCENE = """
<mujoco>
  <worldbody>
    <body name="frame" pos="0 0 1">
      <body name="pole">
        <joint name="hinge" axis="0 1 0"/>
        <geom name="rod" size="0.1" pos="0.5 0 0"/>
        <site name="tip" pos="1 0 0"/>
      </body>
    </body>
  </worldbody>
  <actuator><motor name="push" joint="hinge" ctrlrange="-1 3"/></actuator>
  <sensor><jointvel name="speed" joint="hinge"/></sensor>
</mujoco>
"""


def make(nsim: int = 3, **options) -> Simulation:
    return Simulation(mujoco.MjSpec.from_string(SCENE), nsim, varied=("body_pos",), **options)


def test_steps_like_plain_mujoco_bit_for_bit():
    sim = make()
    data = mujoco.MjData(sim.model)
    tip, speed = sim.site("tip").xpos, sim.sensor("speed").data
    for step in range(50):
        sim.ctrl[:] = data.ctrl[:] = np.sin(step)
        sim.step(5)
        mujoco.mj_step(sim.model, data, 5)
        for index in range(3):
            np.testing.assert_array_equal(sim.qpos[index], data.qpos)
            np.testing.assert_array_equal(tip[index], data.site("tip").xpos)
            np.testing.assert_array_equal(speed[index], data.sensor("speed").data)


def test_names_are_live_and_writable_where_state():
    sim = make()
    sim.joint("hinge").qpos[:] = [[0.1], [0.2], [0.3]]
    np.testing.assert_array_equal(sim.qpos[:, 0], [0.1, 0.2, 0.3])
    sim.body("frame").pos[1] = (0, 0, 5)
    tip = sim.site("tip").xpos
    sim.forward()
    np.testing.assert_allclose(tip[:, 2], [1 - np.sin(0.1), 5 - np.sin(0.2), 1 - np.sin(0.3)])
    with pytest.raises(ValueError, match="read-only"):
        tip[:] = 0


def test_control_is_scaled_to_the_range_of_the_actuators():
    sim = make()
    assert (sim.control_center.item(), sim.control_reach.item()) == (1, 2)


def test_unknown_names_say_which_there_are():
    sim = make()
    with pytest.raises(StateError, match="did you mean 'hinge'.*Valid: hinge"):
        sim.joint("hing")
    with pytest.raises(AttributeError, match="did you mean 'qpos'"):
        _ = sim.qposs
    with pytest.raises(AttributeError):
        _ = sim.joint("hinge").nothing


def test_reset_restores_the_model_too():
    sim = make()
    sim.body("frame").pos[:] = 7
    sim.qpos[:] = 1
    sim.reset(np.array([0, 2]))
    np.testing.assert_array_equal(sim.body("frame").pos[:, 2], [1, 7, 1])
    np.testing.assert_array_equal(sim.qpos[:, 0], [0, 1, 0])


def test_states_hold_model_and_lagging_quantities():
    sim = make()
    tip = sim.site("tip").xpos
    sim.body("frame").pos[1] = (0, 0, 5)
    sim.step(5)
    state, seen = sim.get_state(1), tip[1].copy()
    sim.step(5)
    after = (sim.qpos[1].copy(), tip[1].copy())
    sim.reset()
    sim.forward()
    sim.set_state(1, state)
    np.testing.assert_array_equal(tip[1], seen)
    sim.step(5)
    np.testing.assert_array_equal(sim.qpos[1], after[0])
    np.testing.assert_array_equal(tip[1], after[1])
    assert not np.shares_memory(state["integration"], sim._batch.state)


def test_states_without_all_there_is_are_refused():
    sim = make()
    state = sim.get_state(0)
    del state["model.body_pos"]
    with pytest.raises(StateError, match="lacks 'model.body_pos'"):
        sim.set_state(0, state)


def test_blown_up_simulations_are_named_and_put_back():
    sim = make()
    sim.qvel[1] = np.nan
    assert sim.step(1).tolist() == [False, True, False]
    assert np.isfinite(sim.qpos).all()
    assert sim.step(1) is None


def test_threads_are_at_most_the_simulations():
    assert make(2, nthread=8).nthread == 2
    assert make(3, nthread=1).nthread == 1


def test_every_error_of_ours_has_one_parent():
    from hand_envs import errors

    kinds = [each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, Exception)]
    assert len(kinds) > 5
    assert all(issubclass(kind, HandEnvsError) for kind in kinds)


@pytest.mark.parametrize("moved", [False, True])
def test_what_is_first_asked_for_late_is_there_at_once(moved):
    sim, early = make(), make()
    tip = early.site("tip").xpos
    for each in (sim, early):
        if moved:
            each.reset()
            each.body("frame").pos[:, 2] = (1, 2, 3)
            each.qpos[:, 0] = (0.1, 0.2, 0.3)
        each.forward()
    np.testing.assert_array_equal(sim.site("tip").xpos, tip)
    np.testing.assert_array_equal(sim.sensor("speed").data, early.sensor("speed").data)
    assert tip.any()


def test_only_what_is_declared_of_the_model_can_be_written():
    sim = Simulation(mujoco.MjSpec.from_string(SCENE), 2, varied=(Variation("body", "frame", "pos"),))
    sim.body("frame").pos[:] = 7
    for undeclared in (sim.body("pole").pos, sim.body_pos, sim.body("frame").quat, sim.site("tip").pos):
        with pytest.raises(ValueError, match="read-only"):
            undeclared[:] = 1
    np.testing.assert_array_equal(sim.body_pos[0], [[0, 0, 0], [7, 7, 7], [0, 0, 0]])
    sim.reset()
    np.testing.assert_array_equal(sim.body("frame").pos, [[0, 0, 1]] * 2)


def test_an_array_is_written_into_and_never_replaced():
    sim = make()
    sim.joint("hinge").qpos += 0.5
    sim.qvel += 0.25
    np.testing.assert_array_equal(sim.qpos, [[0.5]] * 3)
    for replace in (
        lambda: setattr(sim.joint("hinge"), "qpos", np.zeros((3, 1))),
        lambda: setattr(sim.body("frame"), "pos", 1.0),
        lambda: setattr(sim, "ctrl", np.zeros((3, 1))),
        lambda: setattr(sim, "body_pos", 1.0),
    ):
        with pytest.raises(TaskError, match="Write into the array"):
            replace()


def test_a_state_that_is_refused_is_not_taken_in_part():
    sim = make()
    tip = sim.site("tip").xpos
    sim.body("frame").pos[1] = (0, 0, 5)
    sim.step(5)
    before, seen = sim.get_state(1), tip[1].copy()
    far = before["integration"].copy()
    far[1] = 1e10  # MuJoCo's own bound, inclusive: it takes this, but not what follows from it a step later
    sim.set_state(2, {**before, "integration": far})
    for bad in ({"integration": far * 2}, {"model.body_pos": before["model.body_pos"] + 1e11}):
        with pytest.raises(StateError, match="too large"):
            sim.set_state(1, {**before, **bad})
    with pytest.raises(StateError, match="too large"):
        sim.start(1, {"qpos": (sim.qpos, np.array([1e300]))})
    assert all((before[name] == value).all() for name, value in sim.get_state(1).items())
    np.testing.assert_array_equal(tip[1], seen)


def test_memory_is_bounded_as_it_was_declared():
    sim = make()
    sim.remember("turn", dtype=np.int64, low=0, high=3)
    sim.remember("open", dtype=bool)
    sim.remember("aim", 2, high=1.0)
    with pytest.raises(HandEnvsError, match="remembered already"):
        sim.remember("turn")
    state = sim.get_state(0)
    for good in ({"memory.turn": 3.0}, {"memory.open": 1}, {"memory.aim": [-1e20, 1.0]}):
        sim.set_state(0, {**state, **good})
    assert sim.memory["turn"].dtype == np.int64
    for name, bad in {"turn": 4, "open": 2, "aim": [0, 1.1]}.items():
        with pytest.raises(StateError, match=f"memory.{name}"):
            sim.set_state(0, {**state, f"memory.{name}": bad})
    with pytest.raises(StateError, match="whole numbers"):
        sim.set_state(0, {**state, "memory.turn": 0.5})


@pytest.mark.parametrize("make", [gym.make, functools.partial(gym.make_vec, num_envs=2)])
@pytest.mark.parametrize("env_id", ["HandDoor-v0", "HandPenResidual-v0", "HandPour-v0"])
def test_what_is_forgotten_is_freed_at_once(env_id, make):
    """Simulations hold megabytes that Python's collector of cycles does not count: no cycle may keep them."""
    gc.disable()
    try:
        env = make(env_id)
        env.reset(seed=0)
        env.step(env.action_space.sample())
        simulation = weakref.ref(env.unwrapped.episode.sim)
        del env
        assert simulation() is None
    finally:
        gc.enable()
