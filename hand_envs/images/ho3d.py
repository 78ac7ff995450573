"""HO-3D (v2, v3) as its authors give it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from hand_envs.datasets.formats.pickles import load_pickle
from hand_envs.errors import DatasetError
from hand_envs.files.reading import check_file, printable, reading
from hand_envs.images.cropping import Intrinsics
from hand_envs.images.frames import Frame, FrameSet
from hand_envs.images.png import read_depth
from hand_envs.poses.annotated import checked_points
from hand_envs.poses.conventions import to_canonical

Array = np.ndarray

_MOST_BYTES = 2**26  # of the list of frames


class HO3D(FrameSet):
    """train.txt or evaluation.txt, and for each of its lines SEQUENCE/NUMBER a depth picture and a pickle.

    The published evaluation part has the wrist alone where 21 joints should be: its frames are refused.
    """

    def __init__(self, folder: str | Path, part: str = "train") -> None:
        self.folder, self.part = Path(folder).expanduser(), part
        self._frames: dict[tuple[str, str], int] = {}
        listed = self.folder / f"{part}.txt"
        with reading(listed):
            if check_file(listed) > _MOST_BYTES:
                raise DatasetError(f"It has more than {_MOST_BYTES} bytes.")
            for number, line in enumerate(listed.read_text(encoding="utf-8").splitlines(), start=1):
                if line.strip():
                    self._note(line.strip(), number)
        self._keys = list(self._frames)

    def _note(self, line: str, number: int) -> None:
        sequence, _, frame = line.partition("/")
        if not (sequence.replace("_", "").isalnum() and frame.isalnum()) or len(line) > 100:
            raise DatasetError(f"Line {number} is {printable(line[:100])!r}, and should be SEQUENCE/NUMBER.")
        if (sequence, frame) in self._frames:
            self.dropped += 1
        else:
            self._frames[sequence, frame] = number

    @property
    def subjects(self) -> tuple[str, ...]:
        return ()

    def __len__(self) -> int:
        return len(self._keys)

    def points(self, index: int) -> Array:
        return self._read(index)[0]

    def __getitem__(self, index: int) -> Frame:  # type: ignore[override]
        points, intrinsics = self._read(index)
        sequence, frame = self._keys[index]
        path = self.folder / self.part / sequence / "depth" / f"{frame}.png"
        return Frame(str(path.relative_to(self.folder)), read_depth(path, ho3d=True), points, intrinsics)

    def _read(self, index: int) -> tuple[Array, Intrinsics]:
        sequence, frame = self._keys[index]
        path = self.folder / self.part / sequence / "meta" / f"{frame}.pkl"
        with reading(path, f" (line {self._frames[sequence, frame]} of {self.folder / self.part}.txt)"):
            meta = load_pickle(path)
            if not isinstance(meta, dict):
                raise DatasetError("It holds no dict.")
            joints, matrix = _array(meta, "handJoints3D", (21, 3)), _array(meta, "camMat", (3, 3))
            intrinsics = Intrinsics(*(float(matrix[at]) for at in ((0, 0), (1, 1), (0, 2), (1, 2))))
            if not (min(intrinsics.fx, intrinsics.fy) > 1 and np.isfinite(intrinsics).all()):
                raise DatasetError(f"Its camera is {intrinsics}.")
            return checked_points(to_canonical(joints, "ho3d")), intrinsics


def _array(meta: dict[Any, Any], name: str, shape: tuple[int, int]) -> Array:
    if meta.get(name) is None:
        raise DatasetError(f"It has no {name}: the frame is not annotated.")
    array = np.asarray(meta[name])
    if array.shape != shape or array.dtype.kind not in "fiu":
        raise DatasetError(f"Its {name} is {array.shape} of {array.dtype}, and should be {shape} of numbers.")
    return array.astype(np.float64)
