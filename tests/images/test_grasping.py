"""Made hands that hold something: it is near the fingers, not in them, and in the pictures."""

from __future__ import annotations

import numpy as np
import pytest
from conftest import needs_gl

from hand_envs.errors import OptionError
from hand_envs.images import HandImages, HandRenderer
from hand_envs.images.cropping import windows
from hand_envs.images.grasping import BOX, CARTON, COIN, ROUND, THINGS, holding, outside
from hand_envs.poses.frames import palm_frame, view_direction
from hand_envs.poses.human import subject

PEOPLE = [subject(seed) for seed in range(400)]
RADII = np.stack([person.radii for person in PEOPLE])


def held(kind: str):
    return holding(np.random.default_rng(0), PEOPLE, kind)


def sizes(poses: np.ndarray) -> np.ndarray:
    return np.linalg.norm(poses[..., :3, :3], axis=-2)


def test_distances_from_boxes_and_cylinders():
    pose = np.tile(np.diag([0.03, 0.03, 0.1, 1.0]), (2, 1, 1))
    points = np.tile([[0.05, 0.0, 0.0], [0.0, 0.01, 0.0], [0.03, 0.04, 0.1], [0.06, 0.07, 0.0]], (2, 1, 1))
    box, cylinder = outside(pose, np.array([False, True]), points)
    np.testing.assert_allclose(box, [0.02, -0.02, 0.01, 0.05])
    np.testing.assert_allclose(cylinder, [0.02, -0.02, 0.02, np.hypot(0.06, 0.07) - 0.03])
    turned = np.array([[[0.0, 0.0, 0.1, 0.5], [0.03, 0.0, 0.0, 0.0], [0.0, 0.03, 0.0, 0.0], [0.0, 0.0, 0.0, 1.0]]])
    np.testing.assert_allclose(outside(turned, np.array([False]), np.array([[[0.65, 0.0, 0.0]]])), [[0.05]])


def test_cartons_are_held_and_flesh_is_not_in_them():
    found = held("carton")
    there = sizes(found.poses).any(-1)
    assert (there.sum(1) == 1).all()
    assert there[:, ROUND].mean() == pytest.approx(0.25, abs=0.07)
    thing = found.poses.sum(1)
    assert (np.abs(sizes(thing) / CARTON - 1) < 0.201).all()
    gap = outside(thing, there[:, ROUND], found.points) - RADII  # skin to thing
    assert (gap.min(1) > -0.012).mean() > 0.95
    fingers = gap[:, 1:].reshape(-1, 5, 4).min(-1)
    assert ((np.abs(fingers) < 0.008).sum(1) >= 3).mean() > 0.5


def test_coins_are_between_the_thumb_and_a_finger():
    found = held("coin")
    coins = sizes(found.poses[:, ROUND])
    there = coins[:, 0] > 0
    assert there.mean() == pytest.approx(0.9, abs=0.05)
    np.testing.assert_allclose(coins[there], np.tile(COIN, (there.sum(), 1)))
    tips = found.points[there][:, 4::4]
    away = np.linalg.norm(tips - found.poses[there, ROUND, None, :3, 3], axis=-1)
    assert (away[:, 0] < 0.03).mean() > 0.95
    assert (away[:, 1:].min(1) < 0.03).mean() > 0.95
    palm = sizes(found.poses[:, BOX])[:, 0] > 0
    assert palm.mean() == pytest.approx(0.5, abs=0.08)
    gap = outside(found.poses[palm, BOX], np.zeros(palm.sum(), bool), found.points[palm]) - RADII[palm]
    assert (gap.min(1) > -0.002).mean() > 0.9


def test_things_are_of_all_kinds():
    there = sizes(held("things").poses).any(-1)
    assert (~there.any(1)).mean() == pytest.approx(0.1, abs=0.06)
    assert there[:, BOX].mean() == pytest.approx(0.5 * 0.75 + 0.4 * 0.5, abs=0.1)


def test_the_worn_camera_sees_the_back_from_behind():
    points = HandImages(0, view="egocentric").poses(range(300)).points
    middle = np.array([-0.5, 0.45, -0.74]) / np.linalg.norm([-0.5, 0.45, -0.74])
    directions = view_direction(points)
    assert (directions @ middle > np.cos(np.radians(60))).mean() > 0.95  # palms that arch are turned a little
    assert directions.mean(0) @ middle > 0.7


@needs_gl
def test_what_is_held_is_in_the_pictures_where_it_is_said_to_be():
    images = HandImages(5, handled="carton", view="egocentric", sensor=None)
    batch = images[range(16)]
    np.testing.assert_array_equal(
        HandImages(5, handled="carton", view="egocentric", sensor=None)[[7]].depth[0], batch.depth[7]
    )
    poses = images.poses(range(16))
    np.testing.assert_allclose(palm_frame(poses.points), palm_frame(batch.points))
    renderer = HandRenderer(things=THINGS)
    empty, _ = renderer.draw(
        [images.shape(person) for person in poses.people],
        poses.points,
        windows(poses.centre, 0.25),
        forearms=poses.forearms,
    )
    renderer.close()
    seen = (batch.depth < 1) & (empty == 0)
    assert (seen.mean((1, 2)) > 0.02).mean() > 0.8
    for depth, where, pose, centre in zip(batch.depth, seen, poses.things, batch.centre, strict=True):
        rows, columns = np.nonzero(where)
        z = centre[2] + depth[rows, columns] * 0.125
        ray = (np.stack([columns, rows], -1) + 0.5) / 64 - 1
        points = np.concatenate([(centre[:2] + ray * 0.125) / centre[2] * z[:, None], z[:, None]], -1)
        is_round = np.array([not pose[BOX].any()])
        off = np.abs(outside(pose.sum(0)[None], is_round, points[None])[0][z < centre[2] + 0.124])
        assert np.quantile(off, 0.9) < 0.0015 if len(off) else True


def test_things_that_nobody_knows_are_refused():
    with pytest.raises(OptionError, match="did you mean 'carton'"):
        HandImages(handled="carten")
