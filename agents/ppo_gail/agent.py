"""Who acts beside a user: a trained agent, or nobody."""

from __future__ import annotations

import numpy as np

from agents.common import agent
from agents.ppo_gail.config import Config

Array = np.ndarray


class Agent(agent.Agent):
    """What a training of PPO and GAIL has made.

    >>> agent = Agent.load("assets/agents/door")  # doctest: +SKIP
    >>> action = agent(observation)  # doctest: +SKIP
    """

    config_type = Config
    config: Config


class Nobody:
    """Leaves everything to the user: no correction."""

    def __init__(self, actions: int) -> None:
        self.actions = actions

    def __call__(self, observation: Array) -> Array:
        """Zeros."""
        return np.zeros((*np.shape(observation)[:-1], self.actions))
