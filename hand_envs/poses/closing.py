"""Fingers that close on something: every joint bends until a bone beyond it touches."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from hand_envs.poses.kinematics import forward
from hand_envs.poses.shape import HumanShape

Array = np.ndarray
Distance = Callable[[Array], Array]
"""How far points (n, m, 3) are outside of each hand's thing (m), (n, m); below 0 they are inside."""

_ALONG = np.array([0.35, 0.7, 1.0])[:, None]  # places on a bone that are looked at
_LEVEL = np.array([0, 0, 0, 1, 2, *(3 * finger + level for finger in range(1, 5) for level in (0, 0, 1, 2))])
"""Of each angle but the first the number, among 5 x 3, of the bone that it moves."""


def closed(shapes: Sequence[HumanShape], begin: Array, end: Array, distance: Distance, steps: int = 24) -> Array:
    """Angles (n, 22) (rad) of hands that went from `begin` towards `end` as far as what they hold allows.

    Args:
        shapes: a person for each hand.
        begin: angles (n, 22), clear of the thing: what touches at once does not move at all.
        end: likewise, of the closed hand.
        distance: of points in the palm's frame, the wrist at 0.
        steps: so many; joints stop by the last that is free.
    """
    radii = np.stack([shape.radii for shape in shapes])
    angles, step = begin.copy(), (end - begin) / steps
    free = np.ones((len(begin), 15), bool)
    for _ in range(steps):
        tried = np.where(_of_joints(free), angles + step, angles)
        touches = _clearance(forward(shapes, tried), radii, distance) < 0
        beyond = np.logical_or.accumulate(touches[:, :, ::-1], axis=2)[:, :, ::-1]
        free &= ~beyond.reshape(free.shape)
        angles = np.where(_of_joints(free), tried, angles)
    return angles


def clearance(shapes: Sequence[HumanShape], angles: Array, distance: Distance) -> Array:
    """How far (m) the bones of thumb and fingers are from the thing, skin to skin, (n, 5, 3)."""
    return _clearance(forward(shapes, angles), np.stack([shape.radii for shape in shapes]), distance)


def _clearance(points: Array, radii: Array, distance: Distance) -> Array:
    chains, thick = points[:, 1:].reshape(-1, 5, 4, 1, 3), radii[:, 1:].reshape(-1, 5, 4, 1, 1)
    centres = chains[:, :, :-1] * (1 - _ALONG) + chains[:, :, 1:] * _ALONG
    around = (thick[:, :, :-1] * (1 - _ALONG) + thick[:, :, 1:] * _ALONG)[..., 0]
    away = distance(centres.reshape(len(points), -1, 3)).reshape(centres.shape[:-1])
    nearest: Array = (away - around).min(axis=-1)
    return nearest


def _of_joints(bones: Array) -> Array:
    """For each of the 22 angles what is said of the bone it moves; the arch of the palm moves none."""
    return np.concatenate([np.zeros((len(bones), 1), bool), bones[:, _LEVEL]], axis=1)
