"""Turns and steps as sequences of frames: what scripts and cameras are made of."""

from __future__ import annotations

import numpy as np

Array = np.ndarray


X, Y, Z = np.eye(3)


def eased(frames: int, begin: Array, end: Array) -> Array:
    """From 0 before frame `begin` (n,) to 1 from frame `end` on, with least jerk, (n, frames)."""
    share = np.clip((np.arange(frames) - begin[:, None]) / (end - begin)[:, None], 0.0, 1.0)
    smooth: Array = share**3 * (10.0 - 15.0 * share + 6.0 * share**2)
    return smooth


def about(axis: Array, angle: Array) -> Array:
    """Rotations (..., 3, 3) by `angle` (...) rad about a unit vector (3,)."""
    x, y, z = axis
    cross = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    sin, cos = np.sin(angle)[..., None, None], np.cos(angle)[..., None, None]
    turns: Array = np.eye(3) + sin * cross + (1.0 - cos) * (cross @ cross)
    return turns


def upright(heading: Array) -> Array:
    """Palms (n, 3, 3) that stand with the thumb up, the fingers ahead along the world's y, turned left by `heading`."""
    ahead = np.stack([-X, Z, Y], axis=1)  # the palm's x, y and z as columns
    turned: Array = about(Z, heading) @ ahead
    return turned
