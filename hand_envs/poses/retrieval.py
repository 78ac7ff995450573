"""Finding, among very many hands seen by a camera, those most like a given one: the data generation scheme's query.

The order is that of Garcia-Hernando et al.: first azimuth, then elevation of the camera as seen from the palm, then the
distance of the normalised poses.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np

from hand_envs.errors import DatasetError, OptionError
from hand_envs.files import atomic
from hand_envs.files.reading import reading
from hand_envs.poses.frames import azimuth_elevation, normalised, view_direction

Array = np.ndarray

REACH = np.deg2rad(10.0)
"""How far a candidate's azimuth and elevation may be from those asked for (rad), unless there are too few."""

_CHUNK = 65_536  # hands normalised at a time
_FILES = {"azimuth": np.float32, "elevation": np.float32, "poses": np.float32, "numbers": np.int64}


@dataclass(frozen=True)
class PosePool:
    """Hands sorted by azimuth, so that those of one azimuth are neighbours on disk as in memory.

    Two million hands are 500 MB of poses, which stay on disk (`open`); azimuth and elevation are in memory.

    Args:
        azimuth: of the camera in the palm's frame (rad), ascending, (n,).
        elevation: likewise.
        poses: normalised points without the wrist, flattened, (n, 60).
        numbers: what each hand is called in the set it is from.
    """

    azimuth: Array
    elevation: Array
    poses: Array
    numbers: Array

    @classmethod
    def of(cls, points: Array, numbers: Array | None = None) -> Self:
        """The pool of hands whose 21 points are given in their camera's frame (m), (n, 21, 3).

        They are called by their place among these, or by `numbers` (n,).
        """
        if len(points) == 0:
            raise DatasetError("A pool of no hands cannot be asked.")
        parts = [described(points[first : first + _CHUNK]) for first in range(0, len(points), _CHUNK)]
        angles, poses = (np.concatenate(part).astype(np.float32) for part in zip(*parts, strict=True))
        order = np.argsort(angles[:, 0], kind="stable")
        azimuth, elevation = np.ascontiguousarray(angles[order].T)
        called = order if numbers is None else np.asarray(numbers)[order]
        return cls(azimuth, elevation, poses[order], called.astype(np.int64))

    def save(self, folder: str | Path) -> Path:
        """Write the pool, for `open`."""
        with atomic.replacing_folder(Path(folder)) as beside:
            for name in _FILES:
                np.save(beside / f"{name}.npy", getattr(self, name))
        return Path(folder)

    @classmethod
    def open(cls, folder: str | Path) -> Self:
        """The pool in a folder; its poses stay on disk."""
        parts = {}
        for name, kind in _FILES.items():
            path = Path(folder) / f"{name}.npy"
            with reading(path):
                part = np.load(path, mmap_mode="r" if name == "poses" else None, allow_pickle=False)
                if part.dtype != kind or part.ndim != 1 + (name == "poses") or len(part) == 0:
                    raise ValueError(f"expected {np.dtype(kind)} of {1 + (name == 'poses')} dimensions")
            parts[name] = part
        if len({len(part) for part in parts.values()}) != 1 or parts["poses"].shape[1] != 60:
            raise DatasetError(f"{folder}: its files do not belong together; make the pool anew.")
        angles = parts["azimuth"], parts["elevation"]
        if not all(np.isfinite(part).all() for part in angles) or (np.diff(parts["azimuth"]) < 0).any():
            raise DatasetError(f"{folder}: its azimuths are not in order, or not finite; make the pool anew.")
        return cls(**parts)

    def __len__(self) -> int:
        return len(self.azimuth)

    def nearest(
        self, azimuth: float, elevation: float, pose: Array, k: int = 1, reach: float = REACH
    ) -> tuple[Array, Array]:
        """The k most alike: their numbers, and the distances of their poses.

        Of the hands within `reach` (rad) of the azimuth those within `reach` of the elevation are compared; the reach
        is doubled until there are k.
        """
        if not 1 <= k <= len(self):
            raise OptionError(f"k must be from 1 to the {len(self):,} hands of the pool, got {k}.")
        if not np.isfinite([azimuth, elevation, *np.ravel(pose)]).all():
            raise OptionError("A hand is looked up by a finite azimuth, elevation and pose.")
        if not 0 < reach < np.inf:
            raise OptionError(f"reach must be an angle above 0, got {reach}.")
        while len(rows := self._seen_from(azimuth, elevation, reach)) < k:
            reach *= 2
        away = self.poses[rows] - np.asarray(pose, np.float32)
        squares, numbers = np.vecdot(away, away), self.numbers[rows]
        if len(rows) > 4 * k:  # of very many only the nearest are put in order, with those that are as near
            near = np.flatnonzero(squares <= np.partition(squares, k - 1)[k - 1])
            squares, numbers = squares[near], numbers[near]
        first = np.lexsort((numbers, squares))[:k]
        return numbers[first], np.sqrt(squares[first])

    def _seen_from(self, azimuth: float, elevation: float, reach: float) -> Array:
        """Rows of the hands that are seen from about there."""
        spans = self._around(azimuth, reach)
        rows = [
            first + np.flatnonzero(np.abs(self.elevation[first:last] - elevation) <= reach) for first, last in spans
        ]
        return np.concatenate(rows)

    def _around(self, azimuth: float, reach: float) -> list[tuple[int, int]]:
        """Where the rows within `reach` of an azimuth are, which goes round: the first, and that behind the last."""
        if reach >= np.pi:
            return [(0, len(self))]
        azimuth = (azimuth + np.pi) % (2 * np.pi) - np.pi
        low, high = azimuth - reach, azimuth + reach
        spans = [(low, high)]
        if low < -np.pi:
            spans.append((low + 2 * np.pi, np.inf))
        if high > np.pi:
            spans.append((-np.inf, high - 2 * np.pi))
        kind = self.azimuth.dtype.type
        return [
            (int(np.searchsorted(self.azimuth, kind(first))), int(np.searchsorted(self.azimuth, kind(last), "right")))
            for first, last in spans
        ]


def described(points: Array) -> tuple[Array, Array]:
    """What a hand is found by: azimuth and elevation of its camera (n, 2), and its normalised pose (n, 60)."""
    return azimuth_elevation(view_direction(points)), normalised(points)[:, 1:].reshape(-1, 60)
