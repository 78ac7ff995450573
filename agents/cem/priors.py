"""f of Algorithm 1: what to attempt, from a picture and words, before anything is learned."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gymnasium as gym
import numpy as np

from agents.cem.attempts import bounds, grasp_in
from agents.cem.named import named
from hand_envs.attempts import GraspEpisode
from hand_envs.attempts.heuristic import heuristic_attempt
from hand_envs.errors import OptionError

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


def heuristic(env: gym.Env) -> Prior:
    """The middle of what stands on the table, palm down, the hand half closed."""
    setting = _grasp("heuristic", env).setting
    return lambda seen, text: heuristic_attempt(seen["depth"], setting.view, setting.task.profile)


def affordance(env: gym.Env) -> Prior:
    """What a network makes of the picture, which has learned from clips of human hands."""
    from agents.cem.affordance import load

    setting = _grasp("affordance", env).setting
    guess, words = load(setting.task.profile), setting.task.words
    return lambda seen, text: guess(seen["rgb"], seen["depth"], setting.view, text or words)


def _grasp(name: str, env: gym.Env) -> GraspEpisode:
    """The grasp a prior is for."""
    if (grasp := grasp_in(env)) is None:
        raise OptionError(
            f"prior={name} is for household tasks (HandReal...); of others say prior=middle, or your own."
        )
    return grasp


PRIORS: dict[str, PriorMaker] = {"heuristic": heuristic, "affordance": affordance, "middle": Middle}


def prior_of(name: str, env: gym.Env) -> Prior:
    """The prior a config names; one's own address gives a class or a function that takes the environment."""
    name = name or ("middle" if grasp_in(env) is None else "heuristic")
    maker: PriorMaker = PRIORS[name] if name in PRIORS else named("prior", name, PRIORS)
    return maker(env)
