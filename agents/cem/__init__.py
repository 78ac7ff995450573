"""Algorithm 1 of DEFT: a grasp is found in thirty attempts around what a prior makes of the picture.

An environment's episode is one step, whose action xi is the whole attempt: `GraspEpisode` of `hand_envs.attempts`
makes the household tasks such environments, and any other Gymnasium id with one step and a Box action will do. The
cross-entropy method searches residuals around the prior; a small network learns from the best when to use which.

>>> from agents.cem import CemConfig, Training  # doctest: +SKIP
>>> folder = Training(CemConfig(env="HandRealPickCup-v0"), "runs/cup").run()  # doctest: +SKIP
"""

from typing import TYPE_CHECKING, Any

from agents.cem.config import CemConfig
from agents.common.imports import of_agent

if TYPE_CHECKING:
    from agents.cem.agent import Agent
    from agents.cem.training import Training

__all__ = ["Agent", "CemConfig", "Training"]


def __getattr__(name: str) -> Any:
    return of_agent(__name__, name)
