"""A source of intended actions."""

from __future__ import annotations

import abc

import numpy as np

from hand_envs.core.simulation import Simulation
from hand_envs.core.streams import Streams
from hand_envs.core.task import Task
from hand_envs.errors import TaskError

Array = np.ndarray


class User(abc.ABC):
    """Somebody whose hand means to do something: kappa(x_t), close to what is needed and not good enough.

    A user is a pure function of what it remembers in the simulation (`sim.remember`) and of the step t, so states with
    a user in them restore exactly. Every array has a leading simulation axis.
    """

    longest: int
    """Steps of the longest episode."""

    @abc.abstractmethod
    def prepare(self, sim: Simulation, task: Task) -> None:
        """Make room for what the user has to remember."""

    @abc.abstractmethod
    def begin(self, sim: Simulation, ids: Array, rng: Streams, sequence: Array | None = None) -> None:
        """Decide what to do in simulations `ids`, and put them where it starts.

        `sequence` (len(ids),) says which of the things the user can do; None leaves it to `rng`.
        """

    @abc.abstractmethod
    def intend(self, sim: Simulation, step: Array) -> Array:
        """The actions intended at step t (n,) of each episode, (n, actuators), in normalised action units."""

    @abc.abstractmethod
    def finished(self, sim: Simulation, step: Array) -> Array:
        """Whether the user has nothing more in mind after t steps, (n,) bool."""

    def pose(self, sim: Simulation, step: Array) -> Array:
        """Where the 21 keypoints of the user's hand truly are after t steps, (n, 21, 3) in m, for users who know."""
        raise TaskError(f"{type(self).__name__} does not know its true hand pose, so w_pose must be 0.")

    def info(self, sim: Simulation) -> dict[str, Array]:
        """What else to put in each step's info, named arrays with a row a simulation."""
        return {}
