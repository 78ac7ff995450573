"""The life of an episode, on a task small enough to know everything about it; strangers' tasks plug in."""

from __future__ import annotations

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from swing import Swing, started

from hand_envs import Episode, HandEnv, HandVectorEnv
from hand_envs.errors import OptionError, StateError


def test_nothing_counts_in_a_step_that_blew_up():
    episode = started()
    episode.sim.qvel[1] = 1e15
    transition = episode.step(np.zeros((3, 1)))
    assert transition.success.tolist() == [True, False, True]
    assert transition.success_once.tolist() == [True, False, True]
    assert transition.reward.tolist() == [1.0, 0.0, 1.0]
    assert transition.terminated.tolist() == transition.unstable.tolist() == [False, True, False]
    assert np.isfinite(transition.observation).all()
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
    assert second.success_once[0], "what a step has returned stays as it was"


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
        kwargs={"task": "swing:Swing"},
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


# --- infos ---------------------------------------------------------------------------------------------------------


class Remembering(Swing):
    """Shows its memory, and the simulation, in the infos: the arrays themselves."""

    def prepare(self, sim):
        sim.remember("steps", 2)

    def control(self, sim, action):
        super().control(sim, action)
        sim.memory["steps"] += 1

    def info(self, sim):
        return {"steps": sim.memory["steps"], "angle": sim.qpos, "first": sim.memory["steps"][:, 0]}


@pytest.mark.parametrize("kind", [HandEnv, HandVectorEnv])
def test_infos_stay_as_they_were_and_writing_to_them_changes_nothing(kind):
    env = kind(Remembering())
    infos = [env.reset(seed=0)[1]]
    infos += [env.step(np.ones(env.action_space.shape))[4] for _ in range(3)]
    assert [np.ravel(info["steps"]).tolist() for info in infos] == [[steps, steps] for steps in range(4)]
    assert [np.ravel(info["first"]).tolist() for info in infos] == [[steps] for steps in range(4)]
    assert len({float(np.ravel(info["angle"])[0]) for info in infos}) == 4
    for info in infos:
        info["steps"][:] = info["angle"][:] = 7
    assert env.step(np.zeros(env.action_space.shape))[4]["steps"].tolist() in ([4, 4], [[4, 4]])


def test_transitions_stay_as_they_were():
    episode = Episode(Remembering(), 2)
    episode.reset(np.arange(2), [np.random.default_rng(i) for i in range(2)])
    transitions = [episode.beginning(), *(episode.step(np.ones((2, 1))) for _ in range(2))]
    assert [each.info["steps"].max() for each in transitions] == [0, 1, 2]
