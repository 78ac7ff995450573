"""Right and left, told, mapped and refused."""

from __future__ import annotations

import numpy as np
import pytest
from test_frames import rotations, tracked  # noqa: F401  (a fixture)

from hand_envs.errors import OptionError
from hand_envs.poses.frames import REST, mirrored
from hand_envs.poses.side import as_right, side, sides, swapped

STRAIGHT = REST * [0.0, 1.0, 1.0]


def turned(points):
    return points @ np.swapaxes(rotations(len(points)), -1, -2) + 0.3


def test_a_tracked_hand_is_right_and_its_mirror_left(tracked):  # noqa: F811
    right, left = turned(tracked), turned(mirrored(tracked))
    assert (side(right), side(left)) == ("right", "left")
    assert as_right(right) is right
    np.testing.assert_array_equal(as_right(left), mirrored(left))
    assert side(as_right(left)) == "right"


def test_what_is_unclear():
    assert side(np.stack([REST, mirrored(REST)] * 10)) == "unclear"
    assert side(STRAIGHT) == "unclear"
    assert side(np.full((5, 21, 3), np.nan)) == "unclear"
    assert side(np.zeros((0, 21, 3))) == "unclear"
    with pytest.raises(OptionError, match="Declare it"):
        as_right(STRAIGHT)
    np.testing.assert_array_equal(as_right(STRAIGHT, "left"), mirrored(STRAIGHT))


def test_a_wrong_declaration_is_refused():
    with pytest.raises(OptionError, match="bend as those of a left one"):
        as_right(mirrored(REST), "right")
    with pytest.raises(OptionError, match="left-handed"):
        as_right(REST, "left")
    with pytest.raises(OptionError, match="'Right'"):
        as_right(REST, "Right")


def test_hands_of_the_other_side_are_found():
    hands = np.stack([REST] * 20 + [STRAIGHT])
    hands[[3, 11]] = mirrored(hands[[3, 11]])
    assert list(np.flatnonzero(swapped(hands))) == [3, 11]
    assert list(sides(hands)[[0, 3, 20]]) == [1, -1, 0]
