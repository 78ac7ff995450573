"""A user around another user."""

from __future__ import annotations

import inspect
from typing import Any, Self

import numpy as np

from hand_envs.core.simulation import Simulation
from hand_envs.core.streams import Streams
from hand_envs.core.task import Task
from hand_envs.core.wrapper import delegating
from hand_envs.users.demonstrations import DemonstrationUser
from hand_envs.users.user import User

Array = np.ndarray


@delegating(User, to="user")
class UserWrapper(User):
    """A user who is another one but for what a subclass defines anew.

    Who has demonstrations in mind has them inside a wrapper too, so agents can imitate both.

    Args:
        user: the inner user.
    """

    def __init__(self, user: User) -> None:
        self.user = user

    @classmethod
    def options(cls) -> tuple[str, ...]:
        return (*cls._own_options(), *(name for name in DemonstrationUser.options() if name not in cls._own_options()))

    @classmethod
    def _own_options(cls) -> tuple[str, ...]:
        return tuple(name for name in inspect.signature(cls).parameters if name != "user")

    @classmethod
    def for_task(cls, env_id: str | None, **options: Any) -> Self:
        """Around a user with demonstrations, whose options it takes too; that one's noise is 0 unless given."""
        own = {name: options.pop(name) for name in cls._own_options() if name in options}
        return cls(DemonstrationUser.for_task(env_id, **{"noise": 0.0, **options}), **own)

    def prepare(self, sim: Simulation, task: Task) -> None:
        self.user.prepare(sim, task)

    def begin(self, sim: Simulation, ids: Array, rng: Streams, sequence: Array | None = None) -> None:
        self.user.begin(sim, ids, rng, sequence)

    def intend(self, sim: Simulation, step: Array) -> Array:
        return self.user.intend(sim, step)

    def finished(self, sim: Simulation, step: Array) -> Array:
        return self.user.finished(sim, step)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name == "user":  # copies ask before there is a user
            raise AttributeError(name)
        return getattr(self.user, name)
