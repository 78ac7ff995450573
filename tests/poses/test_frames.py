"""The palm's frame and what is made in it."""

from __future__ import annotations

import numpy as np
import pytest
from conftest import shared_data

from hand_envs.poses import frames
from hand_envs.poses.conventions import PARENTS
from hand_envs.poses.frames import REST


@pytest.fixture(scope="module")
def tracked() -> np.ndarray:
    """621 frames of a tracked right hand, in the palm's frame, m."""
    return np.load(shared_data("hand_poses/right_hand_621_frames.npz"))["joints"].astype(np.float64)


def rotations(n: int, seed: int = 0) -> np.ndarray:
    q, r = np.linalg.qr(np.random.default_rng(seed).normal(size=(n, 3, 3)))
    q *= np.sign(np.diagonal(r, axis1=-2, axis2=-1))[:, None]
    return q * np.linalg.det(q)[:, None, None]


def angle(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    trace = (a * b).sum(axis=(-1, -2))
    return np.degrees(np.arccos(np.clip((trace - 1) / 2, -1, 1)))


def test_the_frame_of_a_hand_at_rest_is_no_rotation():
    np.testing.assert_allclose(frames.palm_frame(REST), np.eye(3), atol=1e-9)


def test_the_tracked_hand_is_in_the_palms_frame(tracked):
    off = angle(frames.palm_frame(tracked), np.eye(3))
    assert np.percentile(off, 50) < 3, "degrees, by five joints instead of its three"
    assert np.percentile(off, 95) < 6


def test_the_frame_turns_with_the_hand(tracked):
    turn = rotations(len(tracked))
    turned = tracked @ np.swapaxes(turn, -1, -2) + 0.4
    np.testing.assert_allclose(frames.palm_frame(turned), turn @ frames.palm_frame(tracked), atol=1e-7)
    np.testing.assert_allclose(frames.aligned(turned), frames.aligned(tracked), atol=1e-8)
    np.testing.assert_allclose(frames.normalised(turned * 3), frames.normalised(tracked), atol=1e-6)


def test_a_whole_hands_frame_is_the_same_beside_one_that_misses_a_knuckle():
    """By a shorter way where nothing is missing; bit for bit, since simulations do not depend on each other."""
    points = REST @ np.swapaxes(rotations(50), -1, -2) + np.random.default_rng(1).normal(0, 3e-3, (50, 21, 3))
    lacking = points.copy()
    lacking[0, 9] = np.nan
    np.testing.assert_array_equal(frames.palm_frame(lacking)[1:], frames.palm_frame(points)[1:])
    for hand, frame in zip(points, frames.palm_frame(points), strict=True):
        np.testing.assert_array_equal(frames.palm_frame(hand), frame)


@pytest.mark.parametrize(
    "bases",
    [
        np.zeros((5, 3)),
        np.linspace(0, 1, 5)[:, None] * [0.1, 0.2, -0.3],
        np.full((5, 3), np.nan),
        np.full((5, 3), 1e300),
    ],
    ids=["one point", "a line", "missing", "huge"],
)
def test_bases_that_leave_the_frame_open_give_a_rotation(bases):
    points = REST.copy()
    points[[0, 5, 9, 13, 17]] = bases
    frame = frames.palm_frame(points)
    np.testing.assert_allclose(frame @ frame.T, np.eye(3), atol=1e-9)
    assert np.linalg.det(frame) == pytest.approx(1)
    for made in (frames.aligned, frames.normalised, frames.chirality, frames.view_direction):
        assert np.isfinite(made(points)).all()


def test_unit_links_keep_directions():
    points = np.random.default_rng(0).normal(size=(7, 21, 3))
    unit = frames.unit_links(points)
    for joint, parent in enumerate(PARENTS[1:], 1):
        link, made = points[:, joint] - points[:, parent], unit[:, joint] - unit[:, parent]
        np.testing.assert_allclose(made, link / np.linalg.norm(link, axis=-1, keepdims=True), atol=1e-12)
    assert (unit[:, 0] == 0).all()


def test_chirality_tells_right_from_left(tracked):
    turned = tracked @ np.swapaxes(rotations(len(tracked)), -1, -2)
    assert (frames.chirality(turned) > 0).all()
    assert (frames.chirality(frames.mirrored(turned)) < 0).all()


def test_a_missing_joint_is_where_a_hand_at_rest_has_it():
    turn = rotations(1)[0]
    points = REST @ turn.T + 1
    for missing in ([7], [0], [5, 6, 7, 8], [4, 0, 9]):
        lacking = points.copy()
        lacking[missing] = np.nan
        np.testing.assert_allclose(frames.completed(lacking), points, atol=1e-7)


def test_a_camera_before_the_palm_is_seen_along_x():
    turn = rotations(1)[0]
    centre = REST[[0, 5, 9, 13, 17]].mean(axis=0)
    points = (REST - centre - [0.5, 0, 0]) @ turn.T
    np.testing.assert_allclose(frames.view_direction(points), [1, 0, 0], atol=1e-7)
    np.testing.assert_allclose(frames.azimuth_elevation(np.eye(3)), [[0, 0], [np.pi / 2, 0], [0, np.pi / 2]])
