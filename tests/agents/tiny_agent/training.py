"""A2C of Stable-Baselines3, as a training that resumes."""

from __future__ import annotations

from stable_baselines3 import A2C

from agents.common import agent, training
from agents.common.learner import Learner, environments, learner_with
from tiny_agent.config import Config


class Agent(agent.Agent):
    """What it makes."""

    config_type = Config


class Training(training.Training[Config]):
    """A2C."""

    def build(self) -> Learner:
        config = self.config
        rates = {"learning_rate": config.learning_rate, "ent_coef": config.entropy, "use_rms_prop": False}
        return learner_with(A2C, config, environments(config, self.nthread), **rates)
