"""Angles of one and two hinges in closed form (Paden and Kahan's subproblems), of all fingers at a time."""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray

_TINY = 1e-9


def cross(left: Array, right: Array) -> Array:
    """As NumPy's, which takes three times as long over a few vectors."""
    ahead, behind = [1, 2, 0], [2, 0, 1]
    return left[..., ahead] * right[..., behind] - left[..., behind] * right[..., ahead]


def turned(axis: Array, angle: Array, vector: Array) -> Array:
    """Vectors after a turn about unit axes (Rodrigues); an axis of zeros turns nothing."""
    cosine, sine = np.cos(angle)[..., None], np.sin(angle)[..., None]
    along = axis * np.vecdot(axis, vector)[..., None]
    result = along + cosine * (vector - along) + sine * cross(axis, vector)
    return np.where((axis == 0.0).all(axis=-1, keepdims=True), vector, result)


def about(axis: Array, start: Array, end: Array) -> Array:
    """The angle about a unit axis from one direction to the other."""
    sine = np.vecdot(axis, cross(start, end))
    cosine = np.vecdot(start, end) - np.vecdot(axis, start) * np.vecdot(axis, end)
    return np.arctan2(sine, cosine)


def wrapped(angle: Array) -> Array:
    """The same angle between -pi and pi."""
    return angle - 2.0 * np.pi * np.round(angle / (2.0 * np.pi))


class _Circle:
    """A vector turns about an axis; its component in a direction is `level` at the angles `middle` -+ `half(level)`."""

    def __init__(self, axis: Array, vector: Array, along: Array) -> None:
        still = axis * np.vecdot(axis, vector)[..., None]
        cosine = np.vecdot(along, vector - still)
        sine = np.vecdot(along, cross(axis, vector))
        self.level = np.vecdot(along, still)
        self.size = np.hypot(cosine, sine)
        self.middle = np.arctan2(sine, cosine)

    def half(self, level: Array) -> Array:
        share = (level - self.level) / np.maximum(self.size, _TINY)
        return np.where(self.size > _TINY, np.arccos(np.clip(share, -1.0, 1.0)), 0.0)


class TwoHinges:
    """The angles of two hinges, one on the other, that bring a vector to a direction, or as near as they can.

    Args:
        first: its axis, before the hinges turn, (5, 3); zeros where there is none.
        second: the same, of the hinge that the first one carries.
    """

    fade = (0.1, 0.3)
    """Where the sine between a direction and the first axis is between these, it says little of the first hinge's
    angle; below them, nothing."""

    def __init__(self, first: Array, second: Array) -> None:
        self.first, self.second = first, second

    def exact(self, vector: Array, direction: Array, low: Array, high: Array) -> Array:
        """Angles (n, 5, 2) for vectors and unit directions (n, 5, 3), whatever the limits (5, 2).

        Of two solutions it is the one that would miss less of the direction by the limits.
        """
        circle = _Circle(self.second, vector, self.first)
        half = circle.half(np.vecdot(self.first, direction) * np.linalg.norm(vector, axis=-1))
        solutions, beyond = [], []
        for sign in (1.0, -1.0):
            second = np.where(self._two, wrapped(circle.middle + sign * half), 0.0)
            first = about(self.first, turned(self.second, second, vector), direction)
            both = np.stack([first, second], axis=-1)
            off = np.maximum(np.maximum(low - both, both - high), 0.0)
            solutions.append(both)
            beyond.append(off[..., 0] * self._beside(direction) + off[..., 1])
        return np.where((beyond[0] <= beyond[1])[..., None], *solutions)

    def __call__(self, vector: Array, direction: Array, low: Array, high: Array) -> Array:
        """The angles that come nearest within the limits.

        Where the first hinge cannot follow, it stays at its limit, and gives in where it would have to go far, so that
        nothing jumps where one way round is as far as the other; the second one makes the best of it.
        """
        first = self.exact(vector, direction, low, high)[..., 0]
        sure = _smooth(_share(self._beside(direction), self.fade)) * self._willing(first, low[..., 0], high[..., 0])
        first = np.clip(first, low[..., 0], high[..., 0]) * sure
        second = about(self.second, vector, turned(self.first, -first, direction))
        return np.stack([first, np.where(self._two, second, 0.0)], axis=-1)

    @property
    def _two(self) -> Array:
        return np.asarray(np.any(self.second != 0.0, axis=-1))

    def _beside(self, direction: Array) -> Array:
        """The sine between the first hinge and a direction."""
        return np.asarray(np.linalg.norm(cross(self.first, direction), axis=-1))

    @staticmethod
    def _willing(first: Array, low: Array, high: Array) -> Array:
        """1 up to a hinge's limits and halfway beyond, 0 a quarter turn from its middle: two ways are equal there."""
        middle, reach = 0.5 * (low + high), 0.5 * (high - low)
        farthest = np.maximum(0.5 * np.pi, 1.1 * reach)
        return 1.0 - _smooth(_share(np.abs(first - middle), (0.5 * (reach + farthest), farthest)))


class Bend:
    """The angle of a hinge between two segments at which they enclose a given angle.

    Args:
        axis: of the hinge, (5, 2, 3).
        before: the direction of the segment before it, (5, 2, 3).
        behind: and of the one behind it, while the hinge is at zero.
    """

    def __init__(self, axis: Array, before: Array, behind: Array) -> None:
        self._circle = _Circle(axis, behind, before)

    def __call__(self, cosine: Array, side: Array) -> Array:
        """Angles (n, 5, 2) of segments that enclose arccos(cosine), to a side: 1, -1, or anything between."""
        return wrapped(self._circle.middle + side * self._circle.half(cosine))


def _share(value: Array, between: tuple[Any, Any]) -> Array:
    return (value - between[0]) / (between[1] - between[0])


def _smooth(share: Array) -> Array:
    share = np.clip(share, 0.0, 1.0)
    return share * share * (3.0 - 2.0 * share)
