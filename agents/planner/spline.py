"""Actions as uniform cubic B-splines through few points: smooth, and within bounds wherever the points are."""

from __future__ import annotations

import numpy as np

Array = np.ndarray

ORDER = 4  # points that shape each segment of a cubic


def points_for(steps: int, spacing: int) -> int:
    """How many points a spline of so many steps has, one each `spacing` steps."""
    return -(-steps // spacing) + ORDER - 1


def basis(steps: int, spacing: int) -> Array:
    """(steps, points): a spline is `basis @ points`. Step t of segment s is shaped by points s, ..., s + 3."""
    weights = np.zeros((steps, points_for(steps, spacing)))
    for step in range(steps):
        segment, within = divmod(step, spacing)
        u = within / spacing
        weights[step, segment : segment + ORDER] = (
            (1 - u) ** 3 / 6,
            (3 * u**3 - 6 * u**2 + 4) / 6,
            (-3 * u**3 + 3 * u**2 + 3 * u + 1) / 6,
            u**3 / 6,
        )
    return weights
