"""The Adroit hand as DexMV has it, above DexMV's table: the scene of DAPG's relocation, edited."""

from __future__ import annotations

from dataclasses import dataclass

import mujoco

from hand_envs.hands.adroit import adroit_scene
from hand_envs.hands.scenery import Point

HAND_FRICTION = (1.0, 0.5, 0.01)
TABLE_HALF = (0.6, 0.6, 0.025)  # m, its top at z = 0

Capsule = tuple[float, float]
"""Radius and half length (m)."""


@dataclass(frozen=True)
class HandShape:
    """How the hand touches things in a task; DexMV's tasks differ in it.

    Attributes:
        forearm: the forearm's capsule.
        wrist: the wrist's capsule.
        heel: whether the heel of the hand (`C_palm1`) can touch.
        firm: contacts by the hand's own stiffness, whatever it touches.
    """

    forearm: Capsule
    wrist: Capsule = (0.015, 0.01)
    heel: bool = False
    firm: bool = False


def dexmv_scene(shape: HandShape, eye: Point = (0.45, 0.5, 0.5), at: Point = (-0.03, -0.06, 0.07)) -> mujoco.MjSpec:
    """Hand and table, seen from `eye` towards `at` (m).

    Contacts have no margin: MuJoCo 4 adds up margins that MuJoCo 2 took the largest of. What differs from DAPG's hand:
    the solver, a limper wrist, one box for the palm, and its `shape`.
    """
    spec = adroit_scene("adroit_relocate.xml", eye, at)
    for name in ("Object", "vive_tracker", "table"):
        spec.delete(spec.body(name))
    spec.delete(spec.site("target"))
    for sensor in list(spec.sensors):  # DAPG's tasks and DexMV's look at none
        spec.delete(sensor)
    option = spec.option
    option.solver = mujoco.mjtSolver.mjSOL_PGS
    option.cone = mujoco.mjtCone.mjCONE_ELLIPTIC
    option.iterations = option.noslip_iterations = 20
    _shape_hand(spec, shape)
    _add_table(spec)
    _add_cameras(spec)
    return spec


def _shape_hand(spec: mujoco.MjSpec, shape: HandShape) -> None:
    spec.joint("WRJ0").damping[0], spec.joint("WRJ0").armature = 0.05, 0.001
    palm = spec.geom("C_palm0")
    palm.pos, palm.size = (-0.008, 0.0, 0.038), (0.052, 0.015, 0.06)
    spec.delete(spec.geom("C_lfmetacarpal"))
    if not shape.heel:
        spec.delete(spec.geom("C_palm1"))
    for name, (radius, half) in (("C_forearm1", shape.forearm), ("C_wrist", shape.wrist)):
        spec.geom(name).size[:2] = radius, half
    for body in spec.bodies:
        for geom in body.geoms:
            geom.margin = 0.0
            if shape.firm and geom.name.startswith("C_"):
                geom.priority = 10
                geom.solref, geom.solimp = (0.02, 20.0), (0.9, 0.95, 0.001, 0.1, 2.0)
    for pair in spec.pairs:
        pair.margin = 0.0


def _add_table(spec: mujoco.MjSpec) -> None:
    table = spec.worldbody.add_body(name="table")
    table.add_geom(
        name="table",
        type=mujoco.mjtGeom.mjGEOM_BOX,
        size=TABLE_HALF,
        pos=(0.0, 0.0, -TABLE_HALF[2]),
        friction=HAND_FRICTION,
        margin=0.0,
        material="tablecube",
    )
    for number, (x, y) in enumerate(((1, 1), (-1, 1), (1, -1), (-1, -1))):
        table.add_geom(
            name=f"leg{number}",
            type=mujoco.mjtGeom.mjGEOM_CYLINDER,
            size=(0.03, 0.475, 0.0),
            pos=(0.5 * x, 0.5 * y, -0.525),
            contype=0,
            conaffinity=0,
            margin=0.0,
        )


def _add_cameras(spec: mujoco.MjSpec) -> None:
    """DexMV's. Its file has commas in the front view's rotation, which no MuJoCo reads; this is what it showed."""
    for name in ("fixed", "vil_camera"):
        spec.delete(spec.camera(name))
    views = {
        "frontview": ((0.0, -1.0, 0.9), (0.9232, 0.3843, 0.0, 0.0)),
        "backview": ((0.0, 0.6, 0.9), (0.0, 0.0, 0.2815, 0.9595)),
        "sideview": ((-1.3, -0.5, 0.5), (0.678, 0.516, -0.329, -0.406)),
    }
    for name, (pos, quat) in views.items():
        spec.worldbody.add_camera(name=name, pos=pos, quat=quat, fovy=45.0)
