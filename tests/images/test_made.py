"""Made hand images: the same whoever asks, with labels that lie in the pictures."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from conftest import needs_gl

from hand_envs.errors import OptionError
from hand_envs.images import SR300, HandImages, HandRenderer, Sensor, crop
from hand_envs.images.views import turned_to
from hand_envs.poses.frames import aligned, chirality, palm_frame, view_direction
from hand_envs.poses.human import subject

pytestmark = needs_gl
EXACT = HandImages(3, subjects=(1, 2), sensor=None)
INNER = [joint for joint in range(1, 20) if joint % 4]


@pytest.fixture(scope="module")
def images():
    return HandImages(3, subjects=(1, 2))


def test_an_image_is_the_same_whoever_asks_and_in_whichever_order(images):
    together = images[[700, 5, 131]]
    other = HandImages(3, subjects=(1, 2))
    alone = other[[131]]
    assert np.array_equal(together.depth[2], alone.depth[0])
    assert np.array_equal(together.points[2], alone.points[0])
    assert not np.array_equal(HandImages(4, subjects=(1, 2))[[131]].depth, alone.depth)


def test_a_copy_for_another_process_is_the_same_set(images):
    expected = images[[9]]
    copied = pickle.loads(pickle.dumps(images))
    assert np.array_equal(copied[[9]].depth, expected.depth)
    assert copied.subjects == images.subjects


def test_threads_and_resuming_give_the_same_stream(images):
    plain = [batch.depth for batch in images.crops(8, stop=44)]
    assert [len(batch) for batch in plain] == [8, 8, 8, 8, 8, 4]
    ahead = [batch.depth for batch in images.crops(8, stop=44, threads=2)]
    resumed = [batch.depth for batch in images.crops(8, start=16, stop=44)]
    for one, other in zip(plain, ahead, strict=True):
        assert np.array_equal(one, other)
    for one, other in zip(plain[2:], resumed, strict=True):
        assert np.array_equal(one, other)


def test_a_crop_is_of_the_promised_kind(images):
    batch = images[range(12)]
    assert batch.depth.shape == (12, 128, 128)
    assert batch.depth.dtype == np.float32
    assert batch.depth.min() >= -1
    assert batch.depth.max() == 1
    assert (np.linalg.norm(batch.points[:, 9] - batch.centre, axis=-1) < 0.03).all()
    assert ((batch.depth < 1).mean((1, 2)) > 0.03).all()


def test_colour_comes_with_depth_when_asked_for(images):
    batch = images.crop([4, 5], colour=True)
    assert np.array_equal(batch.depth, images[[4, 5]].depth)
    (streamed,) = images.crops(2, 4, 6, colour=True)
    assert np.array_equal(streamed.colour, batch.colour)
    hand = batch.depth < 1
    inside, outside = (batch.colour[0][where].mean(0) for where in (hand[0], ~hand[0]))
    assert np.abs(inside - outside).max() > 10
    assert images[[4]].colour is None


def test_labels_are_people_s_hands(images):
    poses = images.poses(range(200))
    assert set(poses.people) == {1, 2}
    links = np.linalg.norm(np.diff(poses.points[:, 9:13], axis=1), axis=-1)
    expected = np.stack([subject(person).bones[2] for person in poses.people])
    assert np.allclose(links, expected)
    assert (chirality(poses.points) > 0).mean() > 0.97


def surface_near(depth: np.ndarray, points: np.ndarray, batch) -> np.ndarray:
    """How far (m) before each joint the picture's surface is, where the joint's pixel shows one."""
    half, z = batch.cube / 2, batch.centre[:, None, 2]
    pixel = (
        (points[..., :2] / points[..., 2:] - batch.centre[:, None, :2] / z[..., None]) * z[..., None] / half + 1
    ) * 64
    column, row = np.moveaxis(np.clip(pixel.astype(int), 0, 127), -1, 0)
    seen = depth[np.arange(len(depth))[:, None], row, column]
    inside = (pixel > 0).all(-1) & (pixel < 128).all(-1)
    return np.where(inside & (seen < 1), points[..., 2] - (z + seen * half), np.nan)


def test_joints_lie_a_little_behind_the_surface_that_is_drawn_of_them():
    batch = EXACT[range(40)]
    before = surface_near(batch.depth, batch.points, batch)
    assert np.isfinite(before).mean() > 0.9  # every joint's pixel shows the hand
    inner = before[:, INNER]  # tips end in the skin, at its very edge
    assert np.nanmin(inner) > -0.005  # and no joint lies before it
    assert 0.003 < np.nanpercentile(inner, 25) < 0.015  # at about a finger's radius


def test_a_moved_label_would_be_noticed():
    batch = EXACT[range(40)]
    before = surface_near(batch.depth, batch.points * [1, 1, 0.94], batch)
    assert np.nanmin(before[:, INNER]) < -0.015
    aside = surface_near(batch.depth, batch.points + np.array([0.02, 0.0, 0.0]), batch)
    assert np.isfinite(aside).mean() < 0.9


def test_a_crop_is_what_cropping_the_whole_picture_gives():
    near = HandImages(5, distance=(0.3, 0.36), sensor=None)
    picture, direct = near.pictures(range(6)), near[range(6)]
    for depth, centre, drawn in zip(picture.depth, direct.centre, direct.depth, strict=True):
        cut = crop(depth, picture.intrinsics, centre, direct.cube, 128)
        both = (cut < 1) & (drawn < 1)
        assert ((cut < 1) != (drawn < 1)).mean() < 0.01  # pixels at edges
        assert np.median(np.abs(cut - drawn)[both]) * 125 < 0.5  # mm


def test_pictures_show_the_hand_where_the_camera_has_it(images):
    picture = images.pictures([2])
    assert picture.depth.shape == (1, 480, 640)
    assert picture.depth.dtype == np.uint16
    assert picture.colour.shape == (1, 480, 640, 3)
    column, row = np.moveaxis(SR300.project(picture.points[0]).round().astype(int), -1, 0)
    assert (picture.depth[0, row, column] > 0).mean() > 0.8
    hand, around = picture.colour[0][picture.depth[0] > 0], picture.colour[0][0, 0]
    assert (np.abs(hand.astype(int) - around).sum(-1) > 12).mean() > 0.9


@pytest.mark.parametrize(("view", "sign"), [("below", 1), ("above", -1)])
def test_views_are_from_where_they_say(view, sign):
    points = HandImages(0, view=view).poses(range(100)).points
    assert (sign * view_direction(points)[:, 0] > 0.4).all()


def test_the_sphere_is_covered_but_for_behind_the_forearm():
    directions = view_direction(HandImages(0).poses(range(2000)).points)
    assert np.abs(directions.mean(0)[:2]).max() < 0.06
    assert (directions[:, 2] > 0.8).mean() == pytest.approx(0.2 / 1.82, abs=0.03)
    assert directions[:, 2].min() > -0.9


def test_a_place_at_the_side_is_turned_to():
    places = np.random.default_rng(0).normal(size=(20, 3)) + np.array([0, 0, 3.0])
    turns = turned_to(places)
    assert np.allclose(turns @ np.swapaxes(turns, 1, 2), np.eye(3))
    assert np.allclose(np.linalg.det(turns), 1)
    assert np.allclose(turns[:, :, 2], places / np.linalg.norm(places, axis=1, keepdims=True))


def test_palms_are_seen_under_all_rolls():
    points = HandImages(0, view="below").poses(range(600)).points
    up = palm_frame(points)[:, :, 2]
    angle = np.arctan2(up[:, 1], up[:, 0])
    assert np.histogram(angle, 6, (-np.pi, np.pi))[0].min() > 60
    assert np.isfinite(aligned(points)).all()


def test_the_sensor_can_be_left_out_and_makes_worse():
    exact, sensed = EXACT[range(8)], HandImages(3, subjects=(1, 2), sensor=Sensor(noise=0.004))[range(8)]
    assert np.array_equal(exact.points, sensed.points)
    both = (exact.depth < 1) & (sensed.depth < 1)
    assert np.abs(exact.depth - sensed.depth)[both].std() * 0.125 > 0.001


@pytest.mark.parametrize("indices", [[-1], [0.5], [[1]], 3])
def test_only_numbers_of_images_are_taken(images, indices):
    with pytest.raises(OptionError, match="whole numbers"):
        images[indices]


@pytest.mark.parametrize("options", [{"subjects": ()}, {"view": "belwo"}, {"distance": (0.9, 0.5)}])
def test_options_that_make_no_images_are_refused(options):
    with pytest.raises(OptionError):
        HandImages(**options)


def test_a_renderer_forgotten_in_the_midst_of_drawing_takes_nothing_from_the_picture(images):
    expected = images[range(3)].depth
    renderer = images._renderers.of(128, 128)
    forgotten = [HandRenderer()]

    def forget(*parts):
        forgotten.clear()  # as the collector may at any time
        return shoot(*parts)

    shoot, renderer._shoot = renderer._shoot, forget
    try:
        assert np.array_equal(images[range(3)].depth, expected)
    finally:
        del renderer._shoot
    assert np.array_equal(images[range(3)].depth, expected)


def test_painted_things_have_other_colours_and_hands_their_own():
    how = {"size": 48, "sensor": None, "centre_noise": 0.0, "handled": "carton"}
    plain, painted = HandImages(3, [0], **how), HandImages(3, [0], painted=True, **how)
    before, after = plain.crop(range(12), colour=True), painted.crop(range(12), colour=True)
    bare = [HandImages(3, [0], painted=each, size=48).crop(range(4), colour=True).colour for each in (False, True)]
    assert np.array_equal(before.depth, after.depth)
    changed = np.abs(before.colour.astype(int) - after.colour).max(axis=(1, 2, 3))
    assert (changed > 20).sum() >= 10, "another colour in nearly every picture"
    assert np.array_equal(*bare), "without things nothing changes"
    assert np.array_equal(painted.crop([5], colour=True).colour[0], after.colour[5]), "whoever asks"
