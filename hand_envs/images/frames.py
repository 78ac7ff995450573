"""Depth pictures of hands as they lie on a disk, whatever their layout: a sequence of `Frame`s, read one by one."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from hand_envs.errors import OptionError
from hand_envs.images.cropping import Crop, Intrinsics, crop

Array = np.ndarray

_MIDDLE = 9


class Frame(NamedTuple):
    """One picture and its label."""

    name: str
    depth: Array
    """(height, width) uint16 mm, 0 where nothing is."""
    points: Array
    """The 21 joints, canonical, in the camera's frame (x right, y down, z ahead, m)."""
    intrinsics: Intrinsics


class FrameSet(ABC, Sequence[Frame]):
    """The frames of a folder, read when asked for; what is damaged is an error that names file and line."""

    folder: Path
    dropped: int = 0
    """Frames that were left out since they are there before."""
    synthetic: bool = False
    """Whether they are drawn, as far as the folder says."""

    @property
    @abstractmethod
    def subjects(self) -> tuple[str, ...]:
        """Whose hands these are, by name; empty where the set does not say."""

    @abstractmethod
    def points(self, index: int) -> Array:
        """The joints of a frame, (21, 3), without its picture."""

    def of(self, *subjects: str) -> Array:
        """The numbers of these subjects' frames."""
        raise OptionError(f"{self.folder} does not say whose hand is in which frame.")

    def crops(
        self, batch: int, indices: Sequence[int] | Array | None = None, *, cube: float = 0.25, size: int = 128,
        centre_noise: float = 0.0, seed: int = 0,
    ) -> Iterator[Crop]:  # fmt: skip
        """Batches of hands cut out about their middle knuckle, in the order of `indices` (by default all).

        `centre_noise` (m) moves a crop's centre; how follows from `seed` and the frame's number alone.
        """
        chosen = range(len(self)) if indices is None else indices
        for start in range(0, len(chosen), batch):
            numbers = [int(number) for number in chosen[start : start + batch]]
            frames = [self[number] for number in numbers]
            points = np.stack([frame.points for frame in frames])
            error = [np.random.default_rng([seed, number]).normal(0.0, 1.0, 3) for number in numbers]
            centre = points[:, _MIDDLE] + centre_noise * np.stack(error)
            cut = [
                crop(frame.depth, frame.intrinsics, middle, cube, size)
                for frame, middle in zip(frames, centre, strict=True)
            ]
            yield Crop(np.stack(cut), points, centre, cube)
