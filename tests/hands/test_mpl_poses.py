"""Every kappa works on the MPL hand."""

from __future__ import annotations

import numpy as np
import pytest
from robots import draw, network

from hand_envs.hands.mpl import MPL, mpl_scene
from hand_envs.poses.frames import mirrored
from hand_envs.poses.human import average, forward, sample, subject
from hand_envs.poses.retargeting import Kappa, kappa


@pytest.fixture(scope="module")
def model():
    return mpl_scene().compile()


def test_its_own_poses_come_back_in_closed_form(model):
    closed = kappa("closed", MPL, model)
    wanted = draw(closed.kinematics, 200)
    for joint, name in enumerate(closed.joints):
        if name.endswith("MCP") and name != "thumb_MCP":  # straight out of the palm a finger's spread is not to be seen
            wanted[:, joint] *= 0.5
    found = closed(closed.kinematics.forward(wanted).points, closed.memory(200))
    off = np.abs(found - wanted)
    assert np.median(off.max(axis=1)) < 1e-6
    assert np.quantile(off, 0.95) < 1e-6


def test_its_own_tips_come_back_by_optimisation(model):
    optimised = kappa("optimised", MPL, model, pinch=(0.0, 1e-3))
    wanted = draw(optimised.kinematics, 100)
    points = optimised.kinematics.forward(wanted).points
    memory = optimised.memory(100)
    for _ in range(6):
        found = optimised(points, memory)
    off = optimised.kinematics.forward(found).fingers[:, :, 3] - optimised.kinematics.forward(wanted).fingers[:, :, 3]
    assert np.median(np.linalg.norm(off, axis=-1)) < 5e-4


def test_peoples_tips_are_its_own(model):
    """Where the person's would be on a hand of its measures, but for what its joints cannot do."""
    optimised = kappa("optimised", MPL, model)
    people = forward(subject(0), sample(np.random.default_rng(0), 200))
    memory = optimised.memory(200)
    for _ in range(6):
        found = optimised(people, memory)
    tips = optimised.kinematics.forward(found).fingers[:, :, 3]
    goal = optimised.proportions(optimised._held(people, optimised.memory(200)))[:, :, 3]
    assert np.median(np.linalg.norm(tips - goal, axis=-1)) < 0.006


@pytest.mark.parametrize("which", ["closed", "optimised", "learned"])
def test_angles_are_what_its_servos_can_be_told(model, which, tmp_path):
    options = {"file": network(tmp_path / "kappa.npz", kappa("closed", MPL, model))} if which == "learned" else {}
    any_kappa: Kappa = kappa(which, MPL, model, **options)
    people = forward(average(), sample(np.random.default_rng(1), 50))
    for hands in (people, mirrored(people), people * 0.0, people * np.nan):
        found = any_kappa(hands, any_kappa.memory(50))
        assert found.shape == (50, 23)
        assert ((found >= any_kappa.low) & (found <= any_kappa.high)).all()


def test_a_person_who_bends_a_finger_bends_its(model):
    closed = kappa("closed", MPL, model)
    pose = np.zeros((5, 22))
    for finger in range(4):
        pose[finger + 1, 6 + 4 * finger + 1 : 10 + 4 * finger] = 0.9, 0.8, 0.5
    found = closed(forward(average(), pose), closed.memory(5))
    flexion = [joint for joint, name in enumerate(closed.joints) if name[-3:] in ("MCP", "PIP", "DIP")]
    fingers = found[1:, flexion[3:]].reshape(4, 4, 3) - found[:1, flexion[3:]].reshape(1, 4, 3)
    for finger in range(4):
        np.testing.assert_allclose(fingers[finger, finger], (0.9, 0.8, 0.5), atol=0.1)
        assert np.abs(np.delete(fingers[finger], finger, axis=0)).max() < 0.01
