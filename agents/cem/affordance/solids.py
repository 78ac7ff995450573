"""How far points are from the things in a scene: boxes, cylinders, capsules, balls and the table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import mujoco
import numpy as np

from hand_envs.errors import OptionError

Array = np.ndarray

_GEOM = mujoco.mjtGeom


class Solids:
    """The geoms of some bodies, as they stand, and the half space below z = 0.

    Args:
        model: of the scene.
        data: where all is now.
        bodies: names of those that count, with all that hangs on them.
    """

    def __init__(self, model: Any, data: Any, bodies: Sequence[str]) -> None:
        roots = {model.body(name).id for name in bodies}
        chosen = [geom for geom in range(model.ngeom) if _root(model, model.geom_bodyid[geom], roots) in roots]
        self.kinds = [int(model.geom_type[geom]) for geom in chosen]
        self.sizes = model.geom_size[chosen].copy()
        self.places = data.geom_xpos[chosen].copy()
        self.turns = data.geom_xmat[chosen].reshape(-1, 3, 3).copy()
        for kind in self.kinds:
            if kind not in _DISTANCES:
                raise OptionError(f"Hands close on boxes, cylinders, capsules and balls, not on {_GEOM(kind).name}.")

    def __call__(self, points: Array, table: bool = True) -> Array:
        """How far (m) points (..., 3) are outside of all; below 0 they are inside."""
        nearest = points[..., 2] if table else np.full(points.shape[:-1], np.inf)
        for kind, size, place, turn in zip(self.kinds, self.sizes, self.places, self.turns, strict=True):
            nearest = np.minimum(nearest, _DISTANCES[kind]((points - place) @ turn, size))
        return nearest


def _root(model: Any, body: int, roots: set[int]) -> int:
    """The body of `roots` that it hangs on, or the world."""
    while body and body not in roots:
        body = model.body_parentid[body]
    return int(body)


def _box(points: Array, size: Array) -> Array:
    return _from_sides(np.abs(points) - size)


def _cylinder(points: Array, size: Array) -> Array:
    around = np.hypot(points[..., 0], points[..., 1]) - size[0]
    return _from_sides(np.stack([around, np.abs(points[..., 2]) - size[1]], axis=-1))


def _capsule(points: Array, size: Array) -> Array:
    beyond = np.maximum(np.abs(points[..., 2]) - size[1], 0.0)
    return np.sqrt(points[..., 0] ** 2 + points[..., 1] ** 2 + beyond**2) - size[0]


def _ball(points: Array, size: Array) -> Array:
    return np.linalg.norm(points, axis=-1) - size[0]


def _from_sides(sides: Array) -> Array:
    """Of what is bounded by independent sides, from how far each is passed."""
    outside: Array = np.linalg.norm(np.maximum(sides, 0.0), axis=-1) + np.minimum(sides.max(axis=-1), 0.0)
    return outside


_DISTANCES = {
    int(_GEOM.mjGEOM_BOX): _box,
    int(_GEOM.mjGEOM_CYLINDER): _cylinder,
    int(_GEOM.mjGEOM_CAPSULE): _capsule,
    int(_GEOM.mjGEOM_SPHERE): _ball,
}
