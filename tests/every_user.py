"""Every kind of user of the suite, found where users are, and one of a stranger's."""

from __future__ import annotations

import importlib
import inspect
import pkgutil

import numpy as np
import pytest

from hand_envs import users
from hand_envs.users import CaptureUser, SeededNoise, User


class Slip(SeededNoise):
    """A stranger's: now and then a finger slips. What it takes to add another kind of unsteadiness."""

    def __init__(self, user: User, share: float = 0.1) -> None:
        super().__init__(user)
        self.share = share

    def draw(self, generator: np.random.Generator, steps: int, actuators: int) -> np.ndarray:
        return 0.5 * (generator.uniform(size=(steps, actuators)) < self.share)


def kinds() -> list[type[User]]:
    modules = [
        importlib.import_module(f"{users.__name__}.{each.name}") for each in pkgutil.iter_modules(users.__path__)
    ]
    found = [kind for module in modules for kind in vars(module).values() if isinstance(kind, type)]
    concrete = {kind: None for kind in found if issubclass(kind, User) and not inspect.isabstract(kind)}
    return [*concrete, Slip]


every_user = pytest.mark.parametrize("kind", kinds(), ids=lambda kind: kind.__name__)
every_demonstrator = pytest.mark.parametrize(
    "kind", [kind for kind in kinds() if not issubclass(kind, CaptureUser)], ids=lambda kind: kind.__name__
)
"""Who has demonstrations in mind."""
