"""Right hands and left hands: told apart by how fingers bend, and left ones made right."""

from __future__ import annotations

from typing import Literal

import numpy as np

from hand_envs.errors import OptionError
from hand_envs.poses.conventions import shaped
from hand_envs.poses.frames import chirality, mirrored

Array = np.ndarray
Side = Literal["right", "left"]

BENT = 3e-3
"""m: fingertips must lie so far out of the plane of the palm to say which side of the hand is the palm's."""
AGREED = 0.9
"""The share of telling hands that must say the same."""
TELLING = 0.05
"""The share of hands that must say anything."""


def sides(points: Array) -> Array:
    """Of each hand (...): 1 for a right one, -1 for a left one, 0 if its fingers are too straight to tell."""
    bend = chirality(points)
    return np.where(np.abs(bend) >= BENT, np.sign(bend), 0.0).astype(np.int8)


def side(points: Array) -> Literal["right", "left", "unclear"]:
    """Which hand a sequence (..., 21, 3) is of. Unclear if it says little (straight fingers) or contradicts itself."""
    votes = sides(points).ravel()
    right, left = int((votes > 0).sum()), int((votes < 0).sum())
    if right + left < max(1, TELLING * votes.size):
        return "unclear"
    if max(right, left) < AGREED * (right + left):
        return "unclear"
    return "right" if right > left else "left"


def swapped(points: Array) -> Array:
    """Which hands of a sequence (t, 21, 3) are clearly of the other side than most, (t,).

    Trackers in pictures take a right hand for a left one now and then.
    """
    votes = sides(points)
    return votes * np.sign(votes.sum(dtype=np.int64)) < 0


def as_right(points: Array, declared: Side | None = None) -> Array:
    """The sequence as one of a right hand: left hands are mirrored.

    Args:
        points: (..., 21, 3), m.
        declared: which hand it is of. Nobody guesses against it: an OptionError if the fingers bend the other way.
            By default what `side` says, and an OptionError if that is unclear.
    """
    points = shaped(points)
    seen = side(points)
    if declared not in (None, "right", "left"):
        raise OptionError(f"A side is 'right' or 'left', or None to have it told by the points; got {declared!r}.")
    if declared is None and seen == "unclear":
        raise OptionError(
            "These points do not say whether the hand is a right or a left one: its fingers are straight, or it "
            "changes sides. Declare it: 'right' or 'left'."
        )
    if declared is not None and seen not in (declared, "unclear"):
        raise OptionError(
            f"Declared a {declared} hand, but its fingers bend as those of a {seen} one. Either it is the {seen} hand "
            "(a tracker in a mirrored picture swaps them), or the axes are left-handed (turn one round)."
        )
    return mirrored(points) if (declared or seen) == "left" else points
