"""The MPL hand: 23 independent joints on a wrist that follows a pose, a model of our own.

Joint names, order and ranges are those of the Modular Prosthetic Limb in MuJoCo HAPTIX, as Antotsiou et al. (2018) and
Garcia-Hernando et al. (2020) have it, without its couplings. Proportions are a person's.
"""

from __future__ import annotations

import mujoco

from hand_envs.core.hand import Hand
from hand_envs.hands.mpl_body import AXES, FINGERS, add_finger, add_forearm, add_palm
from hand_envs.hands.scenery import Point, furnish

TIMESTEP = 1.0 / 210.0  # s; seven to a frame of 30 Hz
TARGET = "wrist_target"
"""The mocap body that the forearm is welded to: where the wrist is to be, in the palm's axes."""

RANGES = {
    "wrist_PRO": (-1.57, 1.57),
    "wrist_UDEV": (-0.26, 0.79),
    "wrist_FLEX": (-1.04, 1.04),
    "thumb_ABD": (0.0, 2.07),
    "thumb_MCP": (0.0, 1.8),
    "thumb_PIP": (0.0, 1.03),
    "thumb_DIP": (-0.82, 1.28),
    **{
        f"{finger}_{joint}": bounds
        for finger, spread in (
            ("index", (-0.345, 0.0)),
            ("middle", (-0.17, 0.17)),
            ("ring", (0.0, 0.345)),
            ("pinky", (0.0, 0.345)),
        )
        for joint, bounds in (("ABD", spread), ("MCP", (-0.785, 1.57)), ("PIP", (0.0, 1.72)), ("DIP", (0.0, 1.38)))
    },
}
"""Of the joints, in the order of the model (rad). Flexion is positive."""

_NAMES = tuple(RANGES)

MPL = Hand(
    name="mpl",
    wrist=_NAMES[:3],
    fingers=_NAMES[3:],
    fingertips=("index_tip", "middle_tip", "ring_tip", "pinky_tip", "thumb_tip"),
    palm="palm",
    root="forearm",
    actuator_prefix="A_",
    bones=(("palm",), *(tuple(f"{name}_{part}" for part in finger.parts) for name, finger in FINGERS.items())),
)

TOUCH = tuple(f"{finger}_touch" for finger in ("index", "middle", "ring", "pinky", "thumb"))
"""Sensors of the normal force (N) on each fingertip, in the order of `MPL.fingertips`."""


def mpl_scene(eye: Point = (0.45, 0.35, 0.3), at: Point = (0.03, 0.0, 0.08)) -> mujoco.MjSpec:
    """A world with the hand alone, its wrist at the origin and its fingers up; seen from `eye` towards `at` (m).

    `qpos` starts with the forearm's seven, then come the 23 joints of `MPL`. The hand follows the mocap body `TARGET`.
    """
    spec = mujoco.MjSpec()
    spec.compiler.degree = False
    option = spec.option
    option.timestep = TIMESTEP
    option.integrator = mujoco.mjtIntegrator.mjINT_IMPLICITFAST
    option.cone = mujoco.mjtCone.mjCONE_ELLIPTIC
    spec.worldbody.add_light(name="light", pos=(0.3, 0.3, 1.5), dir=(-0.2, -0.2, -1.0), castshadow=True)
    furnish(spec, eye, at)
    _add_hand(spec)
    return spec


def _add_hand(spec: mujoco.MjSpec) -> None:
    forearm = add_forearm(spec)
    palm = add_palm(forearm)
    for joint in MPL.wrist:
        palm.add_joint(name=joint, axis=AXES[joint.removeprefix("wrist_")], range=RANGES[joint])
    for finger in FINGERS:
        add_finger(palm, finger, RANGES)
    for joint in MPL.joints:
        _drive(spec, joint)
    for name in TOUCH:
        spec.add_sensor(name=name, type=mujoco.mjtSensor.mjSENS_TOUCH, objtype=mujoco.mjtObj.mjOBJ_SITE, objname=name)
    _weld(spec)


def _drive(spec: mujoco.MjSpec, name: str) -> None:
    """A servo of position that pulls as hard as a person can."""
    gain, damping, most = (60.0, 2.0, 12.0) if name in MPL.wrist else (10.0, 0.3, 2.5)
    joint = spec.joint(name)
    joint.damping[0], joint.armature = damping, 5e-4
    actuator = spec.add_actuator(
        name=MPL.actuator_prefix + name,
        target=name,
        trntype=mujoco.mjtTrn.mjTRN_JOINT,
        ctrlrange=RANGES[name],
        forcerange=(-most, most),
    )
    actuator.set_to_position(kp=gain)


def _weld(spec: mujoco.MjSpec) -> None:
    spec.worldbody.add_body(name=TARGET, mocap=True)
    weld = spec.add_equality(
        name="wrist",
        type=mujoco.mjtEq.mjEQ_WELD,
        objtype=mujoco.mjtObj.mjOBJ_BODY,
        name1="forearm",
        name2=TARGET,
        solref=(0.03, 1.0),
    )
    weld.data[:11] = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0  # anchor, no offset, no turn, torque scale
