"""The pen in a hand that follows slowly."""

from __future__ import annotations

import numpy as np
from every_env import same

from agents.planner.steady import SteadyPen
from hand_envs import HandEnv, HandVectorEnv


def test_two_environments_share_one_and_neither_notices():
    """It once kept the commands of whichever simulations were made last."""
    task, alone = SteadyPen(), HandEnv(SteadyPen())
    first = HandEnv(task)
    HandVectorEnv(task, 3).reset(seed=9)
    actions = np.random.default_rng(0).uniform(-1, 1, (10, 24))
    runs = [[env.reset(seed=1), *(env.step(action) for action in actions)] for env in (first, alone)]
    assert same(*runs)


def test_the_command_goes_a_share_of_the_way_to_the_action_and_starts_where_the_hand_is():
    env = HandEnv(SteadyPen())
    observation, _ = env.reset(seed=0)
    command = observation[env.observation_layout["command"]]
    sim = env.episode.sim
    np.testing.assert_allclose((sim.control_center + command * sim.control_reach)[0], sim.qpos[0, :24], atol=1e-12)
    applied = env.step(np.ones(24))[4]["applied_action"]
    np.testing.assert_allclose(applied, command + 0.15 * (1 - command), atol=1e-12)
