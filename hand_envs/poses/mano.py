"""A hand's pose as MANO gives it, 15 rotations of joints, from the 22 angles of `hand_envs.poses.human`, and back.

A pose is 45 numbers: rotation vectors (rad) of three joints each of index, middle, little, ring and thumb, relative to
the joint before, about axes that are the wrist's in a flat hand. What is here is anatomy by direct mapping: a finger's
first joint spreads and bends, its others bend; the thumb's first joint does all it can, its others bend. MANO's own
axes lie a few degrees beside these. It has no arching palm, so that angle is lost.
"""

from __future__ import annotations

import numpy as np

from hand_envs.core.turns import matrix_of, vector_of
from hand_envs.poses.wrists import palm_axes

Array = np.ndarray

NUMBERS = 45
_AXES = palm_axes("mano", "right")  # the palm's axes in MANO's wrist
_ORDER = np.array([0, 1, 3, 2])  # index, middle, little, ring among index, middle, ring, little
_OUT, _SIDE = np.array([1.0, 0.0, 0.0]), np.array([0.0, 1.0, 0.0])  # of the palm


def to_mano(angles: Array) -> Array:
    """Poses (n, 45) of hands with these angles (n, 22)."""
    angles = np.atleast_2d(np.asarray(angles, np.float64))
    fingers = angles[:, 6:].reshape(-1, 4, 4)
    bends = matrix_of(fingers[..., 1:, None] * _SIDE)
    bends[:, :, 0] = matrix_of(-fingers[..., :1] * _OUT) @ bends[:, :, 0]
    thumb = np.concatenate([_thumb_frame(angles[:, 1:4])[:, None], matrix_of(angles[:, 4:6, None] * _OUT)], axis=1)
    turns = np.concatenate([bends[:, _ORDER].reshape(-1, 12, 3, 3), thumb], axis=1)
    return vector_of(_AXES @ turns @ _AXES.T).reshape(-1, NUMBERS)


def from_mano(pose: Array) -> Array:
    """Angles (n, 22) of hands in these poses (n, 45); what no human joint can do is left out of it."""
    turns = _AXES.T @ matrix_of(np.asarray(pose, np.float64).reshape(-1, 15, 3)) @ _AXES
    angles = np.zeros((len(turns), 22))
    fingers = angles[:, 6:].reshape(-1, 4, 4)
    bends = turns[:, :12].reshape(-1, 4, 3, 3, 3)[:, _ORDER]
    fingers[..., 0] = np.arctan2(-bends[:, :, 0, 2, 1], bends[:, :, 0, 1, 1])
    fingers[..., 1:] = np.arctan2(bends[..., 0, 2], bends[..., 0, 0])
    angles[:, 1:4] = _thumb_angles(turns[:, 12])
    angles[:, 4:6] = np.arctan2(-turns[:, 13:, 1, 2], turns[:, 13:, 2, 2])
    return angles


def _thumb_frame(angles: Array) -> Array:
    """What the thumb's first joint turns by, (n, 3, 3), for its way out, its lift and its turn about itself (n, 3)."""
    out, lift, turn = np.moveaxis(angles, -1, 0)
    along = np.stack([np.sin(lift), np.cos(lift) * np.sin(out), np.cos(lift) * np.cos(out)], axis=-1)
    inward = _inward(along)
    flexed = np.cos(turn)[:, None] * inward + np.sin(turn)[:, None] * np.cross(along, inward)
    return np.stack([np.cross(along, flexed), -flexed, along], axis=-1)


def _thumb_angles(turns: Array) -> Array:
    """The three angles (n, 3) of such turns."""
    along, flexed = turns[..., 2], -turns[..., 1]
    inward = _inward(along)
    out, lift = np.arctan2(along[:, 1], along[:, 2]), np.arcsin(np.clip(along[:, 0], -1.0, 1.0))
    turn = np.arctan2(np.vecdot(flexed, np.cross(along, inward)), np.vecdot(flexed, inward))
    return np.stack([out, lift, turn], axis=-1)


def _inward(along: Array) -> Array:
    """Across a thumb that points there, to the little finger's side."""
    across = along * along[:, 1:2] - _SIDE
    return across / np.maximum(np.linalg.norm(across, axis=-1, keepdims=True), 1e-9)
