"""What a training has made."""

from __future__ import annotations

from agents.common import agent
from agents.dapg.config import Config


class Agent(agent.Agent):
    """A policy of DAPG, NPG or cloning.

    >>> agent = Agent.load("runs/door/agent")  # doctest: +SKIP
    >>> action = agent(observation)  # doctest: +SKIP
    """

    config_type = Config
    config: Config
