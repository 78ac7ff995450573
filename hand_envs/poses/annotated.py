"""Hands as the text files of BigHand2.2M, HANDS 2017 and F-PHAB have them: 63 numbers in mm, roots first."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from hand_envs.errors import DatasetError
from hand_envs.poses.conventions import from_canonical, to_canonical

Array = np.ndarray

_NUMBERS = 63
_FARTHEST = 5.0  # m: hands of these sets are nearer to the camera


def numbers(words: Sequence[bytes], count: int) -> Array:
    """The `count` finite numbers that words of a line are."""
    if len(words) != count:
        raise DatasetError(f"It has {len(words)} numbers after the first word, and should have {count}.")
    values = [_number(word) for word in words]
    return np.array(values)


def _number(word: bytes) -> float:
    try:
        value = math.nan if b"_" in word else float(word)  # Python takes 1_000 for a number
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise DatasetError(f"{word[:20].decode('latin1')!r} is no finite number.")
    return value


def annotated_hand(words: Sequence[bytes]) -> Array:
    """The hand that the words of a line are, canonical, (21, 3) m."""
    return checked_points(to_canonical(numbers(words, _NUMBERS).reshape(21, 3), "bighand"))


def hand_numbers(points: Array) -> list[str]:
    """The words for a hand (21, 3)."""
    return [f"{value:.4f}" for value in from_canonical(points, "bighand").reshape(-1)]


def checked_points(points: Array) -> Array:
    """Joints that a camera could have seen, or a `DatasetError`."""
    if not np.isfinite(points).all():
        raise DatasetError("A joint of it is no number.")
    if not (points[..., 2] > 0).all() or np.abs(points).max() > _FARTHEST:
        raise DatasetError(f"A joint of it is behind the camera, or farther than {_FARTHEST:g} m from it.")
    return points
