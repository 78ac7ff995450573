"""Hostile actions: either they are real numbers of the right shape, or they are refused and nothing has happened."""

from __future__ import annotations

import gymnasium as gym
import numpy as np
import pytest
from hostile_values import hostile, refused

IDS = ("HandDoor-v0", "HandPen-v0", "HandDoorResidual-v0", "HandRelocateMug-v0", "HandPlaceInside-v0")
TRIES = 300


@pytest.mark.parametrize("env_id", IDS)
@pytest.mark.parametrize("count", [None, 2])
@pytest.mark.filterwarnings("error")
def test_actions(env_id, count, deep):
    tries = TRIES * deep
    env = (gym.make(env_id) if count is None else gym.make_vec(env_id, num_envs=count)).unwrapped
    env.reset(seed=0)
    rng, taken = np.random.default_rng([0, count or 1]), 0
    for _ in range(tries):
        action = hostile(rng, env.action_space.shape)
        result: list = []
        if not refused(env, lambda action=action, result=result: result.append(env.step(action))):
            observation, reward, terminated, *_ = result[0]
            assert np.isfinite(observation).all()
            assert np.isfinite(reward).all()
            taken += 1
            if count is None and terminated:
                env.reset()
    print(f"{env_id} x {count or 1}: {tries} actions, {taken} taken")
    assert 0 < taken < tries
