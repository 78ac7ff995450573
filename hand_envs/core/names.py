"""Named objects of a scene, in all of its simulations at once."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from hand_envs.errors import StateError, TaskError, choices

if TYPE_CHECKING:
    from hand_envs.core.simulation import Simulation

COUNTS = {
    "actuator": "nu", "body": "nbody", "camera": "ncam", "geom": "ngeom", "joint": "njnt", "light": "nlight",
    "sensor": "nsensor", "site": "nsite", "tendon": "ntendon",
}  # fmt: skip


class Varied(Protocol):
    """Which object's which attribute differs between simulations, and the model field that holds it."""

    @property
    def kind(self) -> str: ...
    @property
    def object(self) -> str: ...
    @property
    def attribute(self) -> str: ...
    @property
    def field(self) -> str: ...


class Named:
    """One named object of the scene in every simulation: `sim.joint("latch").qpos` is (n, 1), and live."""

    name: str
    id: int
    _sim: Simulation
    _kind: str
    _view: Any

    def __init__(self, sim: Simulation, kind: str, view: Any) -> None:
        self.__dict__.update(_sim=sim, _kind=kind, _view=view, name=view.name, id=view.id)

    def __getattr__(self, attribute: str) -> np.ndarray:
        if attribute.startswith("_"):
            raise AttributeError(attribute)
        value: np.ndarray = self._sim.protected((self._kind, self.name, attribute), getattr(self._view, attribute))
        self.__dict__[attribute] = value
        return value

    def __setattr__(self, attribute: str, value: object) -> None:
        expect_in_place(self, attribute, value)


def expect_in_place(owner: object, attribute: str, value: object) -> None:
    """That an assignment is what is left of `+=`; any other would put an array aside that nobody else looks at."""
    if value is not owner.__dict__.get(attribute):
        raise TaskError(f"Write into the array, which is live, instead of replacing it: `.{attribute}[:] = ...`.")


class Objects(dict[str, Named]):
    """The named bodies, sites, ... of a simulation, each looked up in MuJoCo once."""

    def __init__(self, sim: Simulation, kind: str) -> None:
        super().__init__()
        self._sim, self._kind = weakref.proxy(sim), kind  # the simulation holds this, and must be freed at once

    def __missing__(self, name: str) -> Named:
        model, batch = self._sim.model, self._sim._batch
        valid = [getattr(model, self._kind)(i).name for i in range(getattr(model, COUNTS[self._kind]))]
        if name not in valid:
            raise StateError(f"The scene has no such {self._kind}: {choices(name, valid)}")
        if self._kind == "sensor":
            _ = self._sim.sensordata  # computed from now on
        self[name] = Named(self._sim, self._kind, getattr(batch, self._kind)(name))
        return self[name]
