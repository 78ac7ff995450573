"""A source of intended actions."""

from __future__ import annotations

import abc
import inspect
from collections.abc import Mapping
from typing import Any, ClassVar, Self

import numpy as np

from hand_envs.core.simulation import Simulation
from hand_envs.core.streams import Streams
from hand_envs.core.task import Task, import_class
from hand_envs.datasets.demonstrations import Demonstrations
from hand_envs.errors import OptionError, TaskError

Array = np.ndarray


class User(abc.ABC):
    """Somebody whose hand means to do something: kappa(x_t), close to what is needed and not good enough.

    A user is a declaration, as a task is: a pure function of what the simulation holds and of the step t. What it must
    remember is the simulation's (`sim.remember`, part of its state), and so is what it has worked out for it
    (`sim.attached[self]`); on itself it keeps nothing of either, so environments may share one. Every array has a
    leading simulation axis.
    """

    longest: int = 0
    """Steps of the longest episode; 0 for a user who goes by the task's own."""

    demonstrations: Demonstrations | None = None
    """What the user has in mind, for agents that imitate it; None for a user who cannot say."""

    choosable: ClassVar[tuple[str, ...]] = ("sequence",)
    """What `reset(options={name: ...})` may choose of what the user does: `sequence`, or nothing."""

    splits: ClassVar[tuple[str, ...]] = ()
    """What its option `split` can be besides `all`, where it has one."""

    constant: ClassVar[Mapping[str, str]] = {}
    """Parts of the observation that hold numbers which never change, because of the user, each with the reason."""

    @classmethod
    def options(cls) -> tuple[str, ...]:
        """Names of the options by which one is made."""
        return tuple(inspect.signature(cls).parameters)

    @classmethod
    def for_task(cls, env_id: str | None, **options: Any) -> Self:
        """Who is to act in the environment of this id (None for a task without one)."""
        return cls(**options)

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

    def meant(self, sim: Simulation, step: Array) -> Array:
        """What a steady hand would intend, for users who know how theirs errs; for others, what they intend."""
        return self.intend(sim, step)

    def weights(self, sim: Simulation) -> Array:
        """How often each sequence is begun, relative to the others: live, for trainings that choose what is done.

        They are no part of a state, and a copy of an environment begins with even ones.
        """
        raise TaskError(f"{type(self).__name__} has no sequences to choose from.")

    def observe(self, sim: Simulation, step: Array) -> dict[str, Array]:
        """What an agent sees of the user at step t besides the intended action: named parts, (n, width) each."""
        return {}

    def pose(self, sim: Simulation, step: Array) -> Array:
        """Where the 21 keypoints of the user's hand truly are after t steps, (n, 21, 3) in m, for users who know."""
        raise TaskError(f"{type(self).__name__} does not know its true hand pose, so w_pose must be 0.")

    def info(self, sim: Simulation) -> dict[str, Array]:
        """What else to put in each step's info, named arrays with a row a simulation; the episode copies them."""
        return {}

    def close(self, sim: Simulation) -> None:  # noqa: B027  most users hold nothing
        """Let go of what is held open for these simulations, such as a socket: their environment was closed."""


def user_class(user: str | type[User]) -> type[User]:
    """The class of users, given itself or its address `"package.module:Class"`."""
    kind = import_class(user, "user") if isinstance(user, str) else user
    if not (isinstance(kind, type) and issubclass(kind, User)):
        raise OptionError(f"Expected a user, a class of users or its address 'package.module:Class', got {user!r}.")
    return kind
