"""Whether a pose is one that flesh allows: how far its fingers are in one another, or in the palm."""

from __future__ import annotations

import itertools

import numpy as np

from hand_envs.poses.kinematics import forward
from hand_envs.poses.shape import HumanShape, average

Array = np.ndarray

_ALONG = np.array([0.2, 0.55, 0.9])[:, None]  # places on a bone that are looked at
_PALM_FRONT = 0.011  # m, of an average hand


def overlap(angles: Array, shape: HumanShape | None = None) -> Array:
    """How deep these poses put a finger into another or into the palm (m), (n,); below 0 they are apart."""
    shape = shape or average()
    pieces = [_overlap(angles[start : start + 128], shape) for start in range(0, len(angles), 128)]  # fit in the cache
    return np.concatenate(pieces) if pieces else np.empty(0)


def _overlap(angles: Array, shape: HumanShape) -> Array:
    points = forward(shape, angles)
    chains, radii = points[:, 1:].reshape(-1, 5, 4, 1, 3), shape.radii[1:].reshape(5, 4, 1, 1)
    centres = (chains[:, :, :-1] * (1 - _ALONG) + chains[:, :, 1:] * _ALONG).reshape(-1, 5, 9, 3)
    thick = (radii[:, :-1] * (1 - _ALONG) + radii[:, 1:] * _ALONG).reshape(5, 9)
    deepest = _in_palm(centres, thick)
    for one, other in itertools.combinations(range(5), 2):
        start = 3 if one == 0 else 2  # the ball of the thumb and the roots of the fingers are grown together
        first, second = centres[:, one, start:], centres[:, other, 0 if one == 0 else 2 :]
        reach = thick[one, start:, None] + thick[other, 0 if one == 0 else 2 :]
        apart = np.sqrt(((first[:, :, None] - second[:, None]) ** 2).sum(-1))
        deepest = np.maximum(deepest, (reach - apart).max((1, 2)))
    return deepest


def _in_palm(centres: Array, thick: Array) -> Array:
    """How deep the ends of thumb and fingers are in the palm."""
    x, y, z = np.moveaxis(centres[:, :, 5:], -1, 0)
    before = (np.abs(y + 0.006) < 0.026) & (z > 0.01) & (z < 0.085)
    depth = _PALM_FRONT + 0.8 * thick[:, 5:] - x
    return np.where(before, depth, -1.0).max((1, 2))
