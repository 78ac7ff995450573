"""What a depth camera makes of a hand: noise that grows with distance, holes, flying pixels, whole millimetres."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

Array = np.ndarray

_EDGE = 0.012  # m between neighbours: where one surface ends before another


@dataclass(frozen=True)
class Sensor:
    """The errors of a depth camera; 0 leaves one out."""

    noise: float = 0.0015
    """Standard deviation (m) at half a metre; it grows with the square of the distance. Cameras have 0.4-1.6 of it."""
    flying: float = 0.25
    """Share of the pixels at an edge that float between what is before it and behind it."""
    missing: float = 0.25
    """Share of the pixels at an edge that see nothing."""
    holes: float = 1.0
    """Patches without depth, in the mean."""
    step: float = 0.001
    """Depth comes in multiples of this (m)."""

    def __call__(self, depth: Array, generator: np.random.Generator) -> Array:
        """A picture (h, w) in m, 0 where nothing is, as the camera would give it."""
        depth = depth.copy()
        self._fray(depth, generator)
        flat = depth.reshape(-1)
        seen = np.flatnonzero(flat)
        values = flat[seen]
        if self.noise:
            strength = np.float32(self.noise / 0.25 * generator.uniform(0.4, 1.6))
            values += values * values * strength * generator.standard_normal(len(values), np.float32)
        if self.step:
            values = np.rint(values / np.float32(self.step)) * np.float32(self.step)
        flat[seen] = values
        for _ in range(generator.poisson(self.holes) if self.holes else 0):
            _punch(depth, generator)
        return depth

    def _fray(self, depth: Array, generator: np.random.Generator) -> None:
        """Flying and missing pixels where a surface ends."""
        edge = np.flatnonzero(_edges(depth))
        dice = generator.random((2, len(edge)), np.float32)
        gone, flies = dice[0] < self.missing, dice[0] > 1.0 - self.flying
        flat = depth.reshape(-1)
        flat[edge[flies]] += np.float32(0.04) * dice[1, flies]
        flat[edge[gone]] = 0.0


def _edges(depth: Array) -> Array:
    """Pixels that lie nearer than one of their neighbours."""
    far = np.where(depth > 0, depth, np.float32(10.0))
    edges = np.zeros(depth.shape, bool)  # a pixel without depth is behind all others, so never one
    down, across = np.diff(far, axis=0), np.diff(far, axis=1)
    edges[:-1] |= down > _EDGE
    edges[1:] |= down < -_EDGE
    edges[:, :-1] |= across > _EDGE
    edges[:, 1:] |= across < -_EDGE
    return edges


def _punch(depth: Array, generator: np.random.Generator) -> None:
    """A round patch without depth, somewhere on the hand."""
    height, width = depth.shape
    row, column = generator.integers(height), generator.integers(width)
    tall, wide = generator.uniform(1.0, 0.05 * height, 2)
    top, left = max(0, int(row - tall)), max(0, int(column - wide))
    part = depth[top : int(row + tall) + 1, left : int(column + wide) + 1]
    y = (np.arange(part.shape[0]) + (top - row))[:, None] / tall
    x = (np.arange(part.shape[1]) + (left - column))[None] / wide
    part[y * y + x * x < 1.0] = 0.0
