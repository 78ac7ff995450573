"""A training may begin at the constant correction that earns most."""

from __future__ import annotations

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.envs.registration import registry

torch = pytest.importorskip("torch", reason="agents need the extra: pip install 'hand-envs[agents]'")

from agents.ppo_gail import Training, configured, searching  # noqa: E402
from hand_envs.errors import OptionError  # noqa: E402

SWING = "SearchedSwing-v0"
SMALL = {"num_envs": 8, "num_steps": 4, "minibatch": 16, "epochs": 1, "network": (8,), "steps": 32}


@pytest.fixture(autouse=True)
def swing():
    """A pole that earns most when it is pushed as hard as possible, all the time."""
    faces = {"entry_point": "hand_envs.env:HandEnv", "vector_entry_point": "hand_envs.env:HandVectorEnv"}
    gym.register(SWING, **faces, kwargs={"task": "swing:Swing"})
    yield
    del registry[SWING]


def begun(folder, **changes) -> Training:
    training = Training(configured("ours-rl", env=SWING, **SMALL, **changes), folder, resume=True, nthread=1)
    with training.open():
        pass
    return training


def start(training: Training) -> np.ndarray:
    bias: np.ndarray = training.model.policy.action_net.bias.detach().numpy().copy()
    return bias


def test_it_finds_what_earns_most(tmp_path):
    found = start(begun(tmp_path / "searched", search=12))
    assert found[0] > 0.9
    assert start(begun(tmp_path / "plain"))[0] == 0.0


def test_its_steps_count(tmp_path):
    training = begun(tmp_path / "run", search=2)
    rounds = -(-searching.TRIES * searching.EPISODES // SMALL["num_envs"])
    assert training.steps == 2 * rounds * SMALL["num_envs"] * 4  # of a pole's four steps


def test_every_try_is_judged_by_the_same_episodes(tmp_path, monkeypatch):
    seen = []
    earned = searching._earned

    def spied(env, pairs, actuators):
        seen.append([seed for _, seed in pairs])
        return earned(env, pairs, actuators)

    monkeypatch.setattr(searching, "_earned", spied)
    begun(tmp_path / "run", search=2)
    first, second = (np.reshape(each, (searching.TRIES, searching.EPISODES)) for each in seen)
    assert (first == first[0]).all()
    assert (second == second[0]).all()
    assert (first[0] != second[0]).any()


def test_a_stopped_search_goes_on_as_if_it_had_not_been(tmp_path, monkeypatch):
    whole = begun(tmp_path / "whole", search=4)
    iterate, done = searching._iterate, []

    def stopping(*args):
        if len(done) == 2:
            raise KeyboardInterrupt
        done.append(1)
        return iterate(*args)

    monkeypatch.setattr(searching, "_iterate", stopping)
    with pytest.raises(KeyboardInterrupt):
        begun(tmp_path / "stopped", search=4)
    monkeypatch.setattr(searching, "_iterate", iterate)
    resumed = begun(tmp_path / "stopped", search=4)
    np.testing.assert_array_equal(start(resumed), start(whole))
    assert resumed.steps == whole.steps


def test_what_was_found_may_be_the_best_there_will_be(tmp_path):
    config = configured("ours-rl", env=SWING, **SMALL, search=1)
    training = Training(config, tmp_path / "run", nthread=1, evaluate_every=1000, episodes=2)
    with training.open():
        assert [note["steps"] for note in training.notes] == [training.steps]
        assert (tmp_path / "run" / "best").exists()


def test_what_cannot_be_searched_is_refused():
    for changes in ({"search": -1}, {"search_std": 0.0}):
        with pytest.raises(OptionError, match="search"):
            configured("ours-rl", env=SWING, **SMALL, **changes)
