"""Human hands that could have done what was demonstrated: what the data generation scheme makes of demonstrations."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from hand_envs.errors import DatasetError
from hand_envs.files import atomic
from hand_envs.files.reading import json_in, read_npz, reading
from hand_envs.poses.packing import packed_points, unpacked_points

Array = np.ndarray

KINDS = ("gt", "est")
"""Poses as they truly were, and as an estimator saw them."""

SPLITS = ("train", "validation", "test")
"""What is trained on, what recipes are chosen by, and what is counted once."""

_LARGEST = 2**31  # bytes of a file; features are most of it
_MOST_STEPS = 2_000_000  # of all sequences together: a user holds 504 bytes for each


@dataclass(frozen=True)
class PoseSequences:
    """For each demonstration, some sequences of hands seen by a camera, one hand a step.

    Most images serve many steps, so each is held once, and `frames` says which of them a step shows.

    Args:
        env_id: the environment of the demonstrations.
        points: for each of `KINDS`, the 21 points of every image's hand in the camera's frame (m), (images, 21, 3).
        frames: numbers of images, (demonstrations, variants, steps).
        splits: the number in `SPLITS` of each demonstration, (demonstrations,).
        features: what the estimator says of every image besides (phi), (images, width); None if not kept.
        numbers: of the images in the pool they are from, (images,); None if not kept.
        notes: where it is from: the pool, the estimator, the errors.
    """

    env_id: str
    points: Mapping[str, Array]
    frames: Array
    splits: Array
    features: Array | None = None
    numbers: Array | None = None
    notes: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        images = {len(points) for points in self.points.values()}
        if not self.points or len(images) != 1 or any(np.shape(each)[1:] != (21, 3) for each in self.points.values()):
            raise DatasetError("Pose sequences need the same number of hands of each kind, 21 points each.")
        if not all(np.isfinite(points).all() for points in self.points.values()):
            raise DatasetError("Pose sequences have points that are not finite.")
        (count,) = images
        if self.frames.ndim != 3 or not self.frames.size or not 0 <= self.frames.min() <= self.frames.max() < count:
            raise DatasetError(
                f"frames must be numbers of the {count} images, (demonstrations, variants, steps); got "
                f"{self.frames.shape}."
            )
        if self.frames.size > _MOST_STEPS:
            raise DatasetError(f"There are {self.frames.size:,} steps in all, more than the {_MOST_STEPS:,} allowed.")
        if self.splits.shape != self.frames.shape[:1] or not np.isin(self.splits, range(len(SPLITS))).all():
            raise DatasetError(f"splits must give each of the {len(self.frames)} demonstrations one of {SPLITS}.")
        for name, part, dimensions in (("features", self.features, 2), ("numbers", self.numbers, 1)):
            if part is None:
                continue
            if part.ndim != dimensions or len(part) != count or part.dtype.kind not in "iuf":
                raise DatasetError(f"{name} must be numbers, a row for each of the {count} images.")
            if not np.isfinite(part).all():
                raise DatasetError(f"{name} holds values that are not finite.")

    def hands(self, kind: str) -> Array:
        """The hands of every step, (demonstrations, variants, steps, 21, 3) in m."""
        hands: Array = self.points[kind][self.frames]
        return hands

    def of_split(self, split: str) -> Array:
        """Numbers of the demonstrations of a split; `all` is all of them."""
        if split == "all":
            return np.arange(len(self.splits))
        return np.flatnonzero(self.splits == SPLITS.index(split))

    def write(self, path: str | Path) -> Path:
        """Write them to an .npz file."""
        if Path(path).suffix != ".npz":
            raise DatasetError(f"Pose sequences are written to an .npz file, got {path}.")
        parts = {kind: packed_points(points) for kind, points in self.points.items()}
        if self.features is not None:
            largest = np.finfo(np.float16).max
            parts["features"] = np.clip(self.features, -largest, largest).astype(np.float16)
        if self.numbers is not None:
            parts["numbers"] = self.numbers.astype(np.int64)
        text = json.dumps({"env_id": self.env_id, **self.notes})
        with atomic.replacing(Path(path)) as beside:
            np.savez_compressed(
                beside,
                allow_pickle=False,
                frames=_smallest(self.frames),
                splits=self.splits.astype(np.uint8),
                notes=np.frombuffer(text.encode(), np.uint8),
                **parts,
            )
        return Path(path)


def read_pose_sequences(path: str | Path) -> PoseSequences:
    """Pose sequences from a file that `PoseSequences.write` made; it may be anybody's."""
    path = Path(path)
    with reading(path, ". Make it anew with python -m agents.estimator.sequences."):
        parts = read_npz(path, _LARGEST)
        notes = json_in(parts["notes"])
        if not isinstance(notes, dict) or not isinstance(notes.get("env_id"), str):
            raise DatasetError("It does not say which environment it is of.")
        points = {kind: unpacked_points(parts[kind]) for kind in KINDS if kind in parts}
        frames, splits = parts["frames"], parts["splits"]
        if frames.size > _MOST_STEPS:
            raise DatasetError(f"It has {frames.size:,} steps in all, more than the {_MOST_STEPS:,} that are read.")
        if frames.dtype.kind not in "iu" or splits.dtype.kind not in "iu":
            raise DatasetError("frames and splits must be whole numbers.")
        return PoseSequences(
            env_id=notes.pop("env_id"),
            points=points,
            frames=frames.astype(np.int64),
            splits=splits.astype(np.int64),
            features=parts.get("features"),
            numbers=parts.get("numbers"),
            notes=notes,
        )


def _smallest(numbers: Array) -> Array:
    return numbers.astype(np.min_scalar_type(int(numbers.max())))
