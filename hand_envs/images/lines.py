"""Annotation files of BigHand2.2M and HANDS 2017: a line a frame, its name and 63 numbers (mm)."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np

from hand_envs.errors import DatasetError
from hand_envs.files.reading import check_file, printable, reading
from hand_envs.images.frames import checked_points
from hand_envs.poses.conventions import from_canonical, to_canonical

Array = np.ndarray

_LONGEST = 4096  # bytes of a line; true ones have about 600
_NUMBERS = 63


class Annotations:
    """The lines of one file: where each begins is remembered, the numbers are read when asked for.

    A line whose frame or whose numbers were there before is left out, and counted in `dropped`.
    """

    def __init__(self, path: Path) -> None:
        self.path, self.dropped = path, 0
        self.names: list[str] = []
        starts: list[tuple[int, int]] = []
        seen: set[bytes] = set()
        with reading(path):
            check_file(path)
            with path.open("rb") as file:
                begin = 0
                for number, line in enumerate(iter(lambda: file.readline(_LONGEST + 1), b""), start=1):
                    if len(line) > _LONGEST:
                        raise DatasetError(f"Line {number} has more than {_LONGEST} bytes.")
                    self._note(number, begin, line, seen, starts)
                    begin += len(line)
        self._starts = np.array(starts, np.int64).reshape(-1, 2)

    def _note(self, number: int, begin: int, line: bytes, seen: set[bytes], starts: list[tuple[int, int]]) -> None:
        name, _, numbers = line.strip().partition(b"\t")
        if not name:
            return
        if not numbers:
            name, _, numbers = line.strip().partition(b" ")
        keys = {b"n" + name, b"v" + hashlib.blake2b(numbers.strip(), digest_size=12).digest()}
        if keys & seen:
            self.dropped += 1
            return
        seen |= keys
        self.names.append(_checked_name(name, number))
        starts.append((begin, number))

    def __len__(self) -> int:
        return len(self.names)

    def points(self, index: int) -> Array:
        """The joints of a frame, canonical, (21, 3) m."""
        begin, number = (int(value) for value in self._starts[index])
        with reading(self.path):
            with self.path.open("rb") as file:
                file.seek(begin)
                words = file.readline(_LONGEST).split()
            try:
                values = np.array([float(word) for word in words[1:]])
                if len(values) != _NUMBERS:
                    raise DatasetError(f"It has {len(values)} numbers after the name, and should have {_NUMBERS}.")
                return checked_points(to_canonical(values.reshape(21, 3), "bighand"))
            except ValueError as error:  # a DatasetError is one
                raise DatasetError(f"{self.path}, line {number}: {error}") from error


def _checked_name(name: bytes, number: int) -> str:
    """The name of a frame as a file is called: no path, nothing that a terminal would obey."""
    text = printable(name.decode("latin1"))
    if text.isdigit() and len(text) <= 8:
        return f"image_D{int(text):08d}.png"
    if "/" in text or "\\" in text or ".." in text or len(text) > 100:
        raise DatasetError(f"Line {number} names a frame {text[:100]!r}, which is no file's name.")
    return text if text.lower().endswith(".png") else f"{text}.png"


def line(name: str, points: Array) -> str:
    """The line of a frame, without its end."""
    values = from_canonical(points, "bighand").reshape(-1)
    return "\t".join([name, *(f"{value:.4f}" for value in values)])
