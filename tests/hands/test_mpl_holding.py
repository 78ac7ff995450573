"""The MPL hand lifts half a litre of juice by its sides and keeps it in its grip, by friction alone."""

from __future__ import annotations

import itertools

import mujoco
import numpy as np
import pytest

from hand_envs.core.simulation import Simulation
from hand_envs.hands.mpl import MPL, RANGES, mpl_scene

HALF = (0.035, 0.035, 0.1)  # m
MASS = 0.5  # kg
CORNERS = np.array(list(itertools.product(*((-half, half) for half in HALF))))
HEIGHT, LIFT = 0.3, 0.05  # m
THUMB_UP = (0.5, 0.5, 0.5, 0.5)  # the forearm level, the palm's y upwards
TO_WORLD = np.array([[0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
PLACE = (0.047, -0.006, 0.075)  # m, of the carton in the palm

AXES_AND_DIAGONALS = np.array([way for way in itertools.product((-1, 0, 1), repeat=3) if sum(map(abs, way)) in (1, 3)])
WAYS = AXES_AND_DIAGONALS / np.linalg.norm(AXES_AND_DIAGONALS, axis=1, keepdims=True)
PULL = 3.0  # N

BENT = {"MCP": (0.35, 1.2), "PIP": (0.4, 1.2), "DIP": (0.2, 0.8)}  # rad, open and closed
THUMB = {"ABD": (1.8, 1.8), "MCP": (0.0, 0.9), "PIP": (0.0, 0.5), "DIP": (0.0, 0.5)}


def grip(end: int) -> np.ndarray:
    """Joint angles of the open (0) or the closed (1) hand."""
    joints = (joint.split("_") for joint in RANGES)
    return np.array([(THUMB if finger == "thumb" else BENT).get(kind, (0.0, 0.0))[end] for finger, kind in joints])


def scene(friction: float | None) -> mujoco.MjSpec:
    """The open hand about a carton that stands on a table."""
    spec = mpl_scene()
    for name in (MPL.root, "wrist_target"):
        spec.body(name).pos, spec.body(name).quat = (0.0, 0.0, HEIGHT), THUMB_UP
    place = TO_WORLD @ PLACE + (0.0, 0.0, HEIGHT)
    carton = spec.worldbody.add_body(name="carton", pos=place)
    carton.add_freejoint(name="carton")
    carton.add_geom(name="carton", type=mujoco.mjtGeom.mjGEOM_BOX, size=HALF, mass=MASS)
    table = place - (0.0, 0.0, HALF[2] + 0.02)
    spec.worldbody.add_geom(name="table", type=mujoco.mjtGeom.mjGEOM_BOX, size=(0.1, 0.1, 0.02), pos=table)
    for geom in spec.geoms:
        if friction is not None and geom.priority:  # the skin's, which counts
            geom.friction[0] = friction
    return spec


def corners(sim: Simulation) -> np.ndarray:
    """The carton's, seen from the palm (m), (n, 8, 3)."""
    palm, carton = sim.body("palm"), sim.body("carton")
    there = carton.xpos[:, None] + CORNERS @ carton.xmat.reshape(-1, 3, 3).swapaxes(1, 2)
    return (there - palm.xpos[:, None]) @ palm.xmat.reshape(-1, 3, 3)


def lifted(sim: Simulation) -> np.ndarray:
    return sim.body("carton").xpos[:, 2] > HEIGHT + PLACE[1] + 0.5 * LIFT


def slips(pull: float, friction: float | None = None) -> tuple[np.ndarray, Simulation]:
    """How far (m) the carton's farthest corner slips in the hand, pulled at for a second each way."""
    sim = Simulation(scene(friction), len(WAYS))
    corners(sim), sim.body("carton").xfrc_applied, sim.body(MPL.root).xpos, sim.sensordata
    sim.qpos[:, 7:30] = grip(0)
    sim.forward()
    for share in np.linspace(0.0, 1.0, 15):  # half a second
        sim.ctrl[:] = grip(0) + share * (grip(1) - grip(0))
        sim.step(7)
    sim.step(105)
    for share in np.linspace(0.0, 1.0, 30):
        sim.mocap_pos[:, 0, 2] = HEIGHT + share * LIFT
        sim.step(7)
    sim.step(105)
    before = corners(sim).copy()
    sim.body("carton").xfrc_applied[:, :3] = pull * WAYS
    sim.step(210)
    return np.linalg.norm(corners(sim) - before, axis=-1).max(axis=1), sim


@pytest.fixture(scope="module")
def pulled():
    return slips(PULL)


def test_no_pull_of_3_newtons_takes_the_carton_away(pulled):
    assert pulled[0].shape == (14,)
    assert pulled[0].max() < 0.01


def test_it_is_lifted_and_all_fingertips_feel_it(pulled):
    sim = pulled[1]
    assert lifted(sim).all()
    assert (sim.sensordata > 1.0).all()
    assert (sim.sensordata < 80.0).all()  # N: what a person can


def test_the_arm_gives_less_than_3_mm(pulled):
    """Less the pull's own part: the mean over all ways."""
    sim = pulled[1]
    sag = sim.mocap_pos[:, 0] - sim.body(MPL.root).xpos
    assert np.abs(sag.mean(axis=0)).max() < 0.003
    assert np.abs(sag).max() < 0.005


def test_it_is_friction_that_holds():
    assert not lifted(slips(0.0, friction=0.05)[1]).any()


def test_an_estimate_that_jumps_does_not_shake_it_off(pulled):
    """A centimetre and 6 degrees, anew 30 times a second."""
    sim, generator = pulled[1], np.random.default_rng(0)
    sim.body("carton").xfrc_applied[:] = 0.0
    before, n = corners(sim).copy(), len(WAYS)
    still = sim.mocap_pos[:, 0].copy()
    for _ in range(30):
        sim.mocap_pos[:, 0] = still + generator.normal(size=(n, 3)) * 0.01 / np.sqrt(3)
        turned = THUMB_UP + generator.normal(size=(n, 4)) * 0.05 / np.sqrt(3)
        sim.mocap_quat[:, 0] = turned / np.linalg.norm(turned, axis=1, keepdims=True)
        assert sim.step(7) is None
    sim.mocap_pos[:, 0], sim.mocap_quat[:, 0] = still, THUMB_UP
    sim.step(105)
    assert np.linalg.norm(corners(sim) - before, axis=-1).max() < 0.01
