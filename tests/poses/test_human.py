"""The virtual human hand: people differ, poses stay within limits, and hands are hands."""

from __future__ import annotations

import numpy as np
import pytest
from conftest import shared_data

from hand_envs.poses.frames import chirality, normalised
from hand_envs.poses.human import HIGH, LOW, average, forward, sample, subject, walk
from hand_envs.poses.touching import overlap

FLAT = np.zeros((1, 22))


def posed(**degrees: float) -> np.ndarray:
    angles = FLAT.copy()
    for number, value in degrees.items():
        angles[0, int(number[1:])] = np.radians(value)
    return angles


def test_the_same_seed_is_the_same_person_and_another_is_another():
    assert np.array_equal(subject(3).links, subject(3).links)
    assert np.abs(subject(3).links - subject(4).links).max() > 1e-3


def test_people_are_adults_who_differ_in_more_than_size():
    people = [subject(seed) for seed in range(200)]
    lengths = np.array([one.length for one in people])
    assert lengths.min() >= 0.1599
    assert lengths.max() <= 0.2101
    assert lengths.std() > 0.008
    ratios = np.stack([one.links / one.length for one in people])
    assert (ratios.std(0) / ratios.mean(0) > 0.01).all()
    assert np.std([one.radii[8] / one.length for one in people]) > 0.001


def test_bones_keep_their_length_in_every_pose():
    shape = subject(1)
    points = forward(shape, sample(np.random.default_rng(0), 300))
    chains = points[:, 1:].reshape(-1, 5, 4, 3)
    bones = np.linalg.norm(np.diff(chains, axis=2), axis=-1)
    assert np.allclose(bones, shape.bones, atol=1e-12)
    assert np.allclose(np.linalg.norm(chains[:, :, 0], axis=-1), np.linalg.norm(shape.bases, axis=-1))


def test_a_flexed_middle_finger_turns_in_the_plane_of_the_palm_s_normal():
    shape = average()
    straight, right_angle = forward(shape, FLAT)[0], forward(shape, posed(_11=90.0))[0]
    assert straight[12, 2] - straight[9, 2] == pytest.approx(shape.bones[2].sum() * np.cos(0.03))
    assert right_angle[12, 0] - right_angle[9, 0] == pytest.approx(shape.bones[2].sum(), rel=1e-3)
    assert right_angle[12, 2] == pytest.approx(straight[9, 2], abs=1e-12)


def test_spread_is_towards_the_thumb():
    assert forward(average(), posed(_6=10.0))[0, 8, 1] > forward(average(), FLAT)[0, 8, 1] + 0.01


def test_a_batch_is_its_rows_and_everybody_may_have_their_own_hand():
    angles = sample(np.random.default_rng(1), 6)
    people = [subject(seed) for seed in range(6)]
    together = forward(people, angles)
    alone = np.concatenate([forward(one, row) for one, row in zip(people, angles, strict=True)])
    assert np.array_equal(together, alone)


def test_samples_keep_the_limits_and_use_them():
    angles = sample(np.random.default_rng(2), 4000)
    assert (angles >= LOW).all()
    assert (angles <= HIGH).all()
    assert (np.ptp(angles, axis=0) > 0.6 * (HIGH - LOW))[1:].all()
    assert np.corrcoef(angles[:, 8], angles[:, 9])[0, 1] > 0.6  # the last joint follows the one before it


def test_sampled_hands_are_right_hands_whose_fingers_are_seldom_in_one_another():
    angles = sample(np.random.default_rng(3), 2000)
    assert (chirality(forward(average(), angles)) > 0).mean() > 0.97
    assert (overlap(angles) > 0.008).mean() < 0.01


def test_overlap_sees_a_thumb_in_the_palm_and_a_flat_hand_apart():
    assert overlap(posed(_1=40.0))[0] < 0
    assert overlap(posed(_1=10.0, _2=-10.0, _4=60.0, _5=60.0))[0] > 0.005
    assert overlap(posed(_7=0.0, _6=-20.0, _10=20.0))[0] > 0.005  # fore finger across the middle one


def test_every_finger_meets_the_thumb_in_some_samples():
    points = forward(average(), sample(np.random.default_rng(4), 6000))
    for tip in (8, 12, 16, 20):
        assert (np.linalg.norm(points[:, tip] - points[:, 4], axis=-1) < 0.018).sum() > 10


def test_a_walk_is_smooth_and_goes_on():
    angles = walk(np.random.default_rng(5), 900, rate=30.0)
    assert angles.shape == (900, 22)
    assert (angles >= LOW).all()
    assert (angles <= HIGH).all()
    assert np.abs(np.diff(angles, axis=0)).max() < 0.35
    assert np.abs(np.diff(angles, n=2, axis=0)).max() < 0.12
    assert np.ptp(angles[600:], axis=0).max() > 0.8


def nearest(points: np.ndarray, among: np.ndarray) -> np.ndarray:
    """Of each pose, the mean distance of its joints to those of the nearest, in lengths of a link."""
    one, other = (normalised(hands).reshape(len(hands), -1) for hands in (points, among))
    squared = (one**2).sum(1)[:, None] + (other**2).sum(1) - 2 * one @ other.T
    apart = (one - other[squared.argmin(1)]).reshape(-1, 21, 3)
    return np.linalg.norm(apart, axis=-1).mean(1)


def test_the_poses_of_a_tracked_hand_lie_near_made_ones():
    tracked = np.load(shared_data("hand_poses/right_hand_621_frames.npz"))["joints"].astype(np.float64)
    made = forward(average(), sample(np.random.default_rng(0), 8_000))
    apart = nearest(tracked, made)
    assert apart.mean() < 0.30  # links have length 1, a finger three of them
    assert apart.max() < 0.6
    flat = forward(average(), np.repeat(FLAT, 2, axis=0))
    assert nearest(tracked, flat).mean() > 2 * apart.mean()


@pytest.mark.parametrize("n", [0, 1])
def test_few_are_as_welcome_as_many(n):
    generator = np.random.default_rng(6)
    assert forward(average(), sample(generator, n)).shape == (n, 21, 3)
    assert walk(generator, n).shape == (n, 22)
