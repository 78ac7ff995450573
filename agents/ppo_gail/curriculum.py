"""A curriculum of what fails: which of the user's demonstrations a training spends its episodes on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from agents.common.experts import demonstrations_of
from agents.common.imports import need
from hand_envs.core.simulation import Simulation
from hand_envs.errors import OptionError

BaseCallback: Any = need("stable_baselines3.common.callbacks").BaseCallback

Array = np.ndarray

_MEMORY = 0.05  # how much an episode changes the rate of success of its demonstration
_LEAST = 0.05  # how often a demonstration that never fails counts as failing


class Curriculum(BaseCallback):  # type: ignore[misc]
    """Draws demonstrations in proportion to how often they fail, for a share of the episodes; others evenly.

    Args:
        user: whose demonstrations.
        sim: gives the simulation that the user is in.
        share: of the episodes, from 0 to 1.
    """

    def __init__(self, user: Any, sim: Callable[[], Simulation], share: float) -> None:
        super().__init__()
        found = demonstrations_of(user)
        if found is None:
            raise OptionError(f"There are no demonstrations for a curriculum: the user is {type(user).__name__}.")
        self.weights: Array = user.weights(sim())
        """How often each demonstration is begun, relative to the others; live."""
        self.share = share
        self.rates = np.full(len(found), 0.5)
        """Success of each demonstration, over its last episodes."""

    def saw(self, sequence: int, success: bool) -> None:
        """An episode of demonstration `sequence` has ended."""
        self.rates[sequence] += _MEMORY * (success - self.rates[sequence])

    def plan(self) -> None:
        """From now on, draw by what was seen."""
        failing = 1.0 - self.rates + _LEAST
        self.weights[:] = (1.0 - self.share) / len(failing) + self.share * failing / failing.sum()

    def _on_step(self) -> bool:
        for index in np.flatnonzero(self.locals["dones"]):
            info = self.locals["infos"][index]
            self.saw(info["sequence"], info["success"])
        return True

    def _on_rollout_end(self) -> None:
        self.plan()

    def get_state(self) -> dict[str, Array]:
        """The rates."""
        return {"rates": self.rates}

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Go on from there."""
        rates = np.array(state["rates"], np.float64)
        if rates.shape != self.rates.shape or not ((rates >= 0) & (rates <= 1)).all():
            raise ValueError(f"rates must be {len(self.rates)} shares from 0 to 1")
        self.rates = rates
        self.plan()
