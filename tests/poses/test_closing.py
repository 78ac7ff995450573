"""Fingers close until they touch, and no further."""

from __future__ import annotations

import numpy as np

from hand_envs.poses.closing import clearance, closed
from hand_envs.poses.human import forward, subject

OPEN = np.radians([[3.0, 40, 40, -15, 0, 0, *(0.0, 5, 5, 3) * 4]])
FIST = np.radians([[3.0, 0, 35, -20, 40, 50, *(0.0, 85, 105, 65) * 4]])
PEOPLE = [subject(seed) for seed in range(6)]
BEGIN, END = np.repeat(OPEN, 6, axis=0), np.repeat(FIST, 6, axis=0)


def wall(x: float):
    """Something that fills all that is beyond x (m) from the palm."""
    return lambda points: x - points[..., 0]


def nothing(points):
    return np.full(points.shape[:-1], np.inf)


def test_nothing_in_the_way_lets_the_hand_close_wholly():
    np.testing.assert_allclose(closed(PEOPLE, BEGIN, END, nothing), END, atol=1e-12)


def test_what_touches_at_once_does_not_move():
    np.testing.assert_array_equal(closed(PEOPLE, BEGIN, END, lambda points: nothing(points) * -1), BEGIN)


def test_fingers_stop_at_the_skin():
    before = clearance(PEOPLE, BEGIN, wall(0.05))[:, 1:]
    assert (before > 0).all()
    angles = closed(PEOPLE, BEGIN, END, wall(0.05))
    left = clearance(PEOPLE, angles, wall(0.05))[:, 1:]
    assert (left >= 0).all()
    assert (left.min(-1) < 0.01).all()
    more = closed(PEOPLE, BEGIN, END, wall(0.05), steps=200)
    assert clearance(PEOPLE, more, wall(0.05))[:, 1:].min(-1).max() < 0.0012
    free = clearance(PEOPLE, END, wall(0.05))[:, 1:]
    assert (free < 0).any(), "the wall would be in the way"


def test_a_bone_that_touches_stops_the_joints_before_it_alone():
    middle = forward(PEOPLE, BEGIN)[:, 9:11].mean(1)  # of the middle finger's first bone

    def bead(points):
        return np.linalg.norm(points - (middle + np.array([0.0145, 0.0, 0.0]))[:, None], axis=-1) - 0.003

    angles = closed(PEOPLE, BEGIN, END, bead)
    knuckles, middles = angles[:, 11], angles[:, 12]
    assert (knuckles < np.radians(30)).all()
    np.testing.assert_allclose(angles[:, [12, 13]], END[:, [12, 13]])
    assert (middles > np.radians(100)).all()
    np.testing.assert_allclose(angles[:, 18:], END[:, 18:])
