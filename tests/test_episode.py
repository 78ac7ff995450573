"""Episodes, on a task small enough to know everything about it: and proof that a stranger's task plugs in."""

from __future__ import annotations

import gymnasium as gym
import mujoco
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

from hand_envs import Episode, HandEnv, HandVectorEnv, Task
from hand_envs.core.task import Variation
from hand_envs.errors import OptionError, StateError

SCENE = """
<mujoco>
  <worldbody>
    <camera name="overview" pos="0 -3 0"/>
    <body name="base"><body name="pole"><joint name="hinge" axis="0 1 0"/><geom name="rod" size="0.1"/></body></body>
  </worldbody>
  <actuator><motor name="push" joint="hinge" ctrlrange="-1 1"/></actuator>
</mujoco>
"""


class Swing(Task):
    """Swing."""

    horizon = 4
    frame_skip = 2
    variations = {"base_pos": Variation("body", "base", "pos")}
    proprioception = ("angle",)

    def __init__(self, always: bool = True) -> None:
        self.always = always

    def scene(self):
        return mujoco.MjSpec.from_string(SCENE)

    def reset(self, sim, ids, rng):
        sim.body("base").pos[ids, 0] = rng.uniform(1, 2)

    def observe(self, sim):
        return {"angle": sim.qpos, "place": sim.body("pole").xpos}

    def reward(self, sim):
        return {"one": np.ones(sim.nsim), "angle": sim.qpos[:, 0] * 2}

    def success(self, sim):
        return np.full(sim.nsim, self.always) | (sim.qpos[:, 0] > 0.5)


def started(nsim: int = 3, **options) -> Episode:
    episode = Episode(Swing(**options), nsim, max_steps=4)
    episode.reset(np.arange(nsim), [np.random.default_rng(i) for i in range(nsim)])
    return episode


def test_nothing_counts_in_a_step_that_blew_up():
    episode = started()
    episode.sim.qvel[1] = 1e15
    told = episode.step(np.zeros((3, 1)))
    assert told.success.tolist() == [True, False, True]
    assert told.success_once.tolist() == [True, False, True]
    assert told.reward.tolist() == [1.0, 0.0, 1.0]
    assert told.terminated.tolist() == told.unstable.tolist() == [False, True, False]
    assert np.isfinite(told.observation).all()
    assert episode.step(np.zeros((3, 1))).success.tolist() == [True, True, True]


def test_success_is_remembered_until_the_next_reset():
    episode = started(always=False)
    episode.sim.qpos[0] = 1.0
    first = episode.step(np.zeros((3, 1)))
    episode.sim.qpos[0] = 0.0
    second = episode.step(np.zeros((3, 1)))
    assert [first.success[0], second.success[0], second.success_once[0]] == [True, False, True]
    episode.reset(np.array([0]), [np.random.default_rng()])
    assert not episode.step(np.zeros((3, 1))).success_once[0]
    assert second.success_once[0], "what was told stays as it was told"


def test_time_limits_count_each_episode_from_its_reset():
    episode = started()
    for _ in range(2):
        episode.step(np.zeros((3, 1)))
    episode.reset(np.array([1]), [np.random.default_rng()])
    truncated = [episode.step(np.zeros((3, 1))).truncated.tolist() for _ in range(4)]
    assert truncated == [[False] * 3, [True, False, True], [True, False, True], [True] * 3]


def test_elapsed_steps_are_part_of_the_state():
    episode = started()
    episode.step(np.zeros((3, 1)))
    state = episode.get_state(0)
    for _ in range(2):
        episode.step(np.zeros((3, 1)))
    episode.set_state(2, state)
    assert episode.elapsed.tolist() == [3, 3, 1]


def test_starts_leave_the_rest_as_in_the_scene():
    episode = started()
    episode.set_state(0, {"qpos": np.array([0.3]), "base_pos": np.array([0.0, 0.0, 7.0])})
    assert episode.sim.qpos[0] == 0.3
    assert episode.sim.qvel[0] == 0
    np.testing.assert_array_equal(episode.observe()[0], [0.3, 0, 0, 7])
    for wrong in ({"qpos": np.zeros(2)}, {"base_pos": np.full(3, np.nan)}, {"base": np.zeros(3)}):
        with pytest.raises(StateError):
            episode.set_state(0, wrong)


def test_a_strangers_task_is_an_environment():
    check_env(HandEnv(Swing()), skip_render_check=True)
    check_env(HandEnv(Swing, always=False), skip_render_check=True)
    envs = HandVectorEnv(Swing, num_envs=2)
    envs.reset(seed=0)
    assert [envs.step(np.zeros((2, 1)))[3].all() for _ in range(4)] == [False, False, False, True]
    assert HandEnv(Swing()).metadata["render_fps"] == 250


def test_a_strangers_task_can_be_registered():
    gym.register(
        "StrangersSwing-v0",
        entry_point="hand_envs.env:HandEnv",
        vector_entry_point="hand_envs.env:HandVectorEnv",
        kwargs={"task": f"{__name__}:Swing"},
        max_episode_steps=Swing.horizon,
    )
    assert gym.make("StrangersSwing-v0", always=False).unwrapped.task.always is False
    assert gym.make_vec("StrangersSwing-v0", num_envs=2).num_envs == 2
    del gym.registry["StrangersSwing-v0"]


def test_tasks_that_are_not_there_are_named():
    for address in ("nowhere:Task", "hand_envs.tasks.adroit.door:Dor", "door"):
        with pytest.raises(OptionError, match="No task at"):
            HandEnv(address)
    with pytest.raises(OptionError, match="already made"):
        HandEnv(Swing(), always=False)
