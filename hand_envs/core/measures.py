"""Small named measures of batched geometry: what rewards are made of.

Every function takes arrays with a leading simulation axis and treats each simulation alone. They use nothing that an
array library other than NumPy would lack.

They are written for speed with one simulation too, where every call on an array costs about a microsecond against the
two hundred of a control step.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from itertools import accumulate
from typing import Any, TypeVar

import numpy as np

Array = np.ndarray
Measure = TypeVar("Measure", bound=Callable[..., Any])


def measured(measure: Measure) -> Measure:
    """Compute a task's `measure(self, sim)` once a simulation step, however many terms ask for it."""

    @functools.wraps(measure)
    def remembered(task: Any, sim: Any) -> Any:
        if measure not in sim.measured:
            sim.measured[measure] = measure(task, sim)
        return sim.measured[measure]

    return remembered  # type: ignore[return-value]


class Staircase:
    """A sum of bonuses, each earned beyond its own edge: `Staircase(above={0.2: 2.0, 1.0: 8.0})`.

    `above` is {edge: bonus} for values greater than the edge, `below` for values less than it; `base` is added always.
    """

    def __init__(
        self, above: Mapping[float, float] | None = None, below: Mapping[float, float] | None = None, base: float = 0.0
    ) -> None:
        if bool(above) == bool(below):
            raise ValueError("A staircase goes either up (above) or down (below).")
        stairs = dict(sorted((above or below or {}).items()))
        self.side = "left" if above else "right"  # so that both edges are strict
        self.edges = np.array(list(stairs))
        bonuses = list(stairs.values()) if above else list(reversed(stairs.values()))
        levels = list(accumulate(bonuses, initial=base))
        self.levels = np.array(levels if above else levels[::-1])

    def __call__(self, value: Array) -> Array:
        """The bonuses earned by each value."""
        levels: Array = self.levels[self.edges.searchsorted(value, self.side)]  # type: ignore[call-overload]
        return levels


def norm(vector: Array) -> Array:
    """Euclidean length of (n, k) vectors, (n,)."""
    return np.sqrt(np.vecdot(vector, vector))


def distance(a: Array, b: Array) -> Array:
    """Euclidean distance between (n, 3) points, (n,)."""
    return norm(a - b)


def dot(a: Array, b: Array) -> Array:
    """Inner product of (n, k) vectors, (n,)."""
    return np.vecdot(a, b)


def square_sum(vector: Array) -> Array:
    """Sum of squares of (n, k) vectors, (n,)."""
    return np.vecdot(vector, vector)


def clip(value: Array, low: float, high: float) -> Array:
    """`value` within [low, high]."""
    return np.minimum(np.maximum(value, low), high)


def axis(matrix: Array, index: int) -> Array:
    """The unit vector (n, 3) along axis 0, 1 or 2 of a frame, given its rotation matrix as rows (n, 9)."""
    return matrix[:, index::3]


def euler_xyz(matrix: Array) -> Array:
    """Angles a, b, c (n, 3) in rad of rotation matrices R = Rx(a) Ry(b) Rz(c) given as rows (n, 9).

    In gimbal lock, a is 0. The convention of the Adroit hammer's observation.
    """
    cos_b = np.hypot(matrix[:, 8], matrix[:, 5])
    along = matrix.take(_ALONG, axis=1)
    along[:, 1] = cos_b
    angles = np.arctan2(matrix.take(_ACROSS, axis=1) * _SIGNS, along)
    locked = cos_b <= _GIMBAL
    if np.count_nonzero(locked):
        angles[locked, 0] = 0.0
        angles[locked, 2] = np.arctan2(matrix[locked, 3], matrix[locked, 4])
    return angles


def quaternion_from_euler_xyz(angles: Array) -> Array:
    """Unit quaternions (n, 4), scalar first, of the rotations Rx(a) Ry(b) Rz(c) with angles (n, 3) in rad."""
    (ca, cb, cc), (sa, sb, sc) = np.cos(angles / 2).T, np.sin(angles / 2).T
    return np.stack(
        [
            ca * cb * cc - sa * sb * sc,
            sa * cb * cc + ca * sb * sc,
            ca * sb * cc - sa * cb * sc,
            ca * cb * sc + sa * sb * cc,
        ],
        axis=1,
    )


def quaternion_from_matrix(matrix: Array) -> Array:
    """Unit quaternions (n, 4), scalar first and not negative, of rotation matrices given as rows (n, 9)."""
    xx, xy, xz, yx, yy, yz, zx, zy, zz = np.moveaxis(matrix, -1, 0)
    squares = np.stack(  # four times q q^T: any of its rows is along q, the longest says it best
        [
            [1 + xx + yy + zz, zy - yz, xz - zx, yx - xy],
            [zy - yz, 1 + xx - yy - zz, xy + yx, xz + zx],
            [xz - zx, xy + yx, 1 - xx + yy - zz, yz + zy],
            [yx - xy, xz + zx, yz + zy, 1 - xx - yy + zz],
        ]
    )
    longest = np.einsum("iin->ni", squares).argmax(axis=1)
    rows = np.moveaxis(squares, -1, 0)[np.arange(len(longest)), longest]
    rows *= np.where(rows[:, :1] < 0.0, -1.0, 1.0)
    return rows / norm(rows)[:, None]


_ALONG, _ACROSS, _SIGNS = np.array([8, 8, 0]), np.array([5, 2, 1]), np.array([[-1.0, 1.0, -1.0]])
_GIMBAL = 4 * np.finfo(np.float64).eps  # cos(b) below this: a and c turn about the same axis
