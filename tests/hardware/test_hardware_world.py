"""A task on a wire: the same episode as on its twin, the same names, and what only a wire can do."""

from __future__ import annotations

import numpy as np
import pytest
from hardware.bench import HAND, HOME

from hand_envs import HandEnv, HandVectorEnv
from hand_envs.errors import CalibrationError, FaultError, HardwareError, OptionError, StateError
from hand_envs.hands.built import hand_scene
from hand_envs.hands.limiter import ARM, Limits, limit
from hand_envs.hardware.connecting import open_world
from hand_envs.hardware.world import report, score, stopped
from hand_envs.task import Task

ARM_METRES, ARM_ANGLES = 1e-4, 1e-4
"""m, rad: the arm's targets reach the twin as they are, some 2 ms late."""
MOVING = 0.08
"""rad: motors in motion, which the servos' own speed limit and the wire hold back by up to half a step."""
STANDING = 0.005
"""rad: ticks of 0.0015 rad."""
STEPS = 60


class Wave(Task):
    """A hand in the air waves."""

    frame_skip, horizon, flags, camera = 25, 200, ("clear_fault",), None

    def __init__(self, port=None, operator=None):
        self.port, self.operator = port, operator
        self.limits = Limits.of(HAND)

    def scene(self):
        return hand_scene(HAND)

    def world(self):
        if self.port is None:
            return None
        return open_world(self, HAND, self.limits, HOME, self.port, operator=self.operator)

    def reset(self, sim, ids, rng):
        for name, value in zip(ARM, HOME, strict=False):
            sim.joint(name).qpos[ids] = value
        for joint, value in zip(HAND.joints, HAND.joint_angles(HAND.home), strict=True):
            sim.joint(joint.name).qpos[ids] = value
        sim.ctrl[ids] = HOME

    def control(self, sim, action):
        wanted = self.limits.targets(action)
        sim.ctrl[:] = limit(self.limits, wanted, sim.ctrl, sim.actuator_length, 0.05).sent

    def observe(self, sim):
        return {"hand": sim.actuator_length}

    def reward(self, sim):
        given = score(sim)
        return {"height": sim.site("grasp").xpos[:, 2].copy() if given is None else given}

    def success(self, sim):
        return np.zeros(sim.nsim, bool)

    def finished(self, sim):
        return stopped(sim)

    def info(self, sim):
        return {"action_sent": sim.ctrl, **report(sim)}


def actions() -> np.ndarray:
    """Fast, then at rest."""
    steps = np.arange(STEPS)[:, None]
    fast = 0.6 * np.sin(steps / 6 + np.arange(len(HOME)))
    return np.where(steps < STEPS // 2, fast, fast[STEPS // 2])


def played(task: Task) -> tuple[np.ndarray, list]:
    env = HandEnv(task)
    seen, infos = [env.reset(seed=0)[0]], []
    for action in actions():
        observation, _, terminated, truncated, info = env.step(action)
        assert not terminated
        assert not truncated, info
        seen.append(observation)
        infos.append(info)
    env.close()
    return np.array(seen), infos


def test_through_the_bus_an_episode_is_that_of_the_twin():
    (twin, of_twin), (wire, of_wire) = played(Wave()), played(Wave(port="emulated"))
    apart = np.abs(twin - wire)
    assert apart[:, :3].max() < ARM_METRES
    assert apart[:, 3:6].max() < ARM_ANGLES
    assert apart[:, 6:].max() < MOVING
    assert apart[-1, 6:].max() < STANDING
    assert np.ptp(twin, axis=0).min() > 3 * ARM_METRES, "everything has moved"
    for one, other in zip(of_twin, of_wire, strict=True):
        assert one.keys() == other.keys()
        assert np.abs(one["action_sent"] - other["action_sent"]).max() < MOVING
    assert of_wire[-1]["fault"] == ""
    assert not of_wire[-1]["stale"]
    assert of_wire[-1]["overruns"] == 0


def test_episodes_follow_each_other():
    env = HandEnv(Wave(port="emulated"))
    firsts = []
    for _ in range(2):
        firsts.append(env.reset(seed=0)[0])
        for action in actions()[:15]:
            env.step(action)
    assert np.allclose(firsts[0], firsts[1], atol=STANDING)
    env.close()
    assert np.allclose(env.reset(seed=0)[0], firsts[0], atol=STANDING), "a reset takes the hand again"
    env.close()


def test_a_fault_truncates_and_stays_until_it_is_cleared():
    env = HandEnv(Wave(port="emulated"))
    env.reset(seed=0)
    env.step(actions()[0])
    env.episode.sim.driver.stop("stopped", "by hand")
    for ask in (lambda: env.step(actions()[0]), env.reset):
        with pytest.raises(FaultError, match="clear_fault"):
            ask()
    env.reset(options={"clear_fault": True})
    _, _, _, truncated, info = env.step(actions()[0])
    assert not truncated
    env.episode.sim.driver.estops = (lambda: True,)
    _, _, terminated, truncated, info = env.step(actions()[0])
    assert (terminated, truncated, info["fault"]) == (False, True, "stopped")
    env.close()


def test_an_operator_says_when_and_how_good():
    env = HandEnv(Wave(port="emulated", operator=[0.5, 0.75]))
    world = env.episode.sim
    world.horizon = 3
    rewards = []
    for _ in range(2):
        env.reset(seed=0)
        rewards.append([env.step(actions()[0])[1] for _ in range(3)])
    assert rewards == [[0.0, 0.0, 0.5], [0.0, 0.0, 0.75]]
    world.operator._ready = False
    with pytest.raises(HardwareError, match="operator"):
        env.reset()
    env.close()


def test_a_hand_is_put_into_no_state():
    env = HandEnv(Wave(port="emulated"))
    env.reset(seed=0)
    state = env.get_state()
    with pytest.raises(StateError, match="cannot be put"):
        env.set_state({**state, "integration": np.zeros(3)})
    with pytest.raises(StateError):
        env.reset(options={"state": {"qpos": np.zeros(3)}})
    env.close()


def test_what_a_wire_cannot_do_is_refused():
    with pytest.raises(OptionError, match="1 hand, not 2"):
        HandVectorEnv(Wave(port="emulated"), 2)
    with pytest.raises(OptionError, match="needs its port"):
        Wave(port="").world()
    with pytest.raises(CalibrationError, match="hand-envs hand calibrate"):
        HandEnv(Wave(port="/dev/nowhere"))
    with pytest.raises(OptionError, match="clear_fault"):
        HandEnv(Wave()).reset(options={"clear_faults": True})
