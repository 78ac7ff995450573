"""A built hand about a cup, and what its tests look at."""

from __future__ import annotations

import mujoco
import numpy as np

from hand_envs.core.simulation import Simulation
from hand_envs.hands.built import hand_scene
from hand_envs.hands.profile import HandProfile

STEPS = 25  # of 2 ms: a control step
RADIUS, HALF, MASS = 0.035, 0.05, 0.25  # m, m, kg
_SQUEEZE = 0.3  # rad beyond where the fingers meet the cup
_AWAY = (0.0, 0.0, -1.0)


def at_home(sim: Simulation, hand: HandProfile, roll: float = 0.0) -> None:
    """Every simulation with the open hand at rest, told to stay so."""
    sim.qpos[:, :6], sim.ctrl[:, :6] = 0.0, 0.0
    sim.qpos[:, 5] = sim.ctrl[:, 5] = roll
    sim.qpos[:, 6 : 6 + len(hand.joints)] = hand.joint_angles(hand.home)
    sim.ctrl[:, 6:] = hand.home


def finger_points(hand: HandProfile, angles: dict[str, float]) -> dict[str, np.ndarray]:
    """Where the four points of each finger are at joint angles that are 0 unless named, (4, 3)."""
    model = hand_scene(hand).compile()
    data = mujoco.MjData(model)
    for joint, angle in angles.items():
        data.qpos[model.joint(joint).qposadr[0]] = angle
    mujoco.mj_kinematics(model, data)
    found = {}
    for finger in hand.digits:
        tip = model.site(f"{finger.name}_tip")
        body, points = int(tip.bodyid[0]), [data.site_xpos[tip.id].copy()]
        while model.body(body).name != "palm":
            points.append(data.xpos[body].copy())
            body = int(model.body_parentid[body])
        found[finger.name] = np.array(points[::-1])
    return found


def cup_scene(hand: HandProfile, friction: float | None = None, timestep: float = 0.002) -> mujoco.MjSpec:
    """The hand on its side, thumb up, about a cup that stands on a support."""
    spec = hand_scene(hand, eye=(0.05, 0.45, 0.40), at=(0.06, 0.02, 0.2))
    spec.option.timestep = timestep
    x, y, z = hand.palm.grasp
    place = np.array([x, -z, 0.2 + y])
    cup = spec.worldbody.add_body(name="cup", pos=place)
    cup.add_freejoint(name="cup")
    cylinder = mujoco.mjtGeom.mjGEOM_CYLINDER
    cup.add_geom(name="cup", type=cylinder, size=(RADIUS, HALF, 0.0), mass=MASS, rgba=(0.8, 0.2, 0.2, 1.0))
    support = spec.worldbody.add_body(name="support", mocap=True, pos=place - (0.0, 0.0, HALF + 0.01))
    support.add_geom(name="support", type=mujoco.mjtGeom.mjGEOM_BOX, size=(0.02, 0.02, 0.01))
    for geom in spec.geoms:
        if friction is not None and geom.priority:  # the hand's, which counts
            geom.friction[0] = friction
    return spec


def grasp(sim: Simulation, hand: HandProfile) -> None:
    """Close about the cup, squeeze, and take the support away."""
    steps = round(0.05 / sim.timestep)
    at_home(sim, hand, roll=np.pi / 2)
    sim.forward()
    bends = {joint.motor for joint in hand.joints if joint.turns == "bend"}
    squeezed = hand.clip(hand.closed + _SQUEEZE * np.array([motor.name in bends for motor in hand.motors]))
    for goal in (hand.closed, squeezed):
        start = sim.ctrl[:, 6:].copy()
        for share in np.linspace(0.0, 1.0, 20):
            sim.ctrl[:, 6:] = start + share * (goal - start)
            assert sim.step(steps) is None
    sim.mocap_pos[:, 0] = _AWAY
    assert sim.step(10 * steps) is None


def place_in_hand(sim: Simulation) -> np.ndarray:
    """Where the cup is, seen from the palm (m), (n, 3)."""
    palm = sim.body("palm")
    return np.matvec(palm.xmat.reshape(-1, 3, 3).swapaxes(1, 2), sim.body("cup").xpos - palm.xpos)
