"""Demonstration-augmented policy gradient (Rajeswaran et al.), natural policy gradient, and cloning.

>>> from agents.dapg import Agent, Training, configured  # doctest: +SKIP
>>> folder = Training(configured("dapg", env="HandDoor-v0"), "runs/door").run()  # doctest: +SKIP
>>> act = Agent.load(folder)  # doctest: +SKIP
"""

from agents.dapg.agent import Agent
from agents.dapg.config import METHODS, Config, configured
from agents.dapg.training import Training

__all__ = ["METHODS", "Agent", "Config", "Training", "configured"]
