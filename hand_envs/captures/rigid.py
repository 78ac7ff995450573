"""Poses of objects from outside: what is no rotation and a place within sight is refused."""

from __future__ import annotations

import numpy as np

from hand_envs.errors import DatasetError

Array = np.ndarray

_SLACK = 1e-2  # of the elements of R^T R: poses are written with some decimals
_FARTHEST = 5.0  # m


def rigid(poses: Array) -> Array:
    """Poses (..., 4, 4) in m with the rotations that are nearest, or a `DatasetError` that says why they are none."""
    if not np.isfinite(poses).all():
        raise DatasetError("An object's pose has elements that are not finite.")
    last = poses[..., 3, :]
    if np.abs(last - [0.0, 0.0, 0.0, 1.0]).max() > 1e-6:
        wrong = last.reshape(-1, 4)[np.abs(last - [0.0, 0.0, 0.0, 1.0]).max(axis=-1).argmax()]
        raise DatasetError(f"The last row of an object's pose is {_spoken(wrong)}, and should be 0 0 0 1.")
    turn = poses[..., :3, :3]
    if np.abs(turn).max() > 2.0:
        raise DatasetError(f"An object's pose holds {np.abs(turn).max():.6g} where it turns: it is no rotation.")
    off = np.abs(np.swapaxes(turn, -1, -2) @ turn - np.eye(3)).max()
    if off > _SLACK or (np.linalg.det(turn) < 0).any():
        why = f"R^T R is {off:.2g} off" if off > _SLACK else "it mirrors"
        raise DatasetError(f"An object's pose is not rigid: {why}.")
    if np.abs(poses[..., :3, 3]).max() > _FARTHEST:
        far = np.abs(poses[..., :3, 3]).max()
        raise DatasetError(f"An object is {far:.6g} m away, farther than {_FARTHEST:g} m: is the unit right?")
    left, _, right = np.linalg.svd(turn)
    nearest = poses.copy()
    nearest[..., :3, :3] = left @ right
    return nearest


def _spoken(values: Array) -> str:
    return " ".join(f"{value:.6g}" for value in values)
