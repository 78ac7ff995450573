"""Unsteady hands: errors drawn anew for each episode, put upon any user."""

from __future__ import annotations

import abc

import numpy as np

from hand_envs.core.simulation import Simulation
from hand_envs.core.streams import Streams
from hand_envs.core.task import Task
from hand_envs.errors import OptionError, TaskError
from hand_envs.users.draws import EpisodeDraws
from hand_envs.users.user import User
from hand_envs.users.wrapper import UserWrapper

Array = np.ndarray

_CONTROL_STEP = 0.01  # s, of the tasks with demonstrations


class SeededNoise(UserWrapper):
    """A user whose hand errs by what `draw` makes of the episode's seed. A kind of your own is a subclass with `draw`.

    The error depends on the seed alone, never on what is done in the episode. Noises can be put upon each other.

    Args:
        user: who means to do something.
    """

    def __init__(self, user: User) -> None:
        super().__init__(user)
        self.depth: int = getattr(user, "depth", 0) + 1  # wrappers hand on that of a noise inside

    @abc.abstractmethod
    def draw(self, generator: np.random.Generator, steps: int, actuators: int) -> Array:
        """The errors of an episode in normalised action units, (steps, actuators)."""

    def prepare(self, sim: Simulation, task: Task) -> None:
        super().prepare(sim, task)
        seeds = sim.remember(f"noise{self.depth}.seed", dtype=np.int64, low=0)
        errors = np.zeros((sim.nsim, self.longest or task.horizon, sim.model.nu))

        def fill(index: int, generator: np.random.Generator) -> None:
            errors[index] = self._checked(self.draw(generator, *errors.shape[1:]), errors.shape[1:])

        sim.attached[self] = EpisodeDraws(fill, seeds), errors

    def _checked(self, drawn: Array, shape: tuple[int, ...]) -> Array:
        if np.shape(drawn) != shape or not np.isfinite(drawn).all():
            raise TaskError(
                f"{type(self).__name__}.draw must return finite errors of shape (steps, actuators) = {shape}, "
                f"got shape {np.shape(drawn)}."
            )
        return drawn

    def begin(self, sim: Simulation, ids: Array, rng: Streams, sequence: Array | None = None) -> None:
        super().begin(sim, ids, rng, sequence)
        sim.memory[f"noise{self.depth}.seed"][ids] = rng.integers(2**63 - 1)

    def intend(self, sim: Simulation, step: Array) -> Array:
        draws, errors = sim.attached[self]
        draws.update()
        error: Array = errors[np.arange(sim.nsim), np.minimum(step, errors.shape[1] - 1)]
        return super().intend(sim, step) + error


class GaussianNoise(SeededNoise):
    """Gaussian noise on every actuator and step, the unsteadiness of the published tables.

    Args:
        user: who means to do something.
        sigma: its standard deviation in normalised action units.
    """

    def __init__(self, user: User, sigma: float = 0.05) -> None:
        super().__init__(user)
        self.sigma = _at_least_zero("sigma", sigma)

    def draw(self, generator: np.random.Generator, steps: int, actuators: int) -> Array:
        return generator.normal(0.0, self.sigma, (steps, actuators))


class Tremor(SeededNoise):
    """A hand that trembles: each actuator swings at a steady frequency, from a phase of its own.

    Args:
        user: who means to do something.
        size: amplitude in normalised action units.
        frequency: Hz; people tremble at 4 to 12.
    """

    def __init__(self, user: User, size: float = 0.05, frequency: float = 8.0) -> None:
        super().__init__(user)
        self.size, self.frequency = _at_least_zero("size", size), _at_least_zero("frequency", frequency)

    def draw(self, generator: np.random.Generator, steps: int, actuators: int) -> Array:
        seconds = _CONTROL_STEP * np.arange(steps)[:, None]
        phase = generator.uniform(0.0, 2 * np.pi, actuators)
        return self.size * np.sin(2 * np.pi * self.frequency * seconds + phase)


def _at_least_zero(name: str, value: float) -> float:
    if not 0 <= value < np.inf:
        raise OptionError(f"{name} must be a number of at least 0, got {value}.")
    return value
