"""The tables of other people's orders, against tables written down by others and points placed by hand."""

from __future__ import annotations

import numpy as np
import pytest

from hand_envs.errors import OptionError
from hand_envs.poses.conventions import CONVENTIONS, JOINTS, from_canonical, to_canonical
from hand_envs.poses.frames import REST

TABLES = {
    "canonical": range(21),
    "mediapipe": range(21),
    "bighand": [0, 1, 6, 7, 8, 2, 9, 10, 11, 3, 12, 13, 14, 4, 15, 16, 17, 5, 18, 19, 20],
    "mano": [0, 13, 14, 15, 16, 1, 2, 3, 17, 4, 5, 6, 18, 10, 11, 12, 19, 7, 8, 9, 20],
    "ho3d": [0, 13, 14, 15, 16, 1, 2, 3, 17, 4, 5, 6, 18, 10, 11, 12, 19, 7, 8, 9, 20],
    "openxr": [1, 2, 3, 4, 5, 7, 8, 9, 10, 12, 13, 14, 15, 17, 18, 19, 20, 22, 23, 24, 25],
    "webxr": [0, 1, 2, 3, 4, 6, 7, 8, 9, 11, 12, 13, 14, 16, 17, 18, 19, 21, 22, 23, 24],
    "visionpro": [0, 1, 2, 3, 4, 6, 7, 8, 9, 11, 12, 13, 14, 16, 17, 18, 19, 21, 22, 23, 24],
    "visionpro27": [0, 1, 2, 3, 4, 6, 7, 8, 9, 11, 12, 13, 14, 16, 17, 18, 19, 21, 22, 23, 24],
}


def test_every_convention_has_a_table_here():
    assert set(TABLES) == set(CONVENTIONS)


@pytest.mark.parametrize("name", CONVENTIONS)
def test_tables(name):
    assert CONVENTIONS[name].gather == tuple(TABLES[name])


@pytest.mark.parametrize("name", CONVENTIONS)
def test_there_and_back(name):
    points = np.random.default_rng(0).normal(size=(2, 3, 21, 3))
    made = from_canonical(points, name)
    assert made.shape == (2, 3, len(CONVENTIONS[name].joints), 3)
    np.testing.assert_allclose(to_canonical(made, name), points, atol=1e-12)


def test_units_and_axes():
    source = np.zeros((21, 3))
    source[8] = [10, 20, 300]
    np.testing.assert_allclose(to_canonical(source, "bighand")[4], [0.01, 0.02, 0.3])
    source[16] = [0.1, 0.2, -0.5]
    np.testing.assert_allclose(to_canonical(source, "ho3d")[4], [0.1, -0.2, 0.5])


def test_the_palm_of_openxr_is_halfway():
    made = from_canonical(REST, "openxr")
    np.testing.assert_allclose(made[0], REST[9] / 2)
    np.testing.assert_allclose(made[6], REST[5] / 4)


def test_names_are_one_each():
    assert len(set(JOINTS)) == 21
    assert (JOINTS[4], JOINTS[9], JOINTS[20]) == ("thumb_tip", "middle_mcp", "little_tip")


def test_what_is_refused():
    with pytest.raises(OptionError, match="did you mean 'openxr'"):
        to_canonical(np.zeros((21, 3)), "openx")
    with pytest.raises(OptionError, match=r"26, 3\); got \(21, 3\)"):
        to_canonical(np.zeros((21, 3)), "openxr")
    with pytest.raises(OptionError, match="text"):
        to_canonical(np.full((21, 3), "1"), "canonical")
