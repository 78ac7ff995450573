"""Rotation vectors, and a hand's pose as MANO's 45 numbers."""

from __future__ import annotations

import numpy as np
import pytest

from hand_envs.core.turns import angle_between, matrix_of, vector_of
from hand_envs.poses.human import average, forward, sample
from hand_envs.poses.mano import NUMBERS, from_mano, to_mano
from hand_envs.poses.wrists import palm_axes

QUARTER = np.pi / 2


@pytest.mark.parametrize(
    ("vector", "given", "wanted"),
    [
        ((0, 0, QUARTER), (1, 0, 0), (0, 1, 0)),
        ((QUARTER, 0, 0), (0, 1, 0), (0, 0, 1)),
        ((0, 0, 0), (1, 2, 3), (1, 2, 3)),
    ],
)
def test_a_rotation_vector_turns_as_the_right_hand_says(vector, given, wanted):
    np.testing.assert_allclose(matrix_of(np.array(vector)) @ given, wanted, atol=1e-12)


def test_vectors_and_matrices_are_each_others_inverse():
    rng = np.random.default_rng(0)
    axes = rng.normal(size=(5, 400, 3))
    vectors = axes / np.linalg.norm(axes, axis=-1, keepdims=True) * rng.uniform(0, np.pi, (5, 400, 1))
    vectors[0, :100] *= 1e-9
    matrices = matrix_of(vectors)
    np.testing.assert_allclose(
        np.swapaxes(matrices, -1, -2) @ matrices, np.broadcast_to(np.eye(3), matrices.shape), atol=1e-12
    )
    np.testing.assert_allclose(vector_of(matrices), vectors, atol=1e-7)


def test_the_angle_between_two_turns_is_that_of_what_leads_from_one_to_the_other():
    one = matrix_of(np.array([0.3, -0.2, 0.9]))
    assert angle_between(one, one @ matrix_of(np.array([0.0, 0.4, 0.0]))) == pytest.approx(0.4)


def test_a_pose_comes_back_but_for_the_arch_of_the_palm():
    angles = sample(np.random.default_rng(1), 500)
    back = from_mano(to_mano(angles))
    angles[:, 0] = 0.0
    np.testing.assert_allclose(back, angles, atol=1e-9)


def test_a_bent_finger_is_a_turn_about_its_own_axis_alone():
    angles = np.zeros((1, 22))
    angles[0, 6 + 4 * 3 + 2] = 0.7  # the little finger's middle joint
    pose = to_mano(angles)[0].reshape(15, 3)
    little_middle = 3 * 2 + 1
    np.testing.assert_allclose(
        pose[little_middle], [0.0, 0.0, 0.7], atol=1e-12
    )  # MANO's z: from little to index finger
    assert np.abs(np.delete(pose, little_middle, axis=0)).max() < np.abs(to_mano(np.zeros((1, 22)))).max() + 1e-12


def test_the_thumbs_turns_lead_along_the_bones_that_its_angles_make():
    angles = sample(np.random.default_rng(2), 200)
    angles[:, 0] = 0.0
    chain = np.diff(forward(average(), angles)[:, 1:5], axis=1)
    bones = chain / np.linalg.norm(chain, axis=-1, keepdims=True)
    axes = palm_axes("mano", "right")
    turns = axes.T @ matrix_of(to_mano(angles).reshape(-1, 15, 3)[:, 12:]) @ axes
    turn = np.broadcast_to(np.eye(3), (200, 3, 3))
    for joint in range(3):
        turn = turn @ turns[:, joint]
        np.testing.assert_allclose(turn[..., 2], bones[:, joint], atol=1e-9)


def test_any_45_numbers_are_some_pose():
    angles = from_mano(np.random.default_rng(3).normal(0, 2, (100, NUMBERS)))
    assert np.isfinite(angles).all()
    assert np.abs(angles).max() <= np.pi
