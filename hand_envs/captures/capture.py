"""A recorded hand and what it handled: what a camera saw, frame by frame."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from hand_envs.errors import DatasetError, choices

Array = np.ndarray

KINDS = ("gt", "est")
"""A hand as it was annotated, and as an estimator saw it."""

SPLITS = ("train", "validation", "test", "others")
"""What is trained on, what recipes are chosen by, what is counted once, and people who are in none of these."""

_UNIT_LENGTH = 1e-6  # how far a direction may be from unit length


@dataclass(frozen=True)
class Capture:
    """One sequence of a right hand and the object it handles, in the camera's frame (x right, y down, z forward; m).

    Args:
        name: such as `Subject_1/pour_juice_bottle/2`.
        subject: whose hand it is.
        split: one of `SPLITS`.
        points: for each of `KINDS` that is known, the hand's 21 points in canonical order, (frames, 21, 3).
        down: the direction of gravity, (3,) of unit length.
        objects: poses of the object, (frames, 4, 4); None where there are none.
        features: what the estimator says of each image besides (phi), (frames, width); None if not kept.
        rate: frames a second.
    """

    name: str
    subject: str
    split: str
    points: Mapping[str, Array]
    down: Array
    objects: Array | None = None
    features: Array | None = None
    rate: float = 30.0

    def __post_init__(self) -> None:
        if self.split not in SPLITS:
            raise DatasetError(f"{self.name}: unknown split: {choices(self.split, SPLITS)}")
        for kind in self.points:
            if kind not in KINDS:
                raise DatasetError(f"{self.name}: unknown kind of points: {choices(kind, KINDS)}")
        lengths = {len(points) for points in self.points.values()}
        if len(lengths) != 1 or 0 in lengths or any(each.shape[1:] != (21, 3) for each in self.points.values()):
            raise DatasetError(f"{self.name}: needs the same number of hands of each kind, 21 points each.")
        if self.down.shape != (3,) or not abs(np.linalg.norm(self.down) - 1.0) < _UNIT_LENGTH:
            raise DatasetError(f"{self.name}: `down` must be a direction of length 1, got {self.down}.")
        if not 1.0 <= self.rate <= 1000.0:
            raise DatasetError(f"{self.name}: rate must be from 1 to 1000 frames/s, got {self.rate}.")
        for what, part, shape in (("objects", self.objects, (4, 4)), ("features", self.features, None)):
            if part is not None and (len(part) != len(self) or (shape is not None and part.shape[1:] != shape)):
                raise DatasetError(f"{self.name}: {what} has shape {part.shape}, and there are {len(self)} frames.")
        for what, part in {**self.points, "objects": self.objects, "features": self.features}.items():
            if part is not None and not np.isfinite(part).all():
                raise DatasetError(f"{self.name}: {what} holds values that are not finite.")

    def __len__(self) -> int:
        return len(next(iter(self.points.values())))


@dataclass(frozen=True)
class Captures(Sequence[Capture]):
    """Captures of one action.

    Args:
        action: such as `pour_juice_bottle`.
        captures: in any order.
        notes: where they are from; `synthetic` is True where nobody was recorded.
    """

    action: str
    captures: tuple[Capture, ...]
    notes: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.captures:
            raise DatasetError(f"There are no captures of {self.action}.")

    def __getitem__(self, number: Any) -> Any:
        return self.captures[number]

    def __iter__(self) -> Iterator[Capture]:
        return iter(self.captures)

    def __len__(self) -> int:
        return len(self.captures)

    def of_split(self, split: str) -> Captures:
        """Those of a split; `all` is all of them."""
        if split not in (*SPLITS, "all"):
            raise DatasetError(f"Unknown split: {choices(split, (*SPLITS, 'all'))}")
        chosen = tuple(each for each in self if split in (each.split, "all"))
        if not chosen:
            raise DatasetError(f"The split {split!r} of these captures of {self.action} is empty.")
        return Captures(self.action, chosen, self.notes)
