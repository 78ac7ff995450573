"""Demonstrations: where an episode started, what was done, what was seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, overload

import numpy as np

from hand_envs.core.simulation import State
from hand_envs.errors import DatasetError

Array = np.ndarray


@dataclass(frozen=True)
class Demonstration:
    """One episode of T steps.

    `observations` has T rows, one before each action, or T + 1 with the one after the last, in 64 or 32 bits. `state`
    is where it started: give it to `reset(options={"state": ...})`.
    """

    state: State
    actions: Array
    observations: Array
    rewards: Array
    seed: int | None = None
    source: str = ""
    terminated: bool = False
    """Whether the task ended it (a dropped pen), rather than time."""

    def __post_init__(self) -> None:
        shapes = {name: np.shape(getattr(self, name)) for name in ("actions", "observations", "rewards")}
        if [len(shape) for shape in shapes.values()] != [2, 2, 1]:
            raise DatasetError(
                f"The demonstration {self.source!r} needs actions (T, width), observations (T, width) and rewards "
                f"(T,), it has {shapes}."
            )
        steps = len(self.actions)
        if steps == 0 or self.actions.size == 0:
            raise DatasetError(f"The demonstration {self.source!r} has no steps, or actions of nothing.")
        if len(self.rewards) != steps or len(self.observations) not in (steps, steps + 1):
            raise DatasetError(
                f"The demonstration {self.source!r} has {steps} actions, so it needs {steps} rewards and {steps} or "
                f"{steps + 1} observations; it has {len(self.rewards)} and {len(self.observations)}."
            )
        for name in ("actions", "observations", "rewards"):
            if not np.isfinite(getattr(self, name)).all():
                raise DatasetError(f"The demonstration {self.source!r} has {name} that are not finite.")

    def __len__(self) -> int:
        return len(self.actions)

    @property
    def total_reward(self) -> float:
        """Sum of the rewards."""
        return float(self.rewards.sum())


@dataclass(frozen=True)
class Demonstrations(Sequence[Demonstration]):
    """Demonstrations of one environment.

    Args:
        env_id: the environment.
        episodes: the demonstrations.
        options: how the environment was made: `{"reward": "paper"}`.
        replayable: whether the actions, played open loop, do again what was done.
    """

    env_id: str
    episodes: tuple[Demonstration, ...]
    options: Mapping[str, Any] = field(default_factory=dict)
    replayable: bool = True

    @overload
    def __getitem__(self, index: int) -> Demonstration: ...

    @overload
    def __getitem__(self, index: slice) -> Demonstrations: ...

    def __getitem__(self, index: int | slice) -> Demonstration | Demonstrations:
        if isinstance(index, slice):
            return replace(self, episodes=self.episodes[index])
        return self.episodes[index]

    def __len__(self) -> int:
        return len(self.episodes)

    @property
    def steps(self) -> int:
        """Steps of all demonstrations together."""
        return sum(map(len, self.episodes))
