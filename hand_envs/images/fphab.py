"""The depth pictures of F-PHAB (First-Person Hand Action), read, and written for made sequences."""

from __future__ import annotations

import bisect
import itertools
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from hand_envs.captures.fphab_layout import Layout, subject_of
from hand_envs.captures.fphab_lines import count_frames, read_skeleton
from hand_envs.errors import DatasetError, OptionError, choices
from hand_envs.files.atomic import replacing_folder
from hand_envs.files.reading import reading
from hand_envs.images.cropping import SR300
from hand_envs.images.frames import Frame, FrameSet
from hand_envs.images.png import read_depth, write_depth

Array = np.ndarray

_SHAPE = (480, 640)


class FPHAB(FrameSet):
    """Video_files/<sequence>/depth/depth_%04d.png, and the lines of the sequence's skeleton.txt.

    Args:
        folder: what holds data_split_action_recognition.txt, which says what sequences there are.
        actions: such as pour_juice_bottle; by default all.
    """

    def __init__(self, folder: str | Path, *actions: str) -> None:
        self._layout = Layout(folder)
        self.folder = self._layout.folder
        self.sequences = tuple(each.name for each in self._layout.sequences(*actions))
        self._ends = list(itertools.accumulate(count_frames(self._layout.skeleton(name)) for name in self.sequences))
        self._hands: dict[str, Array] = {}  # of sequences that were asked for; all of F-PHAB are 50 MB
        self.synthetic = bool(self._layout.noted())

    @property
    def subjects(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(subject_of(name) for name in self.sequences))

    def of(self, *subjects: str) -> Array:
        for subject in subjects:
            if subject not in self.subjects:
                raise OptionError(f"{self.folder} has no such subject: {choices(subject, self.subjects)}")
        return self.of_sequences(*(name for name in self.sequences if subject_of(name) in subjects))

    def of_sequences(self, *names: str) -> Array:
        """The numbers of the frames of some sequences, one sequence after the other."""
        begins = dict(zip(self.sequences, itertools.pairwise([0, *self._ends]), strict=True))
        for name in names:
            if name not in begins:
                raise OptionError(f"{self.folder} has no such sequence: {choices(name, self.sequences)}")
        parts = [range(*begins[name]) for name in names]
        return np.array(list(itertools.chain.from_iterable(parts)), np.int64)

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    def points(self, index: int) -> Array:
        name, frame = self._find(index)
        return self._skeleton(name)[frame]

    def __getitem__(self, index: int) -> Frame:  # type: ignore[override]
        name, frame = self._find(index)
        path = self._layout.depth(name) / f"depth_{frame:04d}.png"
        with reading(path):
            depth = read_depth(path)
            if depth.shape != _SHAPE:
                raise DatasetError(f"It is {depth.shape[1]} x {depth.shape[0]}; F-PHAB's are 640 x 480.")
        return Frame(str(path.relative_to(self.folder)), depth, self._skeleton(name)[frame], SR300)

    def _skeleton(self, name: str) -> Array:
        if name not in self._hands:
            self._hands[name] = read_skeleton(self._layout.skeleton(name))
        return self._hands[name]

    def _find(self, index: int) -> tuple[str, int]:
        """The sequence of a frame, and its number there."""
        number = index + len(self) if index < 0 else index
        if not 0 <= number < len(self):
            raise IndexError(f"There are {len(self)} frames in {self.folder}, got {index}.")
        at = bisect.bisect_right(self._ends, number)
        return self.sequences[at], number - (self._ends[at - 1] if at else 0)


def write_pictures(folder: str | Path, name: str, depths: Iterable[Array]) -> Path:
    """Write the depth pictures of a made sequence, all or none: (480, 640) uint16 mm, 0 where nothing is.

    They are drawn as they are written, so `depths` may be a generator. A folder with recordings is refused.
    """
    layout = Layout(folder)
    if name not in {each.name for action in layout.noted() for each in layout.sequences(action)}:
        raise OptionError(f"{layout.folder} has no made sequence {name!r}: write it first, with `write_fphab`.")
    place = layout.depth(name)
    frames = count_frames(layout.skeleton(name))
    with replacing_folder(place) as making:
        written = 0
        for depth in depths:
            if depth.shape != _SHAPE or depth.dtype != np.uint16:
                raise OptionError(f"Depth pictures are uint16 {_SHAPE}, got {depth.dtype} {depth.shape}.")
            write_depth(making / f"depth_{written:04d}.png", depth)
            written += 1
        if written != frames:
            raise OptionError(f"{name} has {frames} frames, got {written} pictures.")
    return place
