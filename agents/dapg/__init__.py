"""Demonstration-augmented policy gradient (Rajeswaran et al.), natural policy gradient, and cloning.

>>> from agents.dapg import Agent, Training, configured  # doctest: +SKIP
>>> folder = Training(configured("dapg", env="HandDoor-v0"), "runs/door").run()  # doctest: +SKIP
>>> act = Agent.load(folder)  # doctest: +SKIP
"""

from typing import TYPE_CHECKING, Any

from agents.common.imports import of_agent
from agents.dapg.config import METHODS, Config, configured

if TYPE_CHECKING:
    from agents.dapg.agent import Agent
    from agents.dapg.training import Training

__all__ = ["METHODS", "Agent", "Config", "Training", "configured"]


def __getattr__(name: str) -> Any:
    return of_agent(__name__, name)
