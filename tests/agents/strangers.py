"""Tasks with a user in them as somebody else would write them: no options of ours, a user behind a user."""

from __future__ import annotations

from typing import Any

from hand_envs import datasets
from hand_envs.files.shipped import planned
from hand_envs.tasks.adroit import Door
from hand_envs.users import DemonstrationUser, User
from hand_envs.users.residual import Residual


class Slower(User):
    """Does what another user does; whatever it does not say itself is the other's."""

    def __init__(self, user: Any) -> None:
        self.user, self.longest = user, user.longest

    def __getattr__(self, name: str) -> Any:
        return getattr(self.__dict__["user"], name)

    def prepare(self, sim, task):
        self.user.prepare(sim, task)

    def begin(self, sim, ids, rng, sequence=None):
        self.user.begin(sim, ids, rng, sequence)

    def intend(self, sim, step):
        return 0.9 * self.user.intend(sim, step)

    def finished(self, sim, step):
        return self.user.finished(sim, step)


def _user() -> User:
    return Slower(DemonstrationUser(datasets.load(planned("HandDoor-v0"), "HandDoor-v0")[:2], 0.05))


class Helped(Residual):
    """A door that somebody opens with help."""

    def __init__(self) -> None:
        super().__init__(Door(), _user())


class Free(Residual):
    """The same door, where help can be turned off."""

    def __init__(self, residual: bool = True) -> None:
        super().__init__(Door(), _user(), residual=residual)
