"""Decisions that last for some steps and are about some actuators, against the same steps taken one by one."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("stable_baselines3")

from agents.common.decisions import Decisions
from agents.common.sb3 import make_sb3
from hand_envs.errors import OptionError

COUNT, LIMIT, HOLD, ACTUATORS = 2, 5, 3, (3, 0)


def make():
    envs = make_sb3("HandDoor-v0", COUNT, max_episode_steps=LIMIT)
    envs.seed(1)
    return envs


def test_a_decision_is_the_sum_of_its_steps_and_ends_with_the_episode():
    """Episodes of 5 steps, decisions of 3: the second is cut to 2 steps, and the third step is of the next episode."""
    single, decided = make(), Decisions(make(), HOLD, ACTUATORS)
    assert decided.action_space.shape == (2,)
    np.testing.assert_array_equal(single.reset(), decided.reset())
    random = np.random.default_rng(0)
    for steps in (HOLD, LIMIT - HOLD):
        action = random.uniform(-1, 1, (COUNT, 2)).astype(np.float32)
        full = np.zeros((COUNT, 28), np.float32)
        full[:, 3], full[:, 0] = action.T
        told = [single.step(full) for _ in range(steps)]
        observation, reward, done, infos = decided.step(action)
        np.testing.assert_allclose(reward, sum(each[1] for each in told), rtol=1e-6)
        np.testing.assert_array_equal(done, told[-1][2])
    assert done.all()
    for mine, other in zip(infos, told[-1][3], strict=True):
        np.testing.assert_array_equal(mine["terminal_observation"], other["terminal_observation"])
        assert mine["episode"]["l"] == LIMIT
    waiting = single.step(np.zeros((COUNT, 28), np.float32))[0]
    np.testing.assert_array_equal(observation, waiting)


@pytest.mark.parametrize("actuators", [(28,), (-1,), (1, 1)])
def test_actuators_that_are_not_there_are_refused(actuators):
    with pytest.raises(OptionError, match="from 0 to 27"):
        Decisions(make(), 1, actuators)
