"""What an episode needs of that in which it happens."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np

from hand_envs.core.attached import Attached

State = dict[str, np.ndarray]
"""One simulation, exactly: named arrays. See `Simulation.get_state`."""


class World(Protocol):
    """n hands and what they handle: copies of a scene (`Simulation`), or a driver of real hands.

    Tasks read more of it than is named here, by the names of what is in it: `qpos`, `ctrl`, `joint("latch").qpos`. A
    driver has what its tasks read.
    """

    memory: dict[str, np.ndarray]
    """What declarations remember, an array with a row a hand each; part of the state."""

    measured: dict[Any, Any]
    """What was computed since the last step, by what computed it."""

    attached: Attached
    """What declarations keep here that follows from the state, and so is no part of it."""

    @property
    def nsim(self) -> int:
        """How many hands."""

    @property
    def actuators(self) -> tuple[str, ...]:
        """Names of what actions move, in their order."""

    @property
    def timestep(self) -> float:
        """What one of the `nstep` of a `step` takes (s)."""

    def remember(
        self,
        name: str,
        width: int | None = None,
        dtype: Any = np.float64,
        low: float | None = None,
        high: float | None = None,
    ) -> np.ndarray:
        """Make room in `memory`."""

    def reset(self, ids: np.ndarray | None = None) -> None:
        """Put these where episodes begin, with nothing remembered; whoever calls it may write, then calls `forward`."""

    def forward(self, ids: np.ndarray | None = None) -> None:
        """Bring up to date what is read of these."""

    def step(self, nstep: int) -> np.ndarray | None:
        """Let time pass; returns the mask of those that failed and are put back, or None."""

    def get_state(self, index: int) -> State:
        """One of them, exactly."""

    def set_state(self, index: int, state: Mapping[str, np.ndarray]) -> None:
        """Go to a state, or raise a `StateError` and stay as it was."""

    def put_back(self, index: int, state: State) -> None:
        """Undo: go to a state that `get_state` has just given."""

    def clear_fault(self) -> None:
        """Somebody says that what has stopped it may go on; nothing stops a simulation."""

    def close(self) -> None:
        """Let go of what is held; a reset takes it again."""
