"""Poses of rigid things: quaternions w x y z, rotations, and what lies between two of them."""

from __future__ import annotations

import mujoco
import numpy as np

Array = np.ndarray


def rotation(quaternion: Array) -> Array:
    """The matrix (3, 3) of a unit quaternion."""
    flat = np.empty(9)
    mujoco.mju_quat2Mat(flat, quaternion)
    return flat.reshape(3, 3)


def quaternion(rotation: Array) -> Array:
    """The unit quaternion (4,) of a rotation matrix, w at least 0."""
    found = np.empty(4)
    mujoco.mju_mat2Quat(found, np.ascontiguousarray(rotation).reshape(9))
    return found if found[0] >= 0 else -found


def turn(rotation: Array) -> Array:
    """The rotation vector (rad), (3,), of a rotation matrix."""
    found = np.empty(3)
    mujoco.mju_quat2Vel(found, quaternion(rotation), 1.0)
    return found


def mixed(one: Array, other: Array, share: float) -> Array:
    """The pose (position and quaternion, (7,)) that share of the way from one to the other, by the shorter turn."""
    nearer = other[3:] if np.dot(one[3:], other[3:]) >= 0 else -other[3:]
    mean = one[3:] + share * (nearer - one[3:])
    length = float(np.linalg.norm(mean))
    turned = mean / length if length > 1e-6 else one[3:]
    return np.concatenate([one[:3] + share * (other[:3] - one[:3]), turned])


def about_z(angle: float) -> Array:
    """The rotation (3, 3) by so many rad about the z axis."""
    cosine, sine = np.cos(angle), np.sin(angle)
    return np.array([[cosine, -sine, 0.0], [sine, cosine, 0.0], [0.0, 0.0, 1.0]])
