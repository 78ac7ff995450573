"""The 21 points of every registered hand: in canonical order, of a right hand, with links as a hand has them."""

from __future__ import annotations

import numpy as np
import pytest
from conftest import STATE_IDS, slow_but_first
from every_env import bare_task

from hand_envs.core.simulation import Simulation
from hand_envs.hands.mpl import MPL, mpl_scene
from hand_envs.poses.conventions import BASES, FINGERS, PARENTS
from hand_envs.poses.frames import aligned, chirality
from hand_envs.poses.repair import plausible

PREFIXES = dict(zip(("TH", "FF", "MF", "RF", "LF"), FINGERS, strict=True)) | {"pinky": "little"}
BENDING = ("J0", "J1", "J2", "MCP", "PIP", "DIP", "forward", "pip", "dip")
HUMAN = {"base": (0.035, 0.15), "link": (0.015, 0.06)}  # m


@pytest.fixture(params=["mpl", *slow_but_first(STATE_IDS)], scope="module")
def scene(request):
    if request.param == "mpl":
        hand, sim = MPL, Simulation(mpl_scene(), 1)
    else:
        task = bare_task(request.param)
        hand, sim = task.hand, Simulation(task.scene(), 1)
    hand.keypoints(sim)  # what is computed is what somebody has asked for
    return hand, sim


def finger_and_joint(name: str) -> tuple[str, str]:
    """Of a joint: `FFJ2` of one hand, `index_MCP` of another."""
    finger, _, joint = name.rpartition("_")
    return PREFIXES.get(finger or name[:2], finger), joint if finger else name[2:]


def points(scene, **joints: float) -> np.ndarray:
    """The hand's (21, 3), stretched but for these joints (rad)."""
    hand, sim = scene
    for joint in hand.joints:
        sim.qpos[0, sim.model.joint(joint).qposadr[0]] = joints.get(joint, 0.0)
    sim.forward()
    return hand.keypoints(sim)[0].copy()


def test_each_joint_moves_the_points_of_its_finger(scene):
    ranges = {joint: scene[1].model.joint(joint).range for joint in scene[0].fingers}
    middle = {joint: float(bounds.mean()) for joint, bounds in ranges.items()}
    still = points(scene, **middle)
    for joint, (low, _) in ranges.items():
        away = np.linalg.norm(points(scene, **{**middle, joint: low}) - still, axis=-1) > 1e-6
        finger = FINGERS.index(finger_and_joint(joint)[0])
        own = np.arange(1 + 4 * finger, 5 + 4 * finger)
        assert away[own[-1]], f"{joint} moves its fingertip"
        assert set(np.flatnonzero(away)) <= set(own), f"{joint} moves points of other fingers"


def test_the_wrist_moves_all_but_its_own_point(scene):
    if not scene[0].wrist:
        pytest.skip("the arm turns this hand: it has no joints at its wrist")
    away = np.linalg.norm(points(scene, **{scene[0].wrist[-1]: 0.5}) - points(scene), axis=-1)
    assert away[0] < 1e-9
    assert (away[1:] > 1e-3).all()


def test_a_bent_hand_is_a_right_one(scene):
    parts = {name: finger_and_joint(name) for name in scene[0].fingers}
    bending = {name: 0.8 for name, (finger, joint) in parts.items() if joint in BENDING and finger != "thumb"}
    assert chirality(points(scene, **bending)) > 0.01


def test_links_are_a_hands(scene):
    hand = points(scene)
    assert plausible(hand).all()
    lengths = np.linalg.norm(hand[1:] - hand[list(PARENTS[1:])], axis=-1)
    for joint, length in enumerate(lengths, 1):
        low, high = HUMAN["base" if PARENTS[joint] == 0 else "link"]
        assert low < length < high, (joint, length)


def test_the_stretched_hand_lies_in_its_palms_frame_as_a_hand_does(scene):
    """Fingertips far along z, from the thumb's side to the little finger's; the thumb's tip on the thumb's side."""
    hand = aligned(points(scene))
    assert (hand[[8, 12, 16, 20], 2] > 0.15).all()
    assert (np.diff(hand[list(BASES[1:]), 1]) < 0).all()
    assert hand[4, 1] > hand[5, 1]
