"""f of Algorithm 1: what to attempt, from a picture and words, before anything is learned."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gymnasium as gym
import numpy as np

from agents.cem.attempts import bounds
from agents.cem.named import named

Array = np.ndarray
Prior = Callable[[Any, str], Array]
"""xi (n,), from an observation and what is to be done in words."""
PriorMaker = Callable[[gym.Env], Prior]
"""A prior for an environment, which knows its camera and its hand."""


class Middle:
    """The middle of the action's range whatever is seen; 0 where there is no range."""

    def __init__(self, env: gym.Env) -> None:
        low, high = bounds(env)
        bounded = np.isfinite(low) & np.isfinite(high)
        self.xi = np.where(bounded, 0.5 * (np.where(bounded, low, 0.0) + np.where(bounded, high, 0.0)), 0.0)

    def __call__(self, observation: Any, text: str) -> Array:
        return self.xi


PRIORS: dict[str, PriorMaker] = {"middle": Middle}


def prior_of(name: str, env: gym.Env) -> Prior:
    """The prior a config names; one's own address gives a class or a function that takes the environment."""
    maker: PriorMaker = PRIORS[name or "middle"] if not name or name in PRIORS else named("prior", name, PRIORS)
    return maker(env)
