"""Practise what fails: which of the user's demonstrations a training spends its episodes on."""

from __future__ import annotations

from typing import Any

import numpy as np

from hand_envs.errors import OptionError

Array = np.ndarray

_MEMORY = 0.05  # how much an episode changes the rate of success of its demonstration
_LEAST = 0.05  # how often a demonstration that never fails counts as failing


class Practice:
    """Draws demonstrations in proportion to how often they fail, for a share of the episodes; others evenly.

    Args:
        user: whose demonstrations.
        sim: where they are done.
        share: of the episodes, from 0 to 1.
    """

    def __init__(self, user: Any, sim: Any, share: float) -> None:
        if user is None or user.demonstrations is None:
            raise OptionError(f"There are no demonstrations to practise: the user is {type(user).__name__}.")
        self.weights, self.share = user.weights(sim), share
        self.rates = np.full(len(user.demonstrations), 0.5)
        """Success of each demonstration, over its last episodes."""

    def saw(self, sequence: int, success: bool) -> None:
        """An episode of demonstration `sequence` is over."""
        self.rates[sequence] += _MEMORY * (success - self.rates[sequence])

    def plan(self) -> None:
        """From now on, draw by what was seen."""
        failing = 1.0 - self.rates + _LEAST
        self.weights[:] = (1.0 - self.share) / len(failing) + self.share * failing / failing.sum()
