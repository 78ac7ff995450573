"""The cross-entropy method over residuals: a Gaussian without correlations, fitted to the best so far."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hand_envs.errors import OptionError

Array = np.ndarray


@dataclass(frozen=True)
class Gaussian:
    """D of Algorithm 1."""

    mean: Array
    deviation: Array

    def draw(self, rng: np.random.Generator) -> Array:
        """A residual."""
        return rng.normal(self.mean, self.deviation)


def first(deviation: Array) -> Gaussian:
    """N(0, sigma^2), which the warm-up draws from."""
    return Gaussian(np.zeros_like(deviation), deviation)


def fitted(elites: Array, least: Array) -> Gaussian:
    """The Gaussian of most likelihood for residuals (E, n), with no deviation below `least`."""
    return Gaussian(elites.mean(axis=0), np.maximum(elites.std(axis=0), least))


def best(rewards: Sequence[float], count: int) -> list[int]:
    """The places of the highest rewards, the highest first; of equal ones the earlier."""
    order = np.argsort(-np.asarray(rewards, np.float64), kind="stable")
    return [int(place) for place in order[:count]]


def deviations(width: int, blocks: Sequence[int], sigma: Sequence[float]) -> Array:
    """A deviation for each number of an action, from one for each of its parts; the last part takes the rest."""
    rest = width - sum(blocks)
    if rest < 0:
        raise OptionError(f"blocks={tuple(blocks)} are {sum(blocks)} numbers; the action has {width}.")
    return np.repeat(np.asarray(sigma, np.float64), [*blocks, rest])
