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
                setattr(kind, name, Delegated(base, to, name))
        return kind

    return wrap


class Delegated:
    """An attribute that is the inner one's, unless it was set on the wrapper itself; on the class it is `base`'s."""

    def __init__(self, base: type, to: str, name: str) -> None:
        self.base, self.to, self.name = base, to, name

    def __get__(self, wrapper: Any, kind: type) -> Any:
        if wrapper is None:
            return getattr(self.base, self.name)
        own = vars(wrapper)
        return own[self.name] if self.name in own else getattr(own[self.to], self.name)

    def __set__(self, wrapper: Any, value: Any) -> None:
        vars(wrapper)[self.name] = value


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
