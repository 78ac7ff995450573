"""An agent of one's own, as small as it can be: A2C of Stable-Baselines3. The contract tests run on it too."""

from tiny_agent.config import Config
from tiny_agent.training import Agent, Training

__all__ = ["Agent", "Config", "Training"]
