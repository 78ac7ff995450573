"""Rollouts of the policies that come with the suite, for those who see pictures."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("stable_baselines3", reason="needs hand-envs[agents]")

from agents.vision.demonstrations import expert_demonstrations, expert_of, meant
from hand_envs import replay
from hand_envs.errors import DatasetError, OptionError

ID, UNSTEADY = "HandPen-v0", 0.7  # 100 steps at most, and pens are dropped


@pytest.fixture(scope="module")
def shown():
    return expert_demonstrations(ID, 3, seed=5, unsteadiness=UNSTEADY)


def test_what_an_expert_did_happens_again_and_succeeds(shown):
    assert [shown.env_id, len(shown)] == [ID, 3]
    env = replay.make_env(ID)
    for episode in shown:
        again, info = replay.replay(env, episode)
        np.testing.assert_array_equal(again.observations, episode.observations)
        np.testing.assert_array_equal(again.rewards, episode.rewards)
        assert info["success_once"]


def test_episodes_follow_from_the_seed_and_not_from_threads(shown):
    again = expert_demonstrations("HandPenVisual-v0", 3, seed=5, unsteadiness=UNSTEADY, nthread=1)
    for one, other in zip(shown, again, strict=True):
        assert one.seed == other.seed
        np.testing.assert_array_equal(one.actions, other.actions)
        np.testing.assert_array_equal(one.observations, other.observations)


def test_an_unsteady_hand_meant_to_be_steady(shown):
    """What it did is off by no more than its unsteadiness; what a steady one does is what is meant."""
    expert = expert_of(ID)
    steady = expert_demonstrations(ID, 1, seed=5)[0]
    np.testing.assert_allclose(steady.actions, meant(steady, expert), atol=1e-6)
    off = [np.abs(each.actions - meant(each, expert)).mean() for each in shown]
    assert all(0.001 < each < UNSTEADY for each in off)
    assert max(off) > 2 * min(off), "each is unsteady in its own degree"


def test_those_that_fail_are_left_out(shown):
    seeds = [each.seed for each in shown]
    assert seeds == sorted(set(seeds))
    assert seeds[0] >= 5
    assert seeds != [5, 6, 7]
    with pytest.raises(DatasetError, match="of the expert in HandPen-v0 0 succeeded.*steadier hand than 5"):
        expert_demonstrations(ID, 1, unsteadiness=5.0, options={"max_episode_steps": 30})


def test_what_cannot_be_shown_is_told():
    with pytest.raises(OptionError, match="at least one episode"):
        expert_demonstrations(ID, 0)
    with pytest.raises(OptionError, match="unsteadiness is at least 0"):
        expert_demonstrations(ID, 1, unsteadiness=float("nan"))
    with pytest.raises(DatasetError, match="No experts for HandPourJuice-v0 come with the suite"):
        expert_demonstrations("HandPourJuice-v0", 1)
    with pytest.raises(OptionError, match="sees 39 numbers"):
        expert_demonstrations("HandRelocateMug-v0", 1, options={"observe": "full"})
