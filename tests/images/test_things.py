"""What hands hold is drawn where it is and as large as it is, before and behind the hand."""

from __future__ import annotations

import numpy as np
import pytest
from conftest import needs_gl

from hand_envs.errors import OptionError
from hand_envs.images import SR300, HandCamera, HandRenderer, crop
from hand_envs.images.views import look, tone
from hand_envs.objects import Piece, Shape
from hand_envs.poses.human import average, forward

pytestmark = needs_gl

CARTON = Shape("carton", (Piece("box", (0.035, 0.035, 0.1)),), 0.5, (0.1, 0.1, 0.9, 1.0))
COIN = Shape("coin", (Piece("cylinder", (0.0125, 0.001)),), 0.008)
CUBE = Shape("cube", (Piece("box", (1.0, 1.0, 1.0)),), 1.0)
SIDE, HALF, AWAY = 256, 0.14, 0.5
WINDOW = np.array([[-HALF, HALF, -HALF, HALF]]) / AWAY
PIXEL = 2 * HALF / SIDE  # m, at AWAY


@pytest.fixture(scope="module")
def renderer():
    renderer = HandRenderer(SIDE, SIDE, things=[CARTON, COIN, CUBE])
    yield renderer
    renderer.close()


@pytest.fixture(scope="module")
def camera():
    camera = HandCamera([CARTON], sensor=None)
    yield camera
    camera.close()


def hand(away: float = AWAY) -> np.ndarray:
    """A flat hand that shows its back."""
    turn = np.array([[0.0, -1.0, 0.0], [0.0, 0.0, -1.0], [1.0, 0.0, 0.0]])
    return (forward(average(), np.zeros((1, 22))) - [0.0, 0.0, 0.09]) @ turn.T + [0.0, 0.0, away]


def at(number: int, pose: np.ndarray) -> np.ndarray:
    """Poses of the renderer's three things, of which one is there."""
    poses = np.zeros((1, 3, 4, 4))
    poses[0, number] = pose
    return poses


def pose(x: float = 0.0, y: float = 0.0, z: float = AWAY, axes: np.ndarray | None = None) -> np.ndarray:
    made = np.eye(4)
    made[:3, 3] = x, y, z
    made[:3, :3] = np.eye(3) if axes is None else axes
    return made


def drawn(renderer, poses, away: float = AWAY, **how) -> np.ndarray:
    return renderer.draw([average()], hand(away), WINDOW, poses=poses, **how)[0][0]


def test_a_box_before_the_hand_is_where_and_as_large_as_it_is(renderer):
    depth = drawn(renderer, at(0, pose(0.02, 0.0, AWAY)), away=1.5)
    front = AWAY - 0.1
    face = np.abs(depth - front) < 1e-4
    rows, columns = np.nonzero(face)
    pixel = PIXEL * front / AWAY
    for seen in (rows, columns):
        assert np.ptp(seen) * pixel == pytest.approx(0.07, abs=2 * pixel)
    middle = (columns.mean() + 0.5) / SIDE * 2 * HALF - HALF
    assert middle * front / AWAY == pytest.approx(0.02, abs=pixel)


def test_a_coin_is_round_and_thin(renderer):
    face = drawn(renderer, at(1, pose()), away=1.5)
    assert face[SIDE // 2, SIDE // 2] == pytest.approx(AWAY - 0.001, abs=1e-4)
    seen = np.abs(face - AWAY) < 0.01
    assert seen.sum() * PIXEL**2 == pytest.approx(np.pi * 0.0125**2, rel=0.05)
    edge = drawn(renderer, at(1, pose(axes=np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]]))), away=1.5)
    rows, columns = np.nonzero(np.abs(edge - AWAY) < 0.02)
    assert np.ptp(rows) * PIXEL == pytest.approx(0.002, abs=2 * PIXEL)
    assert np.ptp(columns) * PIXEL == pytest.approx(0.025, abs=2 * PIXEL)


def test_what_is_nearer_hides_what_is_behind(renderer):
    empty = drawn(renderer, None)
    palm = empty[SIDE // 2, SIDE // 2]
    assert AWAY - 0.03 < palm < AWAY
    before, behind = (drawn(renderer, at(0, pose(z=z))) for z in (AWAY - 0.2, AWAY + 0.2))
    assert before[SIDE // 2, SIDE // 2] == pytest.approx(AWAY - 0.3, abs=1e-4)
    on_hand = empty > 0
    np.testing.assert_array_equal(behind[on_hand], empty[on_hand])
    assert (behind > 0).sum() > on_hand.sum()


def test_things_that_are_not_there_change_nothing(renderer):
    plain = HandRenderer(SIDE, SIDE)
    expected = drawn(plain, None)
    plain.close()
    assert np.array_equal(drawn(renderer, np.zeros((1, 3, 4, 4))), expected)
    drawn(renderer, at(0, pose()))
    assert np.array_equal(drawn(renderer, None), expected)


def test_a_stretched_cube_is_any_box(renderer):
    turn = np.linalg.qr(np.random.default_rng(0).normal(size=(3, 3)))[0]
    turn *= np.linalg.det(turn)
    boxes = drawn(renderer, at(0, pose(axes=turn)), away=1.5)
    cubes = drawn(renderer, at(2, pose(axes=turn * [0.035, 0.035, 0.1])), away=1.5)
    assert ((boxes > 0) != (cubes > 0)).mean() < 1e-3
    both = (boxes > 0) & (cubes > 0)
    assert np.median(np.abs(boxes - cubes)[both]) < 1e-5


def test_all_kinds_of_pieces_are_drawn_at_their_places():
    turned = (0.5**0.5, 0.0, 0.5**0.5, 0.0)  # z becomes x
    capsule = Piece("capsule", (0.01, 0.03), pos=(0.0, 0.02, 0.0), quat=turned)
    tetrahedron = np.array([[0.0, 0, 0], [0.03, 0, 0], [0, 0.03, 0], [0, 0, 0.03]])
    hull = Piece("hull", points=tetrahedron - [0.0, 0.08, 0.0])
    renderer = HandRenderer(SIDE, SIDE, things=[Shape("both", (capsule, hull), 0.1)])
    depth = drawn(renderer, pose()[None, None], away=1.5)
    renderer.close()
    rows, columns = np.nonzero((depth > 0) & (depth < 1))
    low = rows > SIDE // 2
    assert np.ptp(columns[low]) * PIXEL == pytest.approx(0.08, abs=2 * PIXEL)
    assert np.ptp(rows[low]) * PIXEL == pytest.approx(0.02, abs=2 * PIXEL)
    assert (~low).sum() * PIXEL**2 == pytest.approx(0.03**2 / 2, rel=0.08)


def test_colour_is_the_things_own(renderer):
    looks = [look(np.random.default_rng(0), tone(3))]
    depth, colour = renderer.draw([average()], hand(1.5), WINDOW, looks=looks, poses=at(0, pose()))
    red, green, blue = colour[0][np.abs(depth[0] - AWAY + 0.1) < 1e-3].mean(0)
    assert blue > 2 * red
    assert blue > 2 * green


def test_frames_are_in_millimetres_and_crops_are_cut_from_the_same_view(camera):
    poses = pose(0.05, 0.0, 0.55)[None, None]
    (frame,), _ = camera.frames(average(), hand(), poses)
    assert frame.shape == (480, 640)
    assert frame.dtype == np.uint16
    column, row = SR300.project(np.array([0.08, 0.0, 0.45])).astype(int)  # on the carton's front, beside the hand
    assert frame[row, column] == 450
    centre = hand()[:, 9]
    direct = camera.crop(average(), hand(), poses, centre=centre, size=96).depth[0]
    cut = crop(frame, SR300, centre[0], 0.25, 96)
    both = (cut < 1) & (direct < 1)
    assert ((cut < 1) != (direct < 1)).mean() < 0.02
    assert np.median(np.abs(cut - direct)[both]) * 125 < 0.6  # mm


def test_the_sensors_errors_follow_from_the_seed_and_the_frame():
    camera = HandCamera([CARTON])
    points = np.repeat(hand(), 2, axis=0)
    one, again, other = (camera.frames(average(), points, seed=seed)[0] for seed in (1, [1], 2))
    camera.close()
    assert np.array_equal(one, again)
    assert not np.array_equal(one, other)
    assert not np.array_equal(one[0], one[1])


@pytest.mark.parametrize("poses", [np.eye(4), np.full((1, 3, 4, 4), np.nan), np.zeros((2, 3, 4, 4))])
def test_poses_that_are_none_are_refused_by_their_shape(renderer, poses):
    with pytest.raises(OptionError, match=r"\(1, 3, 4, 4\)"):
        drawn(renderer, poses)
