"""Tasks with a user in them as somebody else would write them: no options of ours, a user behind a user."""

from __future__ import annotations

from typing import Any

import gymnasium as gym

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


class Guided(Residual):
    """The suite's door and user, with whatever its id sets."""

    def __init__(self, **options: Any) -> None:
        super().__init__("HandDoor-v0", **options)


OWN_DEFAULTS = {"user_reward": 1.0, "tempo": 0.5, "reward": "guided"}
if "OwnGuided-v0" not in gym.registry:
    gym.register(
        "OwnGuided-v0", entry_point="hand_envs.env:HandEnv", kwargs={"task": f"{__name__}:Guided", **OWN_DEFAULTS}
    )
