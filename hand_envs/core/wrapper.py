"""A task around another task."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import mujoco

from hand_envs.core.simulation import Simulation
from hand_envs.core.streams import Streams
from hand_envs.core.task import Array, Parts, Task

Kind = TypeVar("Kind", bound=type)


def delegating(base: type, to: str) -> Callable[[Kind], Kind]:
    """Make a class hand on all that `base` declares, quantities and methods, to what it has under the name `to`.

    What the class or a subclass of it defines itself stays.
    """

    def wrap(kind: Kind) -> Kind:
        for name in {**vars(base), **base.__annotations__}:
            if not name.startswith("_") and name not in vars(kind):
                setattr(kind, name, property(_reader(to, name)))
        return kind

    return wrap


def _reader(to: str, name: str) -> Callable[[Any], Any]:
    return lambda self: getattr(getattr(self, to), name)


@delegating(Task, to="task")
class TaskWrapper(Task):
    """A task that is another one but for what a subclass defines anew, as Gymnasium's wrappers are environments.

    Whatever `Task` declares, and whatever else the inner task has, is the inner task's.

    Args:
        task: the inner task.
    """

    def __init__(self, task: Task) -> None:
        self.task = task

    @property
    def unwrapped(self) -> Task:
        """The innermost task."""
        return self.task.unwrapped

    # These five are abstract in `Task`; all the others are handed on by `delegating`.

    def scene(self) -> mujoco.MjSpec:
        return self.task.scene()

    def reset(self, sim: Simulation, ids: Array, rng: Streams) -> None:
        self.task.reset(sim, ids, rng)

    def observe(self, sim: Simulation) -> Parts:
        return self.task.observe(sim)

    def reward(self, sim: Simulation) -> Parts:
        return self.task.reward(sim)

    def success(self, sim: Simulation) -> Array:
        return self.task.success(sim)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name == "task":  # copies ask before there is a task
            raise AttributeError(name)
        return getattr(self.task, name)
