"""What a training has made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from agents.common import agent
from agents.dapg.config import Config


class Agent(agent.Agent):
    """A policy of DAPG, NPG or cloning.

    >>> agent = Agent.load("runs/door/agent")  # doctest: +SKIP
    >>> action = agent(observation)  # doctest: +SKIP
    """

    config: Config

    @classmethod
    def config_from(cls, data: Mapping[str, Any]) -> Config:
        return Config.from_data(data)
