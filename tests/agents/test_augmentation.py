"""Demonstrations tried again with an unsteady hand."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("stable_baselines3", reason="needs hand-envs[agents]")


from agents.common.augmentation import unsteady_tries
from agents.common.experts import expert_pairs, tried_pairs
from agents.common.sb3 import make_sb3
from agents.dapg import configured
from hand_envs import datasets, replay
from hand_envs.datasets.shipped import planned
from hand_envs.errors import DatasetError, OptionError

ID = "HandRelocateTomatoSoupCan-v0"


@pytest.fixture(scope="module")
def demonstrations():
    return datasets.load(planned(ID), ID)[:2]


def tries(demonstrations, noise, times=3, nthread=1, seed=1):
    return list(unsteady_tries(demonstrations, {}, times, noise, seed, nthread))


def test_a_steady_hand_does_what_was_shown(demonstrations):
    found = tries(demonstrations, 0.0)
    assert len(found) == 6
    for number, (states, actions) in enumerate(found):
        shown = demonstrations[number // 3]
        np.testing.assert_allclose(states, shown.observations[:-1], atol=1e-9)
        np.testing.assert_array_equal(actions, np.clip(shown.actions, -1, 1))


def test_an_unsteady_hand_strays_and_means_the_same(demonstrations):
    found = tries(demonstrations, 0.05, times=8)
    assert 0 < len(found) < 16, "some succeed, some do not"
    for states, actions in found:
        shown = next(each for each in demonstrations if np.array_equal(np.clip(each.actions, -1, 1), actions))
        np.testing.assert_allclose(states[0], shown.observations[0], atol=1e-6)  # these are in single precision
        assert np.abs(states[-1] - shown.observations[-2]).max() > 1e-3


def test_hopeless_noise_leaves_nothing(demonstrations):
    assert tries(demonstrations, 2.0) == []


def test_threads_do_not_matter(demonstrations):
    one, two = (tries(demonstrations, 0.05, nthread=count) for count in (1, 2))
    assert len(one) == len(two)
    for mine, other in zip(one, two, strict=True):
        np.testing.assert_array_equal(mine[0], other[0])


def test_what_is_learned_from(demonstrations):
    config = configured("dapg", env=ID, demonstrations=str(planned(ID)), augmentation=2, unsteadiness=0.02)
    env = make_sb3(ID, 2)
    shown, (pairs, steps) = expert_pairs(config, env), tried_pairs(config, env, 2, 0.02, 1)
    assert steps == 2 * len(shown[0])
    assert len(pairs[0]) == len(pairs[1]) > len(shown[0])
    for part, first in zip(pairs, shown, strict=True):
        np.testing.assert_array_equal(part[: len(first)], first)
    without = configured("dapg", env=ID, demonstrations=str(planned(ID)), augmentation=0)
    assert len(tried_pairs(without, env, 0, 0.02, 1)[0][0]) == len(shown[0])


def test_demonstrations_serve_an_environment_that_observes_more():
    options = {"observe": "full", "max_episode_steps": 50}
    config = configured("dapg", env=ID, demonstrations=str(planned(ID)), augmentation=0, options=options)
    env = make_sb3(ID, 2, **options)
    (states, actions), _ = tried_pairs(config, env, 0, 0.0, 1)
    assert states.shape == (len(actions), env.observation_space.shape[0])
    assert states.shape[1] > 39


def test_what_cannot_be_tried_again_is_told():
    few = configured("dapg", env=ID, demonstrations=str(planned(ID)), steps=10_000)
    with pytest.raises(OptionError, match="more --steps, or fewer tries"):
        tried_pairs(few, make_sb3(ID, 2), 32, 0.1, 1)
    with pytest.raises(OptionError, match=r"agents\.ppo_gail"):
        tried_pairs(configured("dapg", env="HandDoorResidual-v0"), make_sb3("HandDoorResidual-v0", 2), 1, 0.1)


def test_observations_of_another_width_are_not_compared(demonstrations):
    with pytest.raises(DatasetError, match="cannot be compared"):
        list(replay.check(demonstrations, {"observe": "full"}))
