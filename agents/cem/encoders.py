"""What pictures are to a policy and to the embedding reward: a row of numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from agents.cem.named import named
from agents.cem.pictures import parts_of

Array = np.ndarray
Encoder = Callable[[Any], Array]
"""Features (n,) of an observation."""

_GRID = 8


def pooled(observation: Any) -> Array:
    """Means over an 8 x 8 grid of each picture, and flat observations as they are: nothing is learned."""
    return np.concatenate([_row(part) for part in parts_of(observation).values()])


def _row(part: Array) -> Array:
    values = np.nan_to_num(part.astype(np.float64) / (255.0 if part.dtype == np.uint8 else 1.0), posinf=0, neginf=0)
    if values.ndim < 2 or min(values.shape[:2]) < _GRID:
        return values.ravel()
    return np.array([cell.mean(axis=(0, 1)) for line in _cut(values, 0) for cell in _cut(line, 1)]).ravel()


def _cut(values: Array, axis: int) -> list[Array]:
    return np.array_split(values, _GRID, axis=axis)


def encoder_of(name: str) -> Encoder:
    """The encoder a config names."""
    if name == "pooled":
        return pooled
    own: Encoder = named("encoder", name, ("pooled",))
    return own
