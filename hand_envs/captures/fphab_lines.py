"""The text files of F-PHAB, read and written line by line: skeletons, poses of objects, the split, the subjects."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np

from hand_envs.captures.rigid import rigid
from hand_envs.errors import DatasetError
from hand_envs.files.reading import check_file, reading
from hand_envs.poses.annotated import annotated_hand, hand_numbers, numbers

Array = np.ndarray

PARTS = {"train": "Training", "test": "Test"}
"""What the file of the split calls its two parts."""
_NAME = re.compile(r"Subject_[0-9]{1,4}/[A-Za-z0-9_]{1,64}/[0-9]{1,4}")
_LONGEST = 4096  # bytes of a line; true ones have about 600
_MOST_LINES = 20_000  # eleven minutes
_HEADER = 3  # lines, of a file about a subject
_HAND = 0.4  # m, from the wrist to any joint: twice a large hand


class Listed(NamedTuple):
    """A line of the split."""

    name: str
    part: str
    label: int
    line: int


def read_skeleton(path: Path) -> Array:
    """The hands of a sequence, canonical, (frames, 21, 3) m."""
    found: list[Array] = []
    with reading(path):
        for line, words in _lines(path):
            with _named(path, line):
                frame = _whole(words[0], "A line begins with the number of its frame")
                if frame != len(found):
                    raise DatasetError(
                        f"It is of frame {frame}, and should be of frame {len(found)}: frames are counted from 0, one "
                        "line each."
                    )
                found.append(_hand(words[1:]))
        if not found:
            raise DatasetError("It holds no hands.")
        return np.stack(found)


def count_frames(path: Path) -> int:
    """How many lines a skeleton has, which may turn out to be damaged."""
    with reading(path):
        return sum(1 for _ in _lines(path))


def read_object_poses(path: Path, frames: int) -> Array:
    """Poses of the object in the first `frames` frames, (frames, 4, 4) m."""
    found: dict[int, Array] = {}
    with reading(path):
        last = -1
        for line, words in _lines(path):
            with _named(path, line):
                frame = _whole(words[0], "A line begins with the number of its frame")
                if frame <= last:
                    raise DatasetError(f"It is of frame {frame}, after frame {last}: out of order, or repeated.")
                last, found[frame] = frame, _pose(words[1:])
        missing = sorted(set(range(frames)) - found.keys())
        if missing:
            raise DatasetError(
                f"It has no pose for {len(missing)} of the {frames} frames that the hand has, the first is frame "
                f"{missing[0]}."
            )
        return np.stack([found[frame] for frame in range(frames)])


def read_split(path: Path) -> list[Listed]:
    """The sequences of all actions."""
    found: dict[str, Listed] = {}
    announced = dict.fromkeys(PARTS, 0)
    labels: dict[str, int] = {}
    with reading(path):
        part = ""
        for line, words in _lines(path):
            with _named(path, line):
                heads = [name for name, head in PARTS.items() if words[0] == head.encode()]
                if heads:
                    (part,) = heads
                    announced[part] = _whole(words[-1], f"{PARTS[part]} is followed by the number of its sequences")
                    continue
                listed = _listed(words, part, line)
                if listed.name in found:
                    raise DatasetError(f"{listed.name} is in line {found[listed.name].line} already.")
                if labels.setdefault(listed.name.split("/")[1], listed.label) != listed.label:
                    raise DatasetError("The same action has another number in an earlier line.")
                found[listed.name] = listed
        for part, head in PARTS.items():
            count = sum(each.part == part for each in found.values())
            if count != announced[part]:
                raise DatasetError(f"{head} should have {announced[part]} sequences, and has {count}.")
    return list(found.values())


def read_subject(path: Path) -> dict[str, int]:
    """How many frames each sequence of a subject has, by `action/take`."""
    found: dict[str, int] = {}
    with reading(path):
        for line, words in _lines(path, skipped=_HEADER):
            with _named(path, line):
                if len(words) != 3:
                    raise DatasetError(f"It has {len(words)} words, and should have 3: action, repetition, frames.")
                name = f"{words[0].decode('latin1')}/{words[1].decode('latin1')}"
                if name in found:
                    raise DatasetError(f"{name} is in an earlier line already.")
                found[name] = _whole(words[2], "The third word is the number of frames")
    return found


def skeleton_text(hands: Array) -> str:
    """The text for hands (frames, 21, 3)."""
    return _text([[str(frame), *hand_numbers(hand)] for frame, hand in enumerate(hands)])


def object_text(poses: Array) -> str:
    """The text for poses (frames, 4, 4): sixteen numbers a line, column by column, mm."""
    in_mm = poses.copy()
    in_mm[:, :3, 3] *= 1000
    return _text([[str(frame), *(f"{value:.8f}" for value in pose.T.reshape(-1))] for frame, pose in enumerate(in_mm)])


def split_text(listed: Sequence[Listed]) -> str:
    """The text for a split."""
    rows = []
    for part, head in PARTS.items():
        of_part = [each for each in listed if each.part == part]
        rows += [[head, str(len(of_part))], *([each.name, str(each.label)] for each in of_part)]
    return _text(rows)


def subject_text(subject: str, frames: Mapping[str, int]) -> str:
    """The text for a subject; `frames` by `action/take`."""
    head = [[subject], ["made,", "not", "recorded"], ["action", "repetition", "frames"]]
    return _text([*head, *([*name.split("/"), str(count)] for name, count in frames.items())])


def _text(rows: Sequence[Sequence[str]]) -> str:
    return "".join(" ".join(row) + "\n" for row in rows)


def is_name(name: str) -> bool:
    """Whether a sequence can be called that: `Subject_1/pour_juice_bottle/2`."""
    return _NAME.fullmatch(name) is not None


def _lines(path: Path, skipped: int = 0) -> Iterator[tuple[int, list[bytes]]]:
    """The number of each line that is not empty, and its words."""
    check_file(path)
    with path.open("rb") as file:
        for number, line in enumerate(iter(lambda: file.readline(_LONGEST + 1), b""), start=1):
            if len(line) > _LONGEST or number > _MOST_LINES:
                raise DatasetError(f"Line {number} is longer than {_LONGEST} bytes, or beyond the {_MOST_LINES}th.")
            if number > skipped and (words := line.split()):
                yield number, words


@contextmanager
def _named(path: Path, line: int) -> Iterator[None]:
    try:
        yield
    except DatasetError as error:
        raise DatasetError(f"{path}, line {line}: {error}") from error


def _whole(word: bytes, meaning: str) -> int:
    if not word.isdigit() or len(word) > 8:
        raise DatasetError(f"{meaning}, and here is {word[:20].decode('latin1')!r}.")
    return int(word)


def _hand(words: list[bytes]) -> Array:
    hand = annotated_hand(words)
    if (farthest := np.linalg.norm(hand - hand[0], axis=-1).max()) > _HAND:
        raise DatasetError(f"A joint is {1000 * farthest:.0f} mm from its wrist: no hand is that large.")
    return hand


def _pose(words: list[bytes]) -> Array:
    pose = numbers(words, 16).reshape(4, 4).T
    if np.abs(pose[3, :3]).max() > 1e-6 and np.abs(pose[:3, 3]).max() < 1e-6:
        raise DatasetError("The pose is written row by row, and should be column by column.")
    pose[:3, 3] /= 1000
    return rigid(pose)


def _listed(words: list[bytes], part: str, line: int) -> Listed:
    name = words[0][:200].decode("latin1")
    if not part:
        raise DatasetError(f"The file begins with {PARTS['train']} or {PARTS['test']} and a number.")
    if len(words) != 2 or not is_name(name):
        raise DatasetError(f"{name!r} should be Subject_<number>/<action>/<repetition>, and the action's number.")
    return Listed(name, part, _whole(words[1], "The second word is the action's number"), line)
