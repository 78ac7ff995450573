"""Wrists of headsets: axes placed by hand, and a hand that goes through their matrices and comes back."""

from __future__ import annotations

import numpy as np
import pytest
from test_frames import rotations

from hand_envs.errors import OptionError
from hand_envs.poses.conventions import from_canonical
from hand_envs.poses.frames import REST, mirrored, palm_frame
from hand_envs.poses.side import side
from hand_envs.poses.wrists import WRIST_AXES, from_visionpro, in_the_palm, palm_axes, palm_rotation, positions, z_up

FINGERS, BACK, THUMB = REST[9] / np.linalg.norm(REST[9]), np.array([-1.0, 0, 0]), np.array([0, 1.0, 0])
# Where each source says its axes point on a RIGHT hand.
RIGHT = {
    "openxr": {"z": -FINGERS, "y": BACK, "x": -THUMB},
    "arkit": {"x": -FINGERS, "y": BACK, "z": THUMB},
    "mano": {"x": -FINGERS, "y": BACK, "z": THUMB},
}
# And on a left one, whose thumb is at -y when it is drawn in the same place.
LEFT = {
    "openxr": {"z": -FINGERS, "y": BACK, "x": -THUMB},
    "arkit": {"x": FINGERS, "y": -BACK, "z": THUMB},
}


@pytest.mark.parametrize("source", RIGHT)
def test_a_right_wrists_axes_point_where_the_source_says(source):
    axes = np.stack([RIGHT[source][name] for name in "xyz"], axis=1)  # the wrist's, in the palm's frame
    np.testing.assert_allclose(palm_rotation(axes, source, "right"), np.eye(3), atol=1e-12)


@pytest.mark.parametrize("source", LEFT)
def test_a_left_wrists_axes_point_where_the_source_says(source):
    """ARKit's z runs from index to little finger there, OpenXR's x from little to index finger."""
    axes = np.stack([LEFT[source][name] for name in "xyz"], axis=1)
    np.testing.assert_allclose(palm_rotation(axes, source, "left"), np.eye(3), atol=1e-12)


@pytest.mark.parametrize(("source", "which"), WRIST_AXES)
def test_every_table_is_a_rotation(source, which):
    axes = palm_axes(source, which)
    assert np.linalg.det(axes) == pytest.approx(1)
    np.testing.assert_allclose(axes @ axes.T, np.eye(3))


@pytest.mark.parametrize("which", ["right", "left"])
@pytest.mark.parametrize("joints", ["visionpro", "visionpro27"])
def test_a_hand_through_vision_pros_matrices(which, joints):
    hand = REST if which == "right" else mirrored(REST)
    local = from_canonical(hand, joints) @ palm_axes("arkit", which).T  # in the wrist's frame
    fingers = np.broadcast_to(np.eye(4), (len(local), 4, 4)).copy()
    fingers[:, :3, 3] = local
    np.testing.assert_allclose(from_visionpro(fingers, which), REST, atol=1e-12)
    wrist = np.eye(4)[None]
    wrist[0, :3, :3], wrist[0, :3, 3] = rotations(1)[0], [0.3, 0.2, 1.1]
    world = from_visionpro(fingers, which, wrist)
    np.testing.assert_allclose(world[0], [0.3, 0.2, 1.1])
    assert side(world) == which
    if which == "right":
        np.testing.assert_allclose(palm_frame(world), palm_rotation(wrist[0], "arkit", "right"), atol=1e-7)


def test_a_left_hand_is_mirrored_into_the_palms_frame():
    local = mirrored(REST) @ palm_axes("openxr", "left").T
    np.testing.assert_allclose(in_the_palm(local, "openxr", "left"), REST, atol=1e-12)


def test_positions_of_rows_of_numbers():
    pose = np.arange(16.0).reshape(4, 4)
    for given in (positions(pose), positions(pose.ravel()), positions(pose.T.ravel(), column_major=True)):
        np.testing.assert_array_equal(given, [3, 7, 11])
    with pytest.raises(OptionError, match=r"got \(4, 3\)"):
        positions(np.zeros((4, 3)))


def test_up():
    np.testing.assert_allclose(z_up([1.0, 2.0, 3.0], "y"), [1, -3, 2])
    np.testing.assert_allclose(z_up([1.0, 2.0, 3.0], "-y"), [1, 3, -2])
    np.testing.assert_allclose(z_up([1.0, 2.0, 3.0], "z"), [1, 2, 3])
    with pytest.raises(OptionError, match="Valid: y, -y, z"):
        z_up(np.zeros(3), "x")
    with pytest.raises(OptionError, match="did you mean 'openxr right'"):
        palm_axes("openx", "right")
