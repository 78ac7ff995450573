"""Crops and their labels stay together, however they are moved, turned and centred."""

from __future__ import annotations

import numpy as np
import pytest
import splatted_hands
from splatted_hands import SIDE, crops

from agents.estimator import crops as geometry
from agents.estimator import principal
from agents.estimator.centring import centre_of_mass, refined
from agents.estimator.crops import Crops
from hand_envs.errors import OptionError


def test_points_go_to_the_image_and_back():
    given = crops(0, 8, 4)
    seen = geometry.to_image(given.points, given.centre, given.side)
    back = geometry.from_image(seen, given.points[..., 2], given.centre, given.side)
    np.testing.assert_allclose(back, given.points, atol=1e-12)
    cube = geometry.to_cube(given.points, given.centre, given.side)
    np.testing.assert_allclose(geometry.from_cube(cube, given.centre, given.side), given.points, atol=1e-12)
    corner = given.centre[:, None] + np.array([[[SIDE / 2, -SIDE / 2, 0]]])
    np.testing.assert_allclose(
        geometry.to_image(corner, given.centre, given.side), np.tile([[[1, -1]]], (8, 1, 1)), atol=1e-12
    )


CHANGES = {
    "com": ([0.012, -0.02, 0.015], 0.0, 1.0),
    "rot": ([0, 0, 0], 2.0, 1.0),
    "sc": ([0, 0, 0], 0.0, 1.1),
    "all": ([-0.01, 0.01, -0.01], -0.7, 0.95),
}


@pytest.mark.parametrize("change", CHANGES)
def test_labels_move_with_the_image(change):
    """A pixel painted where a joint is seen, at its depth, is where the joint is seen afterwards."""
    move, turn, scale = CHANGES[change]
    given = crops(3, 12, 128)
    alone = np.repeat(given.points[:, 12:13], 21, axis=1)  # the tip of the middle finger
    depth = np.ones((12, 128, 128), np.float32)
    seen = geometry.to_image(alone, given.centre, given.side)[:, 0]
    column, row = np.clip(((seen.T + 1) * 64).astype(int), 1, 126)
    for i in range(12):
        depth[i, row[i] - 1 : row[i] + 2, column[i] - 1 : column[i] + 2] = (alone[i, 0, 2] - given.centre[i, 2]) / (
            SIDE / 2
        )
    before = Crops(depth, alone, given.centre, given.side)
    after = geometry.moved(before, np.tile(move, (12, 1)), np.full(12, turn), np.full(12, scale))
    expected = geometry.to_image(after.points, after.centre, after.side)[:, 0]
    checked = 0
    for i in np.flatnonzero(np.abs(np.concatenate([seen, expected], axis=1)).max(axis=1) < 0.95):
        rows, columns = np.nonzero(after.depth[i] < 1)
        found = (np.array([columns.mean(), rows.mean()]) + 0.5) / 64 - 1
        np.testing.assert_allclose(found, expected[i], atol=2.5 / 64)
        value = (after.points[i, 0, 2] - after.centre[i, 2]) / (after.side[i] / 2)
        np.testing.assert_allclose(after.depth[i][rows, columns], value, atol=1e-5)
        checked += 1
    assert checked > 4


def test_a_turned_hand_looks_as_if_drawn_turned():
    given = crops(5, 6, 64, off=0.0)
    turned = geometry.moved(given, np.zeros((6, 3)), np.full(6, 0.9), np.ones(6))
    drawn = splatted_hands.depth(turned.points, turned.centre, SIDE, 64)
    differs = np.mean(np.abs(turned.depth - drawn) > 0.15, axis=(1, 2))
    assert differs.max() < 0.05, "but for the rims"
    assert np.mean(np.abs(given.depth - drawn) > 0.15) > 0.1


def test_each_image_is_varied_in_one_way_only():
    given = crops(6, 64, 8)
    varied = geometry.augmented(given, np.random.default_rng(0), geometry.MODES)
    moved = np.abs(varied.centre - given.centre).max(axis=1) > 0
    resized = varied.side != given.side
    turned = ~moved & ~resized & (np.abs(varied.points - given.points).max(axis=(1, 2)) > 1e-9)
    none = ~(moved | resized | turned)
    assert not (moved & resized).any()
    assert min(moved.sum(), resized.sum(), turned.sum(), none.sum()) > 5
    np.testing.assert_array_equal(varied.depth[none], given.depth[none])
    np.testing.assert_allclose(varied.points[moved | none], given.points[moved | none], atol=1e-12)


def test_hands_stand_upright_however_they_are_turned():
    """An image and the same one turned come to the same, and so do their labels."""
    given = crops(8, 24, 64, off=0.0)
    turn = np.random.default_rng(0).uniform(-3, 3, 24)
    ones, still = np.ones(24), np.zeros((24, 3))
    other = geometry.moved(given, still, turn, ones)
    upright = [geometry.moved(each, still, geometry.to_upright(each.depth), ones) for each in (given, other)]
    apart = np.abs(upright[0].points - upright[1].points).max(axis=(1, 2))
    assert np.median(apart) < 0.004
    assert np.mean(apart < 0.015) > 0.8, "but for those as long as wide, or alike at both ends"
    np.testing.assert_allclose(np.cos(geometry.to_upright(upright[0].depth))[apart < 0.015], 1, atol=0.01)
    varied = geometry.augmented(other, np.random.default_rng(0), ("none",), upright=True)
    np.testing.assert_array_equal(varied.depth, upright[1].depth)


def test_components_hold_what_varies():
    points = crops(1, 300, 2).points - crops(1, 300, 2).centre[:, None]
    mean, basis = principal.fitted(points, 63)
    np.testing.assert_allclose(basis @ basis.T, np.eye(63), atol=1e-9)
    np.testing.assert_allclose(principal.decoded(principal.coded(points, mean, basis), mean, basis), points, atol=1e-9)
    errors = []
    for count in (10, 30):
        mean, basis = principal.fitted(points, count)
        errors.append(np.abs(principal.decoded(principal.coded(points, mean, basis), mean, basis) - points).mean())
    assert errors[1] < errors[0] / 2
    with pytest.raises(OptionError, match="components=64"):
        principal.fitted(points, 64)


def test_the_centre_of_mass_is_where_a_ball_is():
    centres = np.array([[0.05, -0.03, 0.5]] * 2)
    hands = np.repeat(centres[:, None] + [[[0.03, 0.02, 0.01]]], 21, axis=1)
    given = Crops(splatted_hands.depth(hands, centres, SIDE, 64), hands, centres, np.full(2, SIDE))
    given.depth[1] = 1
    found = centre_of_mass(given)
    np.testing.assert_allclose(found[0], hands[0, 0], atol=0.009)
    np.testing.assert_array_equal(found[1], centres[1])


def test_refining_goes_to_the_knuckle():
    given = crops(9, 8, 64, off=0.02)

    class Knows:
        side = 0.2

        def __call__(self, depth, centres):
            return given.points, np.zeros((len(depth), 0))

    found = refined(Knows(), given)
    np.testing.assert_allclose(found.centre, given.points[:, 9])
    np.testing.assert_allclose(found.side, 0.2)
