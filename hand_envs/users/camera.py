"""What a camera does to what a user means: fewer images than steps, late ones, lost ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hand_envs.core.simulation import Simulation
from hand_envs.core.task import Task
from hand_envs.errors import OptionError
from hand_envs.users.script import Script

if TYPE_CHECKING:
    from hand_envs.users.poses import PoseUser

Array = np.ndarray


@dataclass(frozen=True)
class Delays:
    """When images are taken and when they arrive.

    Args:
        rate: images a second; None for one each step.
        late: how long after it was taken an image arrives (s): a number, or the least and the most.
        dropouts: share of the images that get lost.
    """

    rate: float | None = None
    late: float | tuple[float, float] = 0.0
    dropouts: float = 0.0

    def __post_init__(self) -> None:
        if self.rate is not None and not (isinstance(self.rate, int | float) and 0.1 <= self.rate < np.inf):
            raise OptionError(f"rate must be images a second, at least 0.1, got {self.rate}.")
        low, high = self.between
        if not 0 <= low <= high <= 10:
            raise OptionError(f"late must be seconds from 0 to 10, or the least and the most, got {self.late}.")
        if not 0 <= self.dropouts < 1:
            raise OptionError(f"dropouts must be a share from 0 to below 1, got {self.dropouts}.")

    @property
    def between(self) -> tuple[float, float]:
        """The least and the most that an image is late (s)."""
        try:
            low, high = np.broadcast_to(np.asarray(self.late, np.float64), 2)
        except (TypeError, ValueError):
            return np.nan, np.nan
        return float(low), float(high)

    @property
    def none(self) -> bool:
        """Whether every image arrives in the step it is taken in."""
        return self.rate is None and self.between[1] == 0 and not self.dropouts

    def draw(self, generator: np.random.Generator, steps: int, seconds: float = 0.01) -> Array:
        """For each step the step whose image is the newest that has arrived, (steps,); at first the very first.

        A step takes so many seconds.
        """
        every = 1.0 if self.rate is None else max(1.0, 1 / (self.rate * seconds))
        taken = np.arange(0.0, steps, every)
        arrives = taken + generator.uniform(*self.between, len(taken)) / seconds
        arrives[generator.uniform(size=len(taken)) < self.dropouts] = np.inf
        arrives[0] = 0.0
        arrived = arrives[None] <= np.arange(steps)[:, None]
        newest = len(taken) - 1 - np.argmax(arrived[:, ::-1], axis=1)
        return np.floor(taken[newest]).astype(np.int64)


class CameraScript(Script):
    """The part of a `PoseUser` that belongs to simulations.

    Args:
        user: whose.
        sim: the simulations.
        task: what is done in them.
        seen: what is intended by what the camera sees, (demonstrations, variants, steps, actuators).
    """

    user: PoseUser

    def __init__(self, user: PoseUser, sim: Simulation, task: Task, seen: Array) -> None:
        super().__init__(user, sim, task)
        self.seen = seen
        self._seconds = task.frame_skip * float(sim.model.opt.timestep)
        self._variant = np.zeros(sim.nsim, np.int64)
        self._newest = np.tile(np.arange(user.longest + 1), (sim.nsim, 1))

    @property
    def variant(self) -> Array:
        """Which of the sequences of its demonstration each simulation is in."""
        self._draws.update()
        return self._variant

    def heard_at(self, step: Array) -> Array:
        """The moment of the demonstration in the newest image that has arrived t steps after the beginning."""
        self._draws.update()
        return self.moment_at(self._newest[self._rows, np.minimum(step, self.user.longest)])

    def _draw(self, index: int, generator: np.random.Generator) -> None:
        super()._draw(index, generator)
        self._variant[index] = generator.integers(self.seen.shape[1])
        if not self.user.delays.none:
            self._newest[index] = self.user.delays.draw(generator, self.user.longest + 1, self._seconds)
