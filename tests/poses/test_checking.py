"""Each common mistake with hand poses is named, and poses without one are not complained about."""

from __future__ import annotations

import numpy as np
import pytest
from test_frames import rotations, tracked  # noqa: F401  (a fixture)

from hand_envs.errors import OptionError
from hand_envs.poses.checking import examine
from hand_envs.poses.conventions import CONVENTIONS, from_canonical
from hand_envs.poses.frames import mirrored


def test_a_tracked_hand_is_fine(tracked):  # noqa: F811
    found = examine(tracked, declared="right", palm=True)
    assert found.complaints == ()
    assert (found.side, found.unit, found.convention) == ("right", "m", "canonical")


@pytest.mark.parametrize("name", CONVENTIONS)
def test_no_convention_is_complained_about_when_it_is_the_one(tracked, name):  # noqa: F811
    assert examine(from_canonical(tracked, name), name).complaints == ()


MISTAKES = {
    "BigHand2.2M's order": (lambda p: from_canonical(p, "bighand") / 1e3, {}, "as in 'bighand'"),
    "MANO's order": (lambda p: from_canonical(p, "mano"), {}, "as in 'mano'"),
    "millimetres": (lambda p: p * 1e3, {}, "look like mm"),
    "the other hand": (mirrored, {"declared": "right"}, "bend as those of a left one"),
    "another frame": (lambda p: p @ rotations(1)[0], {"palm": True}, "degrees from the palm's frame"),
    "joints lost": (lambda p: np.where(np.arange(21)[:, None] == 8, np.nan, p), {}, "4.8 % of the joints are missing"),
    "sides swapped": (
        lambda p: np.where(np.arange(len(p))[:, None, None] % 30, p, mirrored(p)),
        {},
        "of the other side",
    ),
    "frozen": (lambda p: p.repeat(2, axis=0), {}, "50 % of the hands repeat"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistakes(tracked, mistake):  # noqa: F811
    spoil, declared, said = MISTAKES[mistake]
    complaints = examine(spoil(tracked), **declared).complaints
    assert len(complaints) == 1, complaints
    assert said in complaints[0]


def test_what_has_nothing_to_say():
    assert examine(np.zeros((0, 21, 3))).side == "unclear"
    assert examine(np.full((3, 21, 3), np.nan)).missing == 1.0
    with pytest.raises(OptionError, match=r"\(t, 21, 3\); got \(21, 3\)"):
        examine(np.zeros((21, 3)))
