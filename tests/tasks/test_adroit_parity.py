"""Dynamics and observations are those of gymnasium-robotics' Adroit, from the same start with the same actions."""

from __future__ import annotations

import gymnasium as gym
import numpy as np
import pytest

from hand_envs.hands.adroit import ADROIT

gymnasium_robotics = pytest.importorskip("gymnasium_robotics")

TASKS = ("Door", "Hammer", "Pen", "Relocate")


def reference(name: str) -> gym.Env:
    gym.register_envs(gymnasium_robotics)
    return gym.make(f"AdroitHand{name}-v1", disable_env_checker=True).unwrapped


def ours(name: str) -> gym.Env:
    options = {"terminate_on_drop": False} if name == "Pen" else {}
    return gym.make(f"Hand{name}-v0", disable_env_checker=True, **options).unwrapped


def state_of(env: gym.Env, name: str) -> dict:
    """The reference's state, in its own words."""
    state = env.get_env_state()
    if name == "Relocate":  # its own obj_pos is where the ball has settled, 5e-4 off where its body is
        state["obj_pos"] = env.model.body("Object").pos.copy()
        state["target_pos"] = env.model.site("target").pos.copy()
    return state


@pytest.mark.parametrize("name", TASKS)
@pytest.mark.parametrize("seed", [0, 1])
def test_500_steps_of_random_actions(name, seed):
    theirs, mine = reference(name), ours(name)
    expected, _ = theirs.reset(seed=seed)
    variations = {key: state_of(theirs, name)[key] for key in mine.task.variations}
    observation, _ = mine.reset(options={"state": {"qpos": theirs.data.qpos, "qvel": theirs.data.qvel, **variations}})
    assert np.abs(observation - expected).max() <= 1e-9
    random = np.random.default_rng(seed)
    for _ in range(500):
        action = random.uniform(-1, 1, theirs.action_space.shape).astype(np.float32)
        expected = theirs.step(action)[0]
        observation = mine.step(action)[0]
        assert np.abs(observation - expected).max() <= 1e-9


@pytest.mark.parametrize("name", TASKS)
def test_the_same_seed_gives_the_same_start(name):
    theirs, mine = reference(name), ours(name)
    for seed in range(5):
        np.testing.assert_allclose(mine.reset(seed=seed)[0], theirs.reset(seed=seed)[0], atol=1e-12)


@pytest.mark.parametrize("name", TASKS)
def test_dense_reward_differs_from_theirs_by_the_sign_they_have_wrong(name):
    theirs, mine = reference(name), ours(name)
    theirs.reset(seed=0), mine.reset(seed=0)
    action = np.zeros(theirs.action_space.shape, np.float32)
    for _ in range(20):
        dense, step = theirs.step(action)[1], mine.step(action)
    terms = step[4]["reward_terms"]
    correction = -2 * terms["reach"] if "reach" in terms else 0.0  # they have + where DAPG has -
    assert dense == pytest.approx(step[1] + correction, abs=1e-9)


@pytest.mark.parametrize("name", TASKS)
def test_sparse_reward_and_success_are_theirs(name):
    gym.register_envs(gymnasium_robotics)
    theirs = gym.make(f"AdroitHand{name}Sparse-v1", disable_env_checker=True).unwrapped
    mine = gym.make(f"Hand{name}-v0", reward="sparse", disable_env_checker=True).unwrapped
    theirs.reset(seed=0), mine.reset(seed=0)
    random, seen = np.random.default_rng(0), set()
    for _ in range(60):
        action = random.uniform(-1, 1, theirs.action_space.shape).astype(np.float32)
        _, reward, _, _, info = theirs.step(action)
        step = mine.step(action)
        assert step[1] == reward
        assert step[4]["success"] == info["success"]
        seen.add(reward)
    assert -0.1 in seen


@pytest.mark.parametrize("name", TASKS)
def test_the_hand_is_described_as_it_is_in_the_scene(name):
    model = ours(name).episode.sim.model
    order = [model.joint(joint).id for joint in ADROIT.joints]
    assert order == list(range(order[0], order[0] + 24)), "wrist and fingers, in the order of the model"
    for joint in ADROIT.joints:
        assert model.actuator(ADROIT.actuator_prefix + joint).trnid[0] == model.joint(joint).id
    for site in (*ADROIT.fingertips, ADROIT.palm):
        assert model.site(site).id >= 0
