"""The MPL hand: the sheet's joints, a right hand's points, and a wrist that follows."""

from __future__ import annotations

import mujoco
import numpy as np
import pytest

from hand_envs.core.simulation import Simulation
from hand_envs.hands.mpl import MPL, RANGES, TARGET, TOUCH, mpl_scene
from hand_envs.poses.conventions import BASES, FINGERS
from hand_envs.poses.frames import chirality, palm_frame
from hand_envs.poses.human import forward, sample, subject
from hand_envs.poses.placing import Placing
from hand_envs.poses.repair import plausible

START = 7  # of the joints in qpos: the free joint of the forearm comes before
NAMES = dict(zip(("thumb", "index", "middle", "ring", "pinky"), FINGERS, strict=True))


@pytest.fixture(scope="module")
def sim() -> Simulation:
    sim = Simulation(mpl_scene(), 1)
    MPL.keypoints(sim)  # what is computed is what somebody has asked for
    return sim


def points(sim: Simulation, **joints: float) -> np.ndarray:
    """The hand's (21, 3), straight but for these joints (rad)."""
    sim.reset()
    for joint, angle in joints.items():
        sim.joint(joint).qpos[:] = angle
    sim.forward()
    return MPL.keypoints(sim)[0].copy()


def test_joints_are_the_sheets_and_each_has_its_servo(sim):
    model = sim.model
    assert [model.joint(number).name for number in range(model.njnt)] == ["forearm", *RANGES]
    assert [model.actuator(number).name for number in range(model.nu)] == [f"A_{joint}" for joint in RANGES]
    assert len(RANGES) == 23
    assert model.joint("wrist_PRO").qposadr[0] == START
    np.testing.assert_array_equal(model.actuator_ctrlrange, list(RANGES.values()))
    np.testing.assert_array_equal(model.jnt_range[1:], list(RANGES.values()))
    np.testing.assert_array_equal(model.actuator_trnid[:, 0], np.arange(1, 24))


def test_its_size_is_a_persons(sim):
    hand = points(sim)
    assert 0.18 < np.linalg.norm(hand[12] - hand[0]) < 0.195
    assert plausible(hand).all()
    weight = sim.model.body_subtreemass[sim.model.body("palm").id]
    assert 0.4 < weight < 0.6


@pytest.mark.parametrize("joint", [joint for joint in RANGES if joint[-3:] in ("MCP", "PIP", "DIP")])
def test_flexion_is_positive(sim, joint):
    """Fingers flex out of the palm and back to it, the thumb to the fingers; nothing else moves."""
    finger = FINGERS.index(NAMES[joint.split("_")[0]])
    own = np.arange(1 + 4 * finger, 5 + 4 * finger)
    moved = points(sim, **{joint: 0.3}) - points(sim)
    assert set(np.flatnonzero(np.linalg.norm(moved, axis=-1) > 1e-6)) <= set(own)
    ahead = (0.0, 0.0, 1.0) if finger == 0 else (1.0, 0.0, 0.0)
    assert moved[own[-1]] @ ahead > 0.005


@pytest.mark.parametrize(
    ("joint", "angle", "ahead"),
    [
        ("thumb_ABD", 0.5, (1, 0, 0)),  # out of the palm
        ("index_ABD", -0.3, (0, 1, 0)),  # to the thumb
        ("ring_ABD", 0.3, (0, -1, 0)),
        ("pinky_ABD", 0.3, (0, -1, 0)),
        ("wrist_UDEV", 0.5, (0, -1, 0)),  # to the little finger
        ("wrist_FLEX", 0.5, (1, 0, 0)),
    ],
)
def test_spread_and_wrist_turn_as_a_persons(sim, joint, angle, ahead):
    finger = NAMES.get(joint.split("_")[0], "middle")
    tip = 4 + 4 * FINGERS.index(finger)
    moved = points(sim, **{joint: angle}) - points(sim)
    assert moved[tip] @ ahead > 0.02
    assert np.linalg.norm(moved[0]) < 1e-9


def test_pronation_turns_the_palm_down(sim):
    """Held before one with the thumb up, the palm looks to the left; pronated, down."""
    before, after = points(sim), points(sim, wrist_PRO=1.57)
    down = -(before[5] - before[17]) @ palm_frame(after)
    assert down[0] > 0.9 * np.linalg.norm(down)


def test_a_closed_hand_is_a_right_one(sim):
    closing = {joint: 0.8 for joint in RANGES if joint[-3:] in ("MCP", "PIP", "DIP") and not joint.startswith("thumb")}
    assert chirality(points(sim, **closing)) > 0.01


def test_a_pose_of_the_wrist_is_found_in_the_points(sim):
    """Placed there, the model's wrist and knuckles are where they were; a larger hand's are as near as can be."""
    placing, generator = Placing(MPL, sim.model), np.random.default_rng(0)
    wanted = generator.normal(size=(20, 4))
    wanted /= np.linalg.norm(wanted, axis=1, keepdims=True)
    wanted[0] = 0.0, 1.0, 0.0, 0.0  # half a turn
    places = generator.normal(size=(20, 3))
    hands = np.empty((20, 21, 3))
    for hand, place, turn in zip(hands, places, wanted, strict=True):
        sim.reset()
        sim.qpos[0, :3], sim.qpos[0, 3:START] = place, turn
        sim.forward()
        hand[:] = MPL.keypoints(sim)[0]
    pos, quat = placing.wrist_pose(hands)
    np.testing.assert_allclose(pos, places, atol=1e-9)
    np.testing.assert_allclose(np.abs(np.vecdot(quat, wanted)), 1.0)
    assert (quat[:, 0] >= 0.0).all()
    centre = hands[:, BASES].mean(axis=1, keepdims=True)
    turns = placing.wrist_pose(centre + 1.2 * (hands - centre))[1]
    np.testing.assert_allclose(np.abs(np.vecdot(turns, wanted)), 1.0)


def test_people_and_the_model_have_their_palms_alike(sim):
    hands = forward(subject(1), sample(np.random.default_rng(1), 50))
    pos, quat = Placing(MPL, sim.model).wrist_pose(hands)
    assert np.linalg.norm(pos, axis=1).max() < 0.015
    assert (2 * np.arccos(quat[:, 0])).max() < 0.3


def test_the_wrist_follows_a_jump_and_carries_the_hand():
    sim = Simulation(mpl_scene(), 1)
    sim.step(210)
    assert np.abs(sim.qpos[0, :3]).max() < 3e-3
    sim.mocap_pos[0, sim.model.body(TARGET).mocapid[0]] += (0.02, 0.0, 0.0)
    sim.step(7)
    assert 0.005 < sim.qpos[0, 0] < 0.02
    path = [sim.step(7) or sim.qpos[0, 0] for _ in range(15)]
    assert max(path) < 0.0225
    assert abs(path[-1] - 0.02) < 1e-3


def test_each_touch_feels_its_own_fingertip():
    """A ball is put to the pad of each fingertip, one in each simulation."""
    spec = mpl_scene()
    spec.worldbody.add_body(name="ball", mocap=True).add_geom(name="ball", size=(0.005, 0.0, 0.0))
    sim = Simulation(spec, 5)
    assert [sim.model.sensor(number).name for number in range(5)] == list(TOUCH)
    pads = [sim.site(f"{finger}_touch") for finger in ("index", "middle", "ring", "pinky", "thumb")]
    touch, ball = sim.sensordata, sim.model.body("ball").mocapid[0]
    places = [pad.xpos for pad in pads], [pad.xmat for pad in pads]
    sim.mocap_pos[:, ball] = 1.0
    sim.forward()
    assert (touch == 0.0).all()
    for number, (pos, mat) in enumerate(zip(*places, strict=True)):
        sim.mocap_pos[number, ball] = pos[number] + 0.011 * mat[number].reshape(3, 3)[:, 0]
    sim.forward()
    np.testing.assert_array_equal(touch > 0.0, np.eye(5, dtype=bool))


def test_of_the_hand_only_fingertips_and_the_thumbs_meet(sim):
    generator, model, data, met = np.random.default_rng(0), sim.model, mujoco.MjData(sim.model), set()
    low, high = np.array(list(RANGES.values())).T
    for _ in range(300):
        data.qpos[START:] = generator.uniform(low, high)
        mujoco.mj_forward(model, data)
        met |= {tuple(sorted(model.geom(geom).name for geom in contact.geom)) for contact in data.contact[: data.ncon]}
    allowed = {tuple(sorted((f"{finger}_distal", "thumb_distal"))) for finger in ("index", "middle", "ring", "pinky")}
    assert met
    assert met <= allowed


def test_whatever_it_is_told_it_stays_in_one_piece():
    """Commands from end to end of all ranges, 30 a second: joints keep their limits and speeds of a hand."""
    sim, generator = Simulation(mpl_scene(), 8), np.random.default_rng(0)
    low, high = np.array(list(RANGES.values())).T
    for _ in range(150):
        sim.ctrl[:] = np.where(generator.random(sim.ctrl.shape) < 0.5, low, high)
        assert sim.step(7) is None
        angles = sim.qpos[:, START:]
        assert (np.maximum(low - angles, angles - high) < 0.1).all()
        assert (np.abs(sim.qvel[:, 6:]) < 60.0).all()
    sim.step(210)
    assert (np.abs(sim.qvel) < 0.05).all()
