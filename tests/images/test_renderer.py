"""What is drawn of a hand has the shape it should have."""

from __future__ import annotations

import numpy as np
import pytest
from conftest import needs_gl

from hand_envs.errors import OptionError
from hand_envs.images import HandRenderer
from hand_envs.images.flesh import ball, capsule
from hand_envs.images.views import Look
from hand_envs.poses.human import average, forward

pytestmark = needs_gl

SIDE, HALF, AWAY = 512, 0.14, 0.6


@pytest.fixture(scope="module")
def renderer():
    renderer = HandRenderer(SIDE, SIDE, slices=24)
    yield renderer
    renderer.close()


def seen_from_the_palm(renderer, **changes):
    """Depth and points of a flat spread hand, the fingers up in the picture."""
    pose = np.zeros((1, 22))
    pose[0, [1, 6, 18]] = 0.9, 0.2, -0.2  # the thumb out of the way
    points = forward(average(), pose)
    turn = np.array([[0.0, 1.0, 0.0], [0.0, 0.0, -1.0], [-1.0, 0.0, 0.0]])
    points = (points - [0.0, 0.0, 0.09]) @ turn.T + [0.0, 0.0, AWAY]
    window = np.array([[-HALF, HALF, -HALF, HALF]]) / AWAY
    depth, colour = renderer.draw([average()], points, window, **changes)
    return depth[0], points[0], colour


def pixel(point: np.ndarray) -> tuple[int, int]:
    column, row = ((point[:2] / point[2] * AWAY / HALF + 1) * SIDE / 2).astype(int)
    return row, column


def test_every_bone_is_as_thick_as_it_should_be(renderer):
    depth, points, _ = seen_from_the_palm(renderer)
    radii = average().radii
    for finger in range(1, 5):
        for bone in (1, 2):
            first, second = 4 * finger + bone, 4 * finger + bone + 1
            middle, thick = (points[first] + points[second]) / 2, (radii[first] + radii[second]) / 2
            assert middle[2] - depth[pixel(middle)] == pytest.approx(0.94 * thick, abs=0.0007)
            along = points[second] - points[first]
            side = np.array([-along[1], along[0], 0.0]) / np.linalg.norm(along)  # the thumb's
            for outward in {1: [side], 4: [-side]}.get(finger, []):  # no other finger is there
                assert depth[pixel(middle + 0.9 * thick * outward)] > 0
                assert depth[pixel(middle + 1.15 * thick * outward)] == 0


def test_fingers_end_where_their_tips_are(renderer):
    depth, points, _ = seen_from_the_palm(renderer)
    for tip in (8, 12, 16, 20):
        outward = (points[tip] - points[tip - 1]) / np.linalg.norm(points[tip] - points[tip - 1])
        assert depth[pixel(points[tip] - 0.0015 * outward)] > 0
        assert depth[pixel(points[tip] + 0.0015 * outward)] == 0


def test_the_palm_has_no_holes_and_is_no_thicker_than_a_palm(renderer):
    depth, points, _ = seen_from_the_palm(renderer)
    shares = np.random.default_rng(0).dirichlet(np.ones(5), 300)
    inside = shares @ points[[0, 5, 9, 13, 17]]
    before = np.array([point[2] - depth[pixel(point)] for point in inside])
    assert (before < 0.03).all()
    assert (before > 0.005).all()


def test_the_forearm_goes_where_it_is_told(renderer):
    straight, points, _ = seen_from_the_palm(renderer)
    bent, _, _ = seen_from_the_palm(renderer, forearms=np.array([[0.0, np.sin(0.6), -np.cos(0.6)]]))
    behind, aside = (
        points[0] + np.array([0.0, 0.04, 0.0]),
        points[0] + np.array([0.043, 0.04, 0.0]),
    )  # y of the palm is x of the picture
    assert straight[pixel(behind)] > 0
    assert straight[pixel(aside)] == 0
    assert bent[pixel(aside)] > 0


def test_nails_are_on_the_back(renderer):
    skin, nail = np.array([0.5, 0.4, 0.3]), np.array([0.0, 1.0, 0.0])
    look = Look(skin, nail, skin, skin, np.array([0.0, 0.0, 1.0]), 0.4, 0.5)
    _, _, colour = seen_from_the_palm(renderer, looks=[look])
    from_the_palm = greenish(colour)
    turn = np.diag([-1.0, 1.0, -1.0])
    points = (seen_from_the_palm(renderer)[1] - [0.0, 0.0, AWAY]) @ turn + [0.0, 0.0, AWAY]
    _, colour = renderer.draw([average()], points[None], np.array([[-HALF, HALF, -HALF, HALF]]) / AWAY, looks=[look])
    assert greenish(colour) > max(300, 3 * from_the_palm)  # the thumb's looks to the side


def greenish(colour: np.ndarray) -> int:
    """How many pixels are of a nail."""
    red, green = colour[..., 0].astype(int), colour[..., 1].astype(int)
    return int((green > 2 * red + 40).sum())


@pytest.mark.parametrize("mesh", [ball(8, 2), capsule(0.8, 0.3, 8, 2)])
def test_meshes_are_closed_and_face_outwards(mesh):
    vertices, faces = mesh
    corners = vertices[faces]
    volume = np.einsum("ni,ni->n", corners[:, 0], np.cross(corners[:, 1], corners[:, 2])).sum() / 6
    ideal = 4 / 3 * np.pi if len(vertices) == 26 else np.pi * (1 + 0.8 + 0.64) / 3 + 2 / 3 * np.pi * 0.3 * (1 + 0.512)
    assert volume == pytest.approx(ideal, rel=0.2)
    edges = np.sort(np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]), axis=1)
    assert (np.unique(edges, axis=0, return_counts=True)[1] == 2).all()


def test_sizes_that_make_no_picture_are_refused():
    with pytest.raises(OptionError, match="1-4096"):
        HandRenderer(0, 128)
