"""Demonstrations as they are seen: what a `Visual` environment shows along the same actions, bit for bit."""

from __future__ import annotations

from dataclasses import replace

import gymnasium as gym
import numpy as np
import pytest
from conftest import needs_gl

from hand_envs import datasets, replay
from hand_envs.datasets import Demonstrations
from hand_envs.errors import DatasetError, OptionError

PIXELS = {"camera": "fixed", "width": 24, "height": 16}


def made(env_id: str = "HandDoor-v0", episodes: int = 2, steps: int = 6, **options) -> Demonstrations:
    """Random actions, cut short."""
    random, width = np.random.default_rng(0), gym.make(env_id).action_space.shape
    found = replay.record(env_id, lambda _: random.uniform(-1, 1, width), range(episodes), options)
    return replace(found, episodes=tuple(shortened(each, steps) for each in found))


def shortened(episode, steps: int):
    return replace(
        episode,
        actions=episode.actions[:steps],
        observations=episode.observations[: steps + 1],
        rewards=episode.rewards[:steps],
    )


@needs_gl
def test_they_are_what_a_visual_environment_shows():
    demonstrations = made(reward="sparse")
    env = gym.make("HandDoorVisual-v0", pixels=PIXELS, reward="sparse", disable_env_checker=True)
    for episode, seen in zip(demonstrations, replay.pictured("HandDoorVisual-v0", demonstrations, PIXELS), strict=True):
        observations = [env.reset(seed=episode.seed)[0]]
        rewards = []
        for action in episode.actions:
            observation, reward, *_ = env.step(action)
            observations.append(observation)
            rewards.append(reward)
        np.testing.assert_array_equal(seen.images, [each["image"] for each in observations])
        np.testing.assert_array_equal(seen.proprio, [each["proprio"] for each in observations])
        np.testing.assert_array_equal(seen.actions, episode.actions)
        np.testing.assert_array_equal(seen.rewards, rewards)
        assert (seen.images.dtype, seen.proprio.dtype, seen.success.dtype) == (np.uint8, np.float64, bool)
        assert len(seen) == 6
        assert (np.diff(seen.proprio, axis=0) != 0).any(axis=1).all(), "each row is of its own time"


@needs_gl
def test_success_is_that_of_each_step():
    """A door at its last moments before it is open, demonstrated from there."""
    planned = datasets.load("hand/door-planned-v0")[:1]
    env, states, success = replay.make_env("HandDoor-v0", planned.options), [], []
    replay.start(env, planned[0])
    for *_, info in replay.play(env, planned[0]):
        states.append(env.get_state())
        success.append(info["success"])
    opened = success.index(True)
    cut = slice(opened - 2, opened + 3)
    ending = replace(
        planned[0],
        state=states[opened - 3],
        actions=planned[0].actions[cut],
        observations=planned[0].observations[cut],
        rewards=planned[0].rewards[cut],
    )
    (seen,) = replay.pictured("HandDoor-v0", replace(planned, episodes=(ending,)), PIXELS)
    assert seen.success.tolist() == success[cut]
    assert seen.success.tolist()[:3] == [False, False, True]


@needs_gl
def test_an_episode_that_ends_early_has_no_more_pictures():
    dropping = replay.record("HandPen-v0", lambda _: np.r_[1, 1, -np.ones(22)], range(1))
    steps = len(dropping[0])
    longer = replace(
        dropping[0],
        actions=np.concatenate([dropping[0].actions, np.zeros((3, 24))]),
        observations=np.concatenate([dropping[0].observations, np.zeros((3, dropping[0].observations.shape[1]))]),
        rewards=np.concatenate([dropping[0].rewards, np.zeros(3)]),
    )
    (seen,) = replay.pictured("HandPen-v0", replace(dropping, episodes=(longer,)), {"width": 8, "height": 8})
    assert [len(each) for each in (seen, seen.images, seen.proprio, seen.rewards)] == [steps, *[steps + 1] * 2, steps]


def test_what_cannot_be_pictured_is_refused_at_once():
    demonstrations = made(episodes=1)
    with pytest.raises(DatasetError, match="demonstrations of HandDoor-v0, so they cannot be pictured in HandPenVis"):
        replay.pictured("HandPenVisual-v0", demonstrations)
    with pytest.raises(DatasetError, match="do not do what was done"):
        replay.pictured("HandDoor-v0", replace(demonstrations, replayable=False))
    with pytest.raises(OptionError, match="did you mean 'fixed'"):
        replay.pictured("HandDoor-v0", demonstrations, {"camera": "fixd"})


def test_demonstrations_play_in_a_visual_id_by_its_state():
    demonstrations = made()
    (check, _) = replay.check(replace(demonstrations, env_id="HandDoorVisual-v0"))
    assert check.reproduced()


@needs_gl
def test_who_acts_by_pixels_is_recorded_by_states():
    acted, shown = [], []

    def policy(observation):
        shown.append(observation["image"].shape)
        acted.append(observation["proprio"][:24] * 0.5)
        return acted[-1]

    options = {"pixels": {"width": 8, "height": 6}, "terminate_on_drop": False}
    seen = replay.record("HandPenVisual-v0", policy, range(1), options)
    assert (seen.env_id, seen.options, set(shown)) == ("HandPen-v0", {"terminate_on_drop": False}, {(6, 8, 3)})
    again = replay.record("HandPen-v0", lambda _: acted.pop(0), range(1), {"terminate_on_drop": False})
    np.testing.assert_array_equal(seen[0].observations, again[0].observations)
    np.testing.assert_array_equal(seen[0].actions, again[0].actions)
