"""Hands built from their profiles: what they are made of, what they reach, and that nothing shakes them apart."""

from __future__ import annotations

import mujoco
import numpy as np
import pytest
from gripping import STEPS, at_home, finger_points

from hand_envs.core.simulation import Simulation
from hand_envs.hands.built import add_hand, hand_scene, settle_physics, touch_sensors
from hand_envs.hands.carrier import FORCE
from hand_envs.hands.limiter import ARM, Workspace
from hand_envs.hands.profile import HandProfile, names, profile


@pytest.fixture(params=names())
def hand(request) -> HandProfile:
    return profile(request.param)


def test_its_joints_actuators_and_sensors_are_the_profiles(hand):
    model = hand_scene(hand).compile()
    joints = [model.joint(number).name for number in range(model.njnt)]
    assert joints == [*ARM, *(joint.name for joint in hand.joints)]
    assert [model.actuator(number).name for number in range(model.nu)] == [*ARM, *(motor.name for motor in hand.motors)]
    assert [model.sensor(number).name for number in range(model.nsensor)] == list(touch_sensors(hand))
    np.testing.assert_array_equal(model.actuator_ctrlrange[6:], np.transpose([hand.low, hand.high]))
    most = [motor.current / 1000 * hand.servos.torque for motor in hand.motors]
    np.testing.assert_allclose(model.actuator_forcerange[6:, 1], most)
    for kind, count in (("body", model.nbody), ("geom", model.ngeom), ("site", model.nsite)):
        assert all(getattr(model, kind)(number).name for number in range(count))


def test_contacts_are_no_stickier_than_skin(hand):
    assert hand_scene(hand).compile().geom_friction[:, 0].max() <= 1.0


def test_motors_take_the_free_hand_where_they_are_told(hand):
    """Strings give a little way to springs and to the weight of the fingers. Nothing of the hand meets itself here."""
    spec = hand_scene(hand)
    for geom in spec.geoms:
        geom.contype = geom.conaffinity = 0
    sim, generator = Simulation(spec, 20), np.random.default_rng(0)
    middle, reach = (hand.low + hand.high) / 2, (hand.high - hand.low) / 2
    told = middle + 0.5 * reach * generator.uniform(-1, 1, (20, len(hand.motors)))
    sim.ctrl[:, 6:] = told
    assert sim.step(60 * STEPS) is None
    np.testing.assert_allclose(sim.actuator_length[:, 6:], told, atol=0.12)
    np.testing.assert_allclose(hand.motor_angles(sim.qpos[:, 6:]), sim.actuator_length[:, 6:], atol=1e-3)


def test_closing_is_positive(hand):
    """Each bending joint takes its tip to where its finger bends, each side joint of a finger towards the thumb."""
    before = finger_points(hand, {})
    for joint in hand.joints:
        finger = next(each for each in hand.fingers if each.name == joint.finger)
        moved = finger_points(hand, {joint.name: 0.2})[joint.finger] - before[joint.finger]
        ahead = finger.bends if joint.turns == "bend" else np.cross(finger.bends, finger.points) * -1.0
        assert moved[3] @ ahead > 0.002
        others = {name: finger_points(hand, {joint.name: 0.2})[name] for name in before if name != joint.finger}
        assert all(np.array_equal(others[name], before[name]) for name in others)


def test_the_tips_of_dash_stay_off_its_palm_and_those_of_leap_do_not():
    """Soft joints reach less far: a thin handle slips from between fingers and palm."""
    nearest = {}
    for name in ("dash", "leap"):
        hand = profile(name)
        generator, least = np.random.default_rng(0), np.inf
        model = hand_scene(hand).compile()
        data, boxes = mujoco.MjData(model), [model.geom(f"palm{number}").id for number in range(len(hand.palm.boxes))]
        for _ in range(200):
            motors = np.maximum(hand.home, generator.uniform(hand.low, hand.high))
            motors = np.where(generator.random(len(motors)) < 0.5, hand.high, motors)
            data.qpos[6:] = hand.joint_angles(motors)
            mujoco.mj_forward(model, data)
            tips = [model.geom(f"{finger.name}_pad").id for finger in hand.digits if finger.name != "thumb"]
            least = min(
                least, *(mujoco.mj_geomDistance(model, data, tip, box, 0.2, None) for tip in tips for box in boxes)
            )
        nearest[name] = least
    assert nearest["dash"] > 0.008
    assert nearest["leap"] < 0.0


def test_the_arm_is_never_faster_than_it_may_be(hand):
    """Told to go from end to end; each joint alone, so that none is thrown about by another."""
    sim = Simulation(hand_scene(hand), len(ARM))
    at_home(sim, hand)
    sim.forward()
    sim.ctrl[:, :6] += np.diag((0.15, 0.15, 0.15, 0.5, 0.5, 0.5))
    fastest = np.zeros(len(ARM))
    for _ in range(12):
        assert sim.step(STEPS) is None
        fastest = np.maximum(fastest, np.abs(np.diagonal(sim.qvel[:, :6])))
    assert (fastest < np.multiply(Workspace().speed, 1.05)).all()
    assert (fastest > np.multiply(Workspace().speed, 0.9)).all()
    sim.step(10 * STEPS)
    np.testing.assert_allclose(np.diagonal(sim.qpos[:, :6]), (0.15, 0.15, 0.15, 0.5, 0.5, 0.5), atol=2e-3)


def test_a_blocked_arm_pushes_no_harder_than_its_servos(hand):
    spec = hand_scene(hand)
    wall = spec.worldbody.add_body(name="wall", pos=(0.3, 0.0, 0.2))
    wall.add_geom(name="wall", type=mujoco.mjtGeom.mjGEOM_BOX, size=(0.05, 0.3, 0.2))
    sim = Simulation(spec)
    at_home(sim, hand)
    sim.forward()
    sim.ctrl[:, 0] = 0.4
    assert sim.step(60 * STEPS) is None
    assert sim.qpos[0, 0] < 0.2
    assert sim.actuator_force[0, 0] == pytest.approx(FORCE[0])


def test_whatever_it_is_told_it_stays_in_one_piece(hand):
    """Arm and motors from end to end, 20 times a second: joints keep their limits, and all comes to rest."""
    sim, generator = Simulation(hand_scene(hand), 8), np.random.default_rng(0)
    low, high = sim.model.jnt_range.T
    ends = sim.model.actuator_ctrlrange
    for _ in range(60):
        sim.ctrl[:] = np.where(generator.random(sim.ctrl.shape) < 0.5, *ends.T)
        assert sim.step(STEPS) is None
        assert (np.maximum(low - sim.qpos, sim.qpos - high) < 0.15).all()
        assert (np.abs(sim.qvel) < 40.0).all()
    sim.ctrl[:] = 0.0
    sim.ctrl[:, 6:] = hand.home
    sim.step(80 * STEPS)
    assert np.abs(sim.qvel).max() < 0.05


def test_of_the_hand_only_fingertips_thumb_and_palm_meet(hand):
    generator, model = np.random.default_rng(0), hand_scene(hand).compile()
    data, met = mujoco.MjData(model), set()
    low, high = model.jnt_range[6:].T
    for _ in range(300):
        data.qpos[6:] = generator.uniform(low, high)
        mujoco.mj_forward(model, data)
        met |= {frozenset(model.geom(geom).name for geom in contact.geom) for contact in data.contact[: data.ncon]}
    tips = {f"{finger.name}_{part}" for finger in hand.digits for part in ("dip", "ip", "pad")}
    assert met
    assert all(pair & tips for pair in met)
    assert all(len({name.split("_")[0] for name in pair}) == 2 for pair in met)


def test_each_touch_feels_its_own_fingertip(hand):
    """A ball is put to the pad of each fingertip, one in each simulation."""
    spec, digits = hand_scene(hand), hand.digits
    spec.worldbody.add_body(name="ball", mocap=True).add_geom(name="ball", size=(0.005, 0.0, 0.0))
    sim = Simulation(spec, len(digits))
    felt, ball = sim.sensordata, sim.model.body("ball").mocapid[0]
    places = [sim.site(f"{finger.name}_touch").xpos for finger in digits]
    sim.mocap_pos[:, ball] = 1.0
    sim.forward()
    assert (felt == 0.0).all()
    for number, (finger, pos) in enumerate(zip(digits, places, strict=True)):
        sim.mocap_pos[number, ball] = pos[number] + (finger.radii[2] + 0.005) * np.array(finger.bends)
    sim.forward()
    np.testing.assert_array_equal(felt > 0.0, np.eye(len(digits), dtype=bool))


def test_an_arm_reaches_its_workspace_and_no_further(hand):
    small = Workspace(low=(-0.1, -0.1, 0.05, -0.2, -0.2, -0.2), high=(0.1, 0.1, 0.3, 0.2, 0.2, 0.2))
    spec = mujoco.MjSpec()
    spec.compiler.degree = False
    settle_physics(spec)
    add_hand(spec, hand, small)
    model = spec.compile()
    for ranges in (model.jnt_range, model.actuator_ctrlrange):
        np.testing.assert_array_equal(ranges[:6], np.transpose([small.low, small.high]))
