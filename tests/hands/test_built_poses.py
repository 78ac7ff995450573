"""People's hands carried over to robot hands of four digits."""

from __future__ import annotations

import mujoco
import numpy as np
import pytest

from hand_envs.core.simulation import Simulation
from hand_envs.hands.built import add_hand
from hand_envs.hands.profile import names, profile
from hand_envs.poses.conventions import JOINTS
from hand_envs.poses.frames import chirality
from hand_envs.poses.human import average, forward
from hand_envs.poses.retargeting import kappa


@pytest.fixture(params=names())
def built(request):
    spec = mujoco.MjSpec()
    spec.compiler.degree = False
    return profile(request.param), add_hand(spec, profile(request.param)), spec


def test_its_21_points_are_those_of_a_right_hand(built):
    """The thumb and four fingers in the human's order, the little one beside the ring finger, straight and still."""
    robot, hand, spec = built
    sim = Simulation(spec, 2)
    points = hand.keypoints(sim)
    sim.forward()
    sim.qpos[1, 6:] = robot.joint_angles(robot.closed)
    sim.forward()
    points = hand.keypoints(sim)
    knuckles = points[0, [JOINTS.index(f"{finger}_mcp") for finger in ("index", "middle", "ring", "little")]]
    assert (np.diff(knuckles[:, 1]) < -0.015).all()
    assert chirality(points[1]) > 0.0
    moved = np.linalg.norm(points[1] - points[0], axis=-1) > 1e-3
    still = {"wrist", *(f"{finger}_mcp" for finger in ("index", "middle", "ring")), "thumb_cmc"}
    assert {joint for joint, there in zip(JOINTS, moved, strict=True) if not there} == still | {
        joint for joint in JOINTS if joint.startswith("little")
    }


@pytest.mark.parametrize("which", ["closed", "optimised"])
def test_a_person_who_bends_a_finger_bends_its(built, which):
    """By as much where its joints go so far; a bent little finger moves nothing."""
    _, hand, spec = built
    any_kappa = kappa(which, hand, spec.compile())
    pose = np.zeros((5, 22))
    for finger in range(4):
        pose[finger + 1, 6 + 4 * finger + 1 : 10 + 4 * finger] = 0.8, 0.7, 0.4
    people, memory = forward(average(), pose), any_kappa.memory(5)
    for _ in range(20):
        found = any_kappa(people, memory)
    bends = [joint for joint, name in enumerate(any_kappa.joints) if name.split("_")[1] in ("forward", "pip", "dip")]
    fingers = (found[1:, bends] - found[0, bends]).reshape(4, 4, 3)[:, :3]  # whose finger is bent, of its, each joint
    for finger in range(3):
        np.testing.assert_allclose(fingers[finger, finger], (0.8, 0.7, 0.4), atol=0.15)
        assert np.abs(np.delete(fingers[finger], finger, axis=0)).max() < 0.05
    assert np.abs(fingers[3]).max() < 0.05


def test_angles_are_commands_where_each_joint_has_a_motor_of_its_own():
    own = {}
    for name in ("dash", "leap"):
        spec = mujoco.MjSpec()
        spec.compiler.degree = False
        own[name] = add_hand(spec, profile(name)).own_actuators
    assert own == {"dash": False, "leap": True}


def test_joints_that_share_a_motor_are_carried_over_to_it():
    """PIP and DIP of 0.9 and 0.63 are what 0.9 of the motor does; of others it makes one angle between."""
    dash = profile("dash")
    joints = [joint.name for joint in dash.joints]
    angles = np.zeros(16)
    angles[[joints.index("index_pip"), joints.index("index_dip")]] = 0.9, 0.63
    curl = [motor.name for motor in dash.motors].index("index_curl")
    assert dash.motor_angles(angles)[curl] == pytest.approx(0.9)
    angles[joints.index("index_dip")] = 0.0
    assert 0.4 < dash.motor_angles(angles)[curl] < 0.9
