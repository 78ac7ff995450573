"""What a kappa learns from: poses, as it will see them, and the joint actions that go with them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np

from hand_envs.core.arrays import real_numbers
from hand_envs.errors import DatasetError, OptionError
from hand_envs.files.atomic import replacing
from hand_envs.files.reading import read_npz, reading
from hand_envs.poses.conventions import shaped
from hand_envs.poses.frames import normalised, view_direction

Array = np.ndarray

POSE, VIEWPOINT = 63, 3
"""Numbers of an input: `normalised(points)`, and `view_direction(points)` behind it."""
_MOST_BYTES = 2**32


@dataclass(frozen=True)
class Pairs:
    """Inputs (n, 63 or 66) and actions (n, j) in [-1, 1], of the joints of one hand.

    Attributes:
        inputs: normalised points, flattened, and the viewpoint if they are 66.
        targets: -1 is `low` and 1 is `high`.
        joints: wrist and fingers, in the hand's order.
        low, high: control ranges (rad).
    """

    inputs: Array
    targets: Array
    joints: tuple[str, ...]
    low: Array
    high: Array

    def __post_init__(self) -> None:
        count = len(self.joints)
        inputs, targets = _matrix("inputs", self.inputs), _matrix("targets", self.targets)
        if inputs.shape[1] not in (POSE, POSE + VIEWPOINT):
            raise OptionError(
                f"inputs must be {POSE} numbers a pose (normalised points), or {POSE + VIEWPOINT} with the viewpoint; "
                f"got {inputs.shape}."
            )
        if targets.shape != (len(inputs), count) or not len(inputs):
            raise OptionError(
                f"targets must be an action for each of {len(inputs)} poses and {count} joints; got {targets.shape}."
            )
        if np.abs(targets).max() > 1 + 1e-6:
            raise OptionError(f"targets must be actions in [-1, 1]; the largest is {np.abs(targets).max():.4g}.")
        low, high = (np.asarray(each, dtype=np.float64) for each in (self.low, self.high))
        if low.shape != (count,) or high.shape != (count,) or not (low < high).all():
            raise OptionError(f"low and high must be control ranges of {count} joints (rad), low below high.")
        for name, value in (("inputs", inputs), ("targets", targets), ("low", low), ("high", high)):
            object.__setattr__(self, name, value)

    @property
    def viewpoint(self) -> bool:
        """Whether an input ends with the viewpoint."""
        return self.inputs.shape[1] == POSE + VIEWPOINT

    @classmethod
    def of_points(
        cls, points: Array, targets: Array, joints: tuple[str, ...], low: Array, high: Array, viewpoint: bool = False
    ) -> Self:
        """Pairs of hands as points (n, 21, 3) in m; for the viewpoint they are in the camera's frame."""
        hands = shaped(points)
        inputs = normalised(hands).reshape(len(hands), POSE)
        if viewpoint:
            inputs = np.concatenate([inputs, view_direction(hands)], axis=1)
        return cls(inputs, targets, joints, low, high)

    @classmethod
    def read(cls, file: str | Path, viewpoint: bool = False) -> Self:
        """Pairs of an `.npz`: `actions`, `joints`, `low`, `high`, and `points` (n, 21, 3) or `inputs`.

        Args:
            file: of anybody's.
            viewpoint: of `points`, whether to take it as an input too.
        """
        with reading(file):
            found = read_npz(Path(file), _MOST_BYTES, kinds="biufU")
            if missing := {"actions", "joints", "low", "high"} - set(found):
                raise DatasetError(f"It has no {', '.join(sorted(missing))}; it has {', '.join(sorted(found))}.")
            rest = found["actions"], tuple(map(str, found["joints"].ravel())), found["low"], found["high"]
            if "inputs" in found:
                return cls(found["inputs"], *rest)
            return cls.of_points(_points(found), *rest, viewpoint=viewpoint)

    def save(self, file: str | Path) -> Path:
        """Write an `.npz` that `read` reads."""
        with replacing(file) as beside, beside.open("wb") as opened:
            np.savez(
                opened,
                inputs=self.inputs.astype(np.float32),
                actions=self.targets.astype(np.float32),
                joints=np.array(self.joints),
                low=self.low,
                high=self.high,
            )
        return Path(file)

    def digest(self) -> str:
        """A name that no other pairs have."""
        parts = (self.inputs, self.targets, self.low, self.high)
        content = b"".join(np.ascontiguousarray(part, dtype=np.float32).tobytes() for part in parts)
        return hashlib.sha256(content + " ".join(self.joints).encode()).hexdigest()[:16]


def _points(found: Mapping[str, Array]) -> Array:
    if "points" not in found:
        raise DatasetError(f"It has neither points nor inputs; it has {', '.join(sorted(found))}.")
    return found["points"]


def _matrix(name: str, value: Array) -> Array:
    try:
        array = real_numbers(value).astype(np.float64)
    except ValueError as error:
        raise OptionError(f"{name} must be numbers and are {error}.") from error
    if array.ndim != 2 or not np.isfinite(array).all():
        raise OptionError(f"{name} must be finite numbers, a row a pose; got {array.shape}.")
    return array
