"""Tasks with a user in them as somebody else would write them: no options of ours, a user behind a user."""

from __future__ import annotations

from hand_envs import datasets
from hand_envs.datasets.shipped import planned
from hand_envs.tasks.adroit import Door
from hand_envs.users import DemonstrationUser, User, UserWrapper
from hand_envs.users.residual import Residual


class Slower(UserWrapper):
    """Does what another user does, less far."""

    def intend(self, sim, step):
        return 0.9 * self.user.intend(sim, step)


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
