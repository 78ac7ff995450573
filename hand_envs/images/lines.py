"""Annotation files of BigHand2.2M and HANDS 2017: a line a frame, its name and 63 numbers (mm)."""

from __future__ import annotations

import array
from pathlib import Path

import numpy as np

from hand_envs.errors import DatasetError
from hand_envs.files.reading import check_file, printable, reading
from hand_envs.poses.annotated import annotated_hand, hand_numbers

Array = np.ndarray

_LONGEST = 4096  # bytes of a line; true ones have about 600


class Annotations:
    """The lines of one file: where each begins is remembered, the numbers are read when asked for.

    A line whose frame or whose numbers were there before is left out, and counted in `dropped`.
    """

    def __init__(self, path: Path) -> None:
        self.path, self.dropped = path, 0
        starts = array.array("q")  # files have up to a million lines
        seen: set[int] = set()
        with reading(path):
            check_file(path)
            with path.open("rb") as file:
                begin = 0
                for number, line in enumerate(iter(lambda: file.readline(_LONGEST + 1), b""), start=1):
                    if len(line) > _LONGEST:
                        raise DatasetError(f"Line {number} has more than {_LONGEST} bytes.")
                    if self._is_new(line, seen):
                        starts.extend((begin, number))
                    begin += len(line)
        self._starts = np.frombuffer(starts, np.int64).reshape(-1, 2) if starts else np.empty((0, 2), np.int64)

    def _is_new(self, line: bytes, seen: set[int]) -> bool:
        name, *numbers = line.split(maxsplit=1)[:2] or [b""]
        if not name:
            return False
        keys = {hash(b"name" + name), *(hash(each.rstrip()) for each in numbers)}
        if keys & seen:
            self.dropped += 1
            return False
        seen |= keys
        return True

    def __len__(self) -> int:
        return len(self._starts)

    def read(self, index: int) -> tuple[str, Array]:
        """The name of a frame's picture, and its joints, canonical, (21, 3) m."""
        begin, number = (int(value) for value in self._starts[index])
        with reading(self.path):
            with self.path.open("rb") as file:
                file.seek(begin)
                words = file.readline(_LONGEST).split()
            try:
                return _parsed(words)
            except ValueError as error:  # a DatasetError is one
                raise DatasetError(f"{self.path}, line {number}: {error}") from error


def _parsed(words: list[bytes]) -> tuple[str, Array]:
    return _checked_name(words[0]), annotated_hand(words[1:])


def _checked_name(name: bytes) -> str:
    """The name of a frame as a file is called: no path, nothing that a terminal would obey."""
    text = printable(name.decode("latin1"))
    if text.isdigit() and len(text) <= 8:
        return f"image_D{int(text):08d}.png"
    if "/" in text or "\\" in text or ".." in text or len(text) > 100:
        raise DatasetError(f"It names a frame {text[:100]!r}, which is no file's name.")
    return text if text.lower().endswith(".png") else f"{text}.png"


def line(name: str, points: Array) -> str:
    """The line of a frame, without its end."""
    return "\t".join([name, *hand_numbers(points)])
