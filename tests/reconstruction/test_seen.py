"""What was tracked comes out the same whatever the convention, unit and side, or is refused with what mends it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from reconstruction.clips import HANDS, OBJECTS, poses_file, told, tracked

from hand_envs.errors import DatasetError, OptionError
from hand_envs.objects import SHAPES
from hand_envs.poses.pnp import Intrinsics
from hand_envs.reconstruction.seen import MIRROR, seen
from hand_envs.reconstruction.start import start_of
from hand_envs.reconstruction.tracked import Tracked, read_tracked
from hand_envs.tasks.reconstruction.pour_juice import CARTON


@pytest.mark.parametrize("convention", ["mediapipe", "bighand", "mano", "ho3d", "openxr", "webxr"])
def test_every_convention_gives_the_same_hand(convention):
    found = seen(tracked(convention, objects=False), told(convention=convention))
    np.testing.assert_allclose(found.points, HANDS, atol=1e-9)
    assert not found.mirrored


def test_object_poses_go_with_the_units_and_axes_of_the_points():
    flipped = np.diag([1.0, -1.0, -1.0, 1.0]) @ OBJECTS
    found = seen(replace(tracked("ho3d"), objects=flipped), told(convention="ho3d"))
    np.testing.assert_allclose(found.objects, OBJECTS, atol=1e-9)
    in_mm = OBJECTS.copy()
    in_mm[:, :3, 3] *= 1e3
    found = seen(replace(tracked("bighand"), objects=in_mm), told(convention="bighand"))
    np.testing.assert_allclose(found.objects, OBJECTS, atol=1e-9)
    with pytest.raises(DatasetError, match="farther than 5 m: is the unit right"):
        seen(replace(tracked(), objects=in_mm), told())


def test_wrong_units_and_orders_are_refused_with_the_right_ones():
    with pytest.raises(OptionError, match="give --units mm"):
        seen(Tracked(1e3 * HANDS), told())
    with pytest.raises(OptionError, match="give --units m"):
        seen(Tracked(HANDS), told(units="mm"))
    np.testing.assert_allclose(seen(Tracked(1e3 * HANDS), told(units="mm")).points, HANDS, atol=1e-9)
    with pytest.raises(OptionError, match="give --convention bighand"):
        seen(Tracked(tracked("bighand").points * 1e-3), told())


def test_a_left_hand_is_mirrored_with_its_object_and_gravity():
    left = Tracked(HANDS * [-1.0, 1.0, 1.0], objects=OBJECTS)
    for side in ("auto", "left"):
        found = seen(left, told(side=side))
        assert found.mirrored
        assert any("left hand" in note for note in found.notes)
    np.testing.assert_allclose(found.points, left.points * MIRROR)
    place = found.objects[7] @ np.array([0.01, 0.02, 0.03, 1.0]) * [1.0, -1.0, 1.0, 1.0]
    np.testing.assert_allclose(place, OBJECTS[7] @ np.array([0.01, -0.02, 0.03, 1.0]), atol=1e-12)
    assert np.linalg.det(found.objects[0]) == pytest.approx(1.0)
    np.testing.assert_allclose(found.down, (0.0, -1.0, 0.0))
    with pytest.raises(OptionError, match="--side right or --side left"):
        seen(left, told(side="right"))


def test_a_mirrored_shape_is_where_the_mirror_has_it():
    mug = SHAPES["mug"]
    low, high = mug.bounds()
    np.testing.assert_allclose(mug.mirrored().bounds(), np.sort([low * MIRROR, high * MIRROR], axis=0), atol=1e-9)
    twice = mug.mirrored().mirrored()
    assert [piece.pos for piece in twice.pieces] == [piece.pos for piece in mug.pieces]


def test_frames_without_a_hand_are_carried_on_and_cut_at_the_ends():
    points = HANDS.copy()
    points[:3], points[30:33], points[-2:], points[40, 8] = np.nan, np.inf, 0.0, np.nan
    found = seen(Tracked(points, objects=OBJECTS), told())
    assert np.isfinite(found.points).all()
    assert len(found.points) == len(found.objects) == len(HANDS) - 5
    assert any("5 frames before" in note for note in found.notes)
    assert any("In 3 of 55 frames" in note for note in found.notes)
    assert np.abs(found.points - HANDS[3:-2]).max() < 0.03
    with pytest.raises(DatasetError, match="hardly a hand"):
        seen(Tracked(np.full_like(HANDS, np.nan)), told())


def test_other_rates_become_the_tasks():
    found = seen(Tracked(HANDS[::2], times=np.arange(30) / 15.0), told())
    assert len(found.points) == 59
    np.testing.assert_allclose(found.points[::2], HANDS[::2], atol=1e-9)
    assert len(seen(Tracked(HANDS), told(rate=60.0)).points) == 30


def test_a_picture_gives_the_wrist_a_path():
    camera = Intrinsics(500.0, 500.0, 320.0, 240.0)
    shape = 0.8 * (HANDS - HANDS.mean(axis=1, keepdims=True))
    palm = float(np.linalg.norm(HANDS[0, 9] - HANDS[0, 0]))
    source = Tracked(shape, image=camera.project(HANDS))
    found = seen(source, told(intrinsics=camera, palm=palm))
    np.testing.assert_allclose(found.points, HANDS, atol=2e-4)
    assert any("the wrist is 0." in note for note in found.notes)
    with pytest.raises(OptionError, match="array `image`"):
        seen(Tracked(shape), told(intrinsics=camera))
    with pytest.raises(OptionError, match="No hand fits"):
        seen(replace(source, image=np.random.default_rng(0).uniform(0, 480, (60, 21, 2))), told(intrinsics=camera))
    assert any("never moves" in note for note in seen(Tracked(HANDS - HANDS[:, :1]), told()).notes)


def test_what_contradicts_itself_is_refused():
    for options, words in (
        ({"units": "km"}, "Unknown unit"),
        ({"side": "both"}, "Unknown side"),
        ({"rate": 0.0}, "rate must be"),
        ({"down": (0.0, 0.0, 0.0)}, "down must be a direction"),
        ({"palm": 2.0}, "palm must be"),
    ):
        with pytest.raises(OptionError, match=words):
            told(**options)
    with pytest.raises(OptionError, match="Unknown convention"):
        seen(tracked(), told(convention="mediapip"))


def test_the_object_starts_as_known_as_said_or_between_the_fingertips():
    hand = seen(tracked(), told())
    start = start_of(hand, CARTON, None, None)
    assert start.table
    assert start.known
    np.testing.assert_allclose(start.poses[0], OBJECTS[0], atol=1e-9)
    said = start_of(hand, CARTON, (0.1, 0.2, 0.6), None)
    np.testing.assert_allclose(said.poses[:, :3, 3], np.tile((0.1, 0.2, 0.6), (60, 1)), atol=1e-12)
    np.testing.assert_allclose(said.poses[0, :3, 2], -hand.down)
    guessed = start_of(replace(hand, objects=None), CARTON, None, None)
    between = 0.5 * (hand.points[0, 4] + hand.points[0, [8, 12, 16, 20]].mean(axis=0))
    np.testing.assert_allclose(guessed.poses[0, :3, 3], between, atol=1e-12)
    assert not guessed.table  # the hand is about it from the first frame on
    assert "guessed" in guessed.note
    lying = OBJECTS @ np.array([[1.0, 0, 0, 0], [0, 0, -1, 0], [0, 1, 0, 0], [0, 0, 0, 1]])
    assert not start_of(replace(hand, objects=lying), CARTON, None, None).table
    for pose in (*start.poses, *guessed.poses):
        np.testing.assert_allclose(pose[:3, :3] @ pose[:3, :3].T, np.eye(3), atol=1e-9)


def test_files_of_other_shapes_are_refused_by_name(tmp_path):
    for parts, words in (
        ({"hands": HANDS}, "no array `points`"),
        ({"points": HANDS[0]}, "must be an array \\(T, k, 3\\)"),
        ({"points": HANDS[:1]}, "expected 2 to"),
        ({"points": HANDS, "times": np.zeros(60)}, "rise from frame to frame"),
        ({"points": HANDS, "objects": OBJECTS[:9]}, "a pose for each frame"),
    ):
        path = poses_file(tmp_path, **parts)
        with pytest.raises(DatasetError, match=words) as caught:
            read_tracked(path, path if "objects" in parts else None)
        assert str(path) in str(caught.value)
    with pytest.raises(DatasetError, match="there is none"):
        read_tracked(poses_file(tmp_path, points=HANDS), image=poses_file(tmp_path, points=HANDS))
