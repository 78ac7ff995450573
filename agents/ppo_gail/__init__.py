"""PPO with an adversarial imitation reward, on top of a user or alone (Garcia-Hernando, Johns and Kim).

>>> from agents.ppo_gail import Training, configured  # doctest: +SKIP
>>> folder = Training(configured("ours", env="HandDoorResidual-v0"), "runs/door").run()  # doctest: +SKIP
>>> act = Agent.load(folder)  # doctest: +SKIP
"""

from typing import TYPE_CHECKING, Any

from agents.common.imports import of_agent
from agents.ppo_gail.config import METHODS, Config, configured

if TYPE_CHECKING:
    from agents.ppo_gail.agent import Agent, Nobody
    from agents.ppo_gail.training import Training

__all__ = ["METHODS", "Agent", "Config", "Nobody", "Training", "configured"]


def __getattr__(name: str) -> Any:
    return of_agent(__name__, name)
