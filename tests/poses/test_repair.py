"""Hands with joints missing, exploded, lost and found."""

from __future__ import annotations

import numpy as np
import pytest
from test_frames import rotations

from hand_envs.poses.frames import REST
from hand_envs.poses.repair import Repair, plausible

DT = 1 / 60


def moving(steps: int = 120) -> np.ndarray:
    """A hand at rest that is carried through the room while it turns."""
    time = np.arange(steps)[:, None, None] * DT
    angle = 2 * time[..., 0]
    turn = np.zeros((steps, 3, 3))
    turn[:, 0, 0] = turn[:, 1, 1] = np.cos(angle[:, 0])
    turn[:, 1, 0] = np.sin(angle[:, 0])
    turn[:, 0, 1] = -turn[:, 1, 0]
    turn[:, 2, 2] = 1
    return REST @ np.swapaxes(turn, -1, -2) + time * [0.3, 0.1, -0.2]


def test_good_hands_are_left_alone():
    hands = moving()
    np.testing.assert_allclose(Repair().sequence(hands, DT), hands, atol=1e-12)


@pytest.mark.parametrize("value", [np.nan, np.inf, -1e300, 3.0, 0.0])
@pytest.mark.parametrize("joints", [[8], [0], [9], [4, 8, 12], [5, 6, 7, 8], [0, 17]])
def test_missing_joints_follow_the_hand(joints, value):
    hands = moving()
    lacking = hands.copy()
    lacking[30:60, joints] = value
    np.testing.assert_allclose(Repair().sequence(lacking, DT), hands, atol=1e-6)


def test_all_gone_stands_still_and_comes_back_without_a_jump():
    hands = moving()
    lacking = hands.copy()
    lacking[30:60] = np.nan
    made = Repair().sequence(lacking, DT)
    np.testing.assert_allclose(made[30:60], np.broadcast_to(made[29], (30, 21, 3)), atol=1e-12)
    np.testing.assert_allclose(made[70:], hands[70:], atol=1e-9)


def test_a_finger_that_moved_meanwhile_is_eased_in():
    hands = moving()
    hands[45:, 8] += [0.03, 0, -0.03]
    lacking = hands.copy()
    lacking[30:60, 8] = np.nan
    made = Repair(ease=0.1).sequence(lacking, DT)
    steps = np.linalg.norm(np.diff(made[:, 8], axis=0), axis=-1)
    assert steps.max() < 0.03, "of 42 mm"
    np.testing.assert_allclose(made[-1], hands[-1], atol=1e-9)


def test_a_joint_that_leaves_too_fast_is_believed_when_it_stays_away():
    hands = moving()
    hands[30:, 8] += [0.06, 0, 0]  # in no time; the links are not too long for a hand
    lone = hands.copy()
    lone[31:, 8] -= [0.06, 0, 0]
    once = Repair(fastest=1.0).sequence(lone, DT)
    np.testing.assert_allclose(once[30, 8], moving()[30, 8], atol=1e-6)
    stays = Repair(fastest=1.0).sequence(hands, DT)
    np.testing.assert_allclose(stays[-1], hands[-1], atol=1e-9)


def test_age_says_how_long_a_joint_was_not_seen():
    repair = Repair()
    memory = repair.memory(2)
    hands = np.stack([REST, REST])
    repair(hands, DT, memory)
    hands[1, 8] = np.nan
    for _ in range(6):
        repair(hands, DT, memory)
    assert memory["age"][1, 8] == pytest.approx(0.1)
    assert memory["age"].sum() == memory["age"][1, 8]


def test_what_starts_with_nothing_is_a_hand_at_rest():
    gone = np.full((3, 21, 3), np.nan)
    np.testing.assert_allclose(Repair().sequence(gone, DT), [REST] * 3, atol=1e-12)
    turned = (REST @ rotations(1)[0].T + 1)[None]
    np.testing.assert_allclose(Repair().sequence(np.concatenate([gone, turned]), DT)[3], turned[0])


def test_which_joints_are_plausible():
    assert plausible(REST).all()
    wrong = REST.copy()
    wrong[[0, 7]] += 1
    assert set(np.flatnonzero(~plausible(wrong))) == {0, 7}
    assert not plausible(np.zeros((21, 3)))[[0, 5, 9, 13, 17]].any(), "lost hands are sent as zeros"
