"""Crops of depth pictures against values worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from hand_envs.errors import OptionError
from hand_envs.images import Intrinsics, crop

CAMERA = Intrinsics(100.0, 100.0, 50.0, 40.0)


def test_a_plane_at_the_centre_is_zero_and_its_depth_is_counted_in_half_cubes():
    picture = np.full((81, 101), 500, np.uint16)
    picture[:, 60:] = 550
    cut = crop(picture, CAMERA, np.array([0.0, 0.0, 0.5]), 0.2, 40)
    # 20 cm at half a metre are 40 pixels, 30 to 70 about the centre: from column 60 on it is 5 cm behind
    assert (cut[:, :29] == 0).all()
    assert np.allclose(cut[:, 31:], 0.5)


def test_what_is_missing_behind_or_outside_is_one_and_what_is_before_is_minus_one():
    picture = np.zeros((81, 101), np.uint16)
    picture[:, 50:] = 300
    picture[:30] = 700
    cut = crop(picture, CAMERA, np.array([0.0, 0.0, 0.5]), 0.2, 40)
    assert (cut[:8] == 1).all()
    assert (cut[12:, :18] == 1).all()
    assert (cut[12:, 22:] == -1).all()
    beyond = crop(np.full((81, 101), 500, np.uint16), CAMERA, np.array([0.3, 0.0, 0.5]), 0.2, 40)
    assert (beyond[:, 15:] == 1).all()  # column 101 and on is outside
    assert (beyond[:, :9] == 0).all()


def test_the_picture_of_a_point_is_its_pixel():
    assert np.allclose(CAMERA.project(np.array([0.1, -0.2, 2.0])), [55.0, 30.0])
    assert np.allclose(CAMERA.window(101, 81), [-0.505, 0.505, -0.405, 0.405])


@pytest.mark.parametrize("centre", [[0.0, 0.0, -0.5], [0.0, 0.0, np.nan], [0.0, 0.0]])
def test_a_centre_that_is_not_before_the_camera_is_refused(centre):
    with pytest.raises(OptionError, match="before the camera"):
        crop(np.zeros((10, 10), np.uint16), CAMERA, np.array(centre))
