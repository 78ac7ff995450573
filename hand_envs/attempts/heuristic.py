"""The guess of who knows nothing of objects: the middle of the box around all there is, palm down, half closed."""

from __future__ import annotations

import numpy as np

from hand_envs.attempts.view import View
from hand_envs.errors import OptionError
from hand_envs.hands.profile import HandProfile

Array = np.ndarray

ON_TABLE = 0.006
"""m over the table from which a point is of an object."""
_HIGHEST = 0.25  # m over the table: the hand that waits is above it
_BESIDE = 0.25  # m from the middle of the picture, in x and y, within which things stand


def middle_of_things(depth: Array, view: View) -> Array:
    """The middle (m) of the box around all that stands on the table, from a depth picture (m)."""
    points = view.cloud(depth)
    height = points[..., 2]
    there = (height > ON_TABLE) & (height < _HIGHEST)
    there &= (np.abs(points[..., :2] - view.position[:2]) < _BESIDE).all(axis=-1)
    if not there.any():
        raise OptionError("The picture shows nothing on the table to take hold of.")
    found = points[there]
    low, high = np.array((*found[:, :2].min(axis=0), 0.0)), found.max(axis=0)
    return (low + high) / 2


def heuristic_attempt(depth: Array, view: View, profile: HandProfile) -> Array:
    """xi: that middle, palm down, the hand half closed."""
    pose = (profile.home + profile.closed) / 2
    return np.concatenate([middle_of_things(depth, view), np.zeros(3), pose])
