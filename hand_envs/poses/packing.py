"""Hands as files hold them: 16 bits a coordinate."""

from __future__ import annotations

import numpy as np

from hand_envs.errors import DatasetError

Array = np.ndarray

_UNIT = 5e-5  # m: a camera sees as far as 1.6 m


def packed_points(points: Array) -> Array:
    """Points in m as int16 of `_UNIT`."""
    units = np.rint(points / _UNIT)
    if np.abs(units).max() > np.iinfo(np.int16).max:
        raise DatasetError(f"Hands further than {np.iinfo(np.int16).max * _UNIT:.2f} m from the camera are not stored.")
    return units.astype(np.int16)


def unpacked_points(units: Array) -> Array:
    """What `packed_points` packed, in m."""
    if units.dtype != np.int16:
        raise DatasetError(f"Points are stored as int16, here they are {units.dtype}.")
    return units * _UNIT
