"""BigHand2.2M and HANDS 2017 as their authors give them, and as `hand-envs images make` writes them."""

from __future__ import annotations

import bisect
import itertools
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from hand_envs.errors import DatasetError, OptionError, choices
from hand_envs.files.reading import reading
from hand_envs.images.cropping import SR300
from hand_envs.images.frames import Frame, FrameSet
from hand_envs.images.lines import Annotations
from hand_envs.images.png import read_depth

Array = np.ndarray

ENDING = "_loc_shift_made_by_qi_20180112_v2.txt"
"""How an annotation file of BigHand2.2M ends, after the name of its folder of pictures."""
MADE = "made.json"
"""A file beside made images, which says how they were made."""
_SHAPE = (480, 640)


class _Annotated(FrameSet):
    """Frames of annotation files, each beside a folder of pictures."""

    def __init__(self, folder: Path, files: Sequence[tuple[str, Path, Path]]) -> None:
        self.folder = folder
        self._whose = [subject for subject, _, _ in files]
        self._files = [(Annotations(text), pictures) for _, text, pictures in files]
        self._ends = list(itertools.accumulate(len(annotations) for annotations, _ in self._files))
        self.dropped = sum(annotations.dropped for annotations, _ in self._files)

    @property
    def subjects(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(subject for subject in self._whose if subject))

    def of(self, *subjects: str) -> Array:
        if not self.subjects:
            return super().of(*subjects)
        for subject in subjects:
            if subject not in self.subjects:
                raise OptionError(f"{self.folder} has no such subject: {choices(subject, self.subjects)}")
        begins = [0, *self._ends]
        parts = [range(begins[at], begins[at + 1]) for at, whose in enumerate(self._whose) if whose in subjects]
        return np.array(list(itertools.chain.from_iterable(parts)), np.int64)

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    def points(self, index: int) -> Array:
        (annotations, _), row = self._find(index)
        return annotations.read(row)[1]

    def __getitem__(self, index: int) -> Frame:  # type: ignore[override]
        (annotations, pictures), row = self._find(index)
        file, points = annotations.read(row)
        path = pictures / file
        with reading(path):
            depth = read_depth(path)
            if depth.shape != _SHAPE:
                raise DatasetError(f"It is {depth.shape[1]} x {depth.shape[0]}; pictures of these sets are 640 x 480.")
        name = f"{path.relative_to(self.folder)}"
        return Frame(name, depth, points, SR300)

    def _find(self, index: int) -> tuple[tuple[Annotations, Path], int]:
        number = index + len(self) if index < 0 else index
        if not 0 <= number < len(self):
            raise IndexError(f"There are {len(self)} frames in {self.folder}, got {index}.")
        at = bisect.bisect_right(self._ends, number)
        return self._files[at], number - (self._ends[at - 1] if at else 0)


class BigHand(_Annotated):
    """BigHand2.2M's full release: full_annotation/Subject_k/<view>_loc_...txt and Subject_k/<view>/image_D%08d.png."""

    def __init__(self, folder: str | Path) -> None:
        folder = Path(folder).expanduser()
        texts = sorted((folder / "full_annotation").glob(f"Subject_*/*{ENDING}"))
        if not texts:
            raise DatasetError(f"There are no files full_annotation/Subject_*/*{ENDING} in {folder}.")
        files = []
        for text in texts:
            subject, view = text.parent.name, text.name.removesuffix(ENDING)
            files.append((subject, text, folder / subject / view))
        super().__init__(folder, files)
        self.synthetic = (folder / MADE).exists()


class Hands2017(_Annotated):
    """The training set of HANDS 2017: training/Training_Annotation.txt and training/images; it names no subjects."""

    def __init__(self, folder: str | Path) -> None:
        folder = Path(folder).expanduser()
        inner = folder / "training" if (folder / "training").is_dir() else folder
        super().__init__(folder, [("", inner / "Training_Annotation.txt", inner / "images")])
