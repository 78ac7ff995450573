"""Rotations as vectors, axis times angle (rad), and as matrices: any number of them at a time."""

from __future__ import annotations

import numpy as np

from hand_envs.core.measures import quaternion_from_matrix

Array = np.ndarray


def matrix_of(vector: Array) -> Array:
    """Rotation matrices (..., 3, 3) of rotation vectors (..., 3) (Rodrigues)."""
    x, y, z = np.moveaxis(np.asarray(vector, np.float64), -1, 0)
    angle = np.sqrt(x * x + y * y + z * z)
    zero = np.zeros_like(x)
    cross = np.stack([zero, -z, y, z, zero, -x, -y, x, zero], axis=-1).reshape(*x.shape, 3, 3)
    sine, cosine = np.sinc(angle / np.pi), 0.5 * np.sinc(angle / (2 * np.pi)) ** 2  # sin(a) / a and (1 - cos(a)) / a2
    return np.eye(3) + sine[..., None, None] * cross + cosine[..., None, None] * (cross @ cross)


def vector_of(matrix: Array) -> Array:
    """Rotation vectors (..., 3), no longer than pi, of rotation matrices (..., 3, 3)."""
    matrix = np.asarray(matrix, np.float64)
    quaternion = quaternion_from_matrix(matrix.reshape(-1, 9)).reshape(*matrix.shape[:-2], 4)
    real, axis = quaternion[..., :1], quaternion[..., 1:]
    sine = np.linalg.norm(axis, axis=-1, keepdims=True)
    angle = 2.0 * np.arctan2(sine, real)
    return axis * np.where(sine > 1e-12, angle / np.maximum(sine, 1e-12), 2.0)


def angle_between(one: Array, other: Array) -> Array:
    """The angle (rad) of the turn from one rotation matrix (..., 3, 3) to another."""
    return np.linalg.norm(vector_of(np.swapaxes(one, -1, -2) @ other), axis=-1)
