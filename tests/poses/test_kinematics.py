"""The hand's own kinematics are MuJoCo's."""

from __future__ import annotations

import dataclasses

import mujoco
import numpy as np
import pytest
from robots import HANDS, hand_and_model

from hand_envs.errors import TaskError
from hand_envs.hands.adroit import ADROIT
from hand_envs.poses.frames import palm_frame
from hand_envs.poses.retargeting.kinematics import Kinematics


@pytest.fixture(params=HANDS)
def hand(request):
    return hand_and_model(request.param)


def somewhere(kinematics: Kinematics, n: int) -> np.ndarray:
    """The wrist too."""
    return np.random.default_rng(0).uniform(kinematics.least, kinematics.most, (n, len(kinematics.joints)))


def mujocos(hand, model, kinematics, angles):
    """Points in the palm's body, by MuJoCo; all joints that are not the hand's somewhere in the middle of nowhere."""
    data = mujoco.MjData(model)
    data.qpos[:] += np.random.default_rng(1).uniform(-0.3, 0.3, model.nq)
    bodies = [model.body(name).id for names in hand.bones for name in names]
    tips = [model.site(name).id for name in hand.fingertips[-1:] + hand.fingertips[:-1]]
    for row in angles:
        data.qpos[[model.joint(name).qposadr[0] for name in kinematics.joints]] = row
        mujoco.mj_kinematics(model, data)
        fingers = np.concatenate(
            [data.xpos[bodies[1:]].reshape(5, 3, 3), data.site_xpos[tips].reshape(5, 1, 3)], axis=1
        )
        palm = kinematics.palm
        yield ((fingers.reshape(20, 3) - data.xpos[palm]) @ data.xmat[palm].reshape(3, 3))


def test_points_are_mujocos(hand):
    kinematics = Kinematics(*hand)
    angles = somewhere(kinematics, 20)
    points = kinematics.forward(angles).points
    for mine, theirs in zip(points, mujocos(*hand, kinematics, angles), strict=True):
        np.testing.assert_allclose(mine[1:], (theirs - kinematics.origin) @ kinematics.frame, atol=1e-9)


def test_the_jacobian_is_how_points_move(hand):
    kinematics = Kinematics(*hand)
    angles, step = somewhere(kinematics, 5), 1e-6
    jacobian = kinematics.jacobian(kinematics.forward(angles))
    for joint in range(len(kinematics.joints)):
        ahead, behind = angles.copy(), angles.copy()
        ahead[:, joint] += step
        behind[:, joint] -= step
        moved = (kinematics.forward(ahead).fingers - kinematics.forward(behind).fingers) / (2 * step)
        np.testing.assert_allclose(jacobian[..., joint], moved, atol=1e-9)


def test_the_hand_at_rest_lies_in_its_own_palms_frame(hand):
    kinematics = Kinematics(*hand)
    points = kinematics.forward(kinematics.rest[None]).points[0]
    np.testing.assert_allclose(palm_frame(points), np.eye(3), atol=1e-7)
    assert points[9, 2] > 0.09  # the middle finger's knuckle is ahead
    assert points[2, 1] > points[17, 1] + 0.05  # the thumb's side is left
    bent = np.where([name[2:] in ("J2", "J1") and name[:2] != "TH" for name in kinematics.joints], 0.8, kinematics.rest)
    moved = kinematics.forward(bent[None]).points[0] - points
    assert (moved[[8, 12, 16, 20], 0] > 0.02).all()  # fingers bend out of the palm


def test_one_is_as_many(hand):
    kinematics = Kinematics(*hand)
    angles = somewhere(kinematics, 33)
    many = kinematics.forward(angles)
    for number, row in enumerate(angles):
        one = kinematics.forward(row[None])
        np.testing.assert_array_equal(one.points[0], many.points[number])
        np.testing.assert_array_equal(kinematics.jacobian(one)[0], kinematics.jacobian(many)[number])


def test_wrist_and_arm_move_nothing_of_it(hand):
    kinematics = Kinematics(*hand)
    assert kinematics.hand.wrist
    assert not kinematics.jacobian(kinematics.forward(somewhere(kinematics, 2)))[..., :2].any()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"bones": ()}, "bones"),
        ({"fingertips": (*ADROIT.fingertips[:4], "S_thumb")}, "S_thumb"),
        ({"fingers": ADROIT.fingers[1:]}, "FFJ3"),
        ({"bones": (*ADROIT.bones[:4], ADROIT.bones[5], ADROIT.bones[4])}, "lfproximal"),
    ],
)
def test_a_hand_that_does_not_fit_its_model_is_an_error_that_says_what(change, said):
    _, model = hand_and_model("HandPen-v0")
    with pytest.raises(TaskError, match=said):
        Kinematics(dataclasses.replace(ADROIT, **change), model)
