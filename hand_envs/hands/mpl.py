"""The MPL hand: 23 independent joints on a wrist that follows a pose, a model of our own.

Joint names, order and ranges are those of the Modular Prosthetic Limb in MuJoCo HAPTIX, as Antotsiou et al. (2018) and
Garcia-Hernando et al. (2020) have it, without its couplings. Proportions are a person's.
"""

from __future__ import annotations

from typing import NamedTuple

import mujoco

from hand_envs.core.hand import Hand
from hand_envs.hands.mpl_body import FINGERS, WRIST_AXES, add_finger, add_forearm, add_palm
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

ARMATURE = 5e-4  # kg m2


class Servo(NamedTuple):
    """Of a joint: N m/rad, N m s/rad, and the most it pulls (N m)."""

    gain: float
    damping: float
    most: float


_SERVOS = {
    "wrist": Servo(60.0, 2.0, 12.0),  # half a kilogram in the palm bends it by half a degree
    "thumb": Servo(10.0, 0.3, 3.0),
    "ABD": Servo(10.0, 0.3, 1.5),
    "MCP": Servo(10.0, 0.3, 1.5),
    "PIP": Servo(10.0, 0.3, 1.0),
    "DIP": Servo(10.0, 0.3, 0.6),
}
"""Of the wrist's and the thumb's joints, and of the fingers'. 10 N m/rad is MuJoCo HAPTIX's gain."""

TOUCH = tuple(f"{finger}_touch" for finger in ("index", "middle", "ring", "pinky", "thumb"))
"""Sensors of the normal force (N) on each fingertip, in the order of `MPL.fingertips`."""


def mpl_scene(eye: Point = (0.38, 0.22, 0.24), at: Point = (0.02, 0.0, 0.06)) -> mujoco.MjSpec:
    """A world with the hand alone, its wrist at the origin and its fingers up; seen from `eye` towards `at` (m).

    `qpos` starts with the forearm's seven, then come the 23 joints of `MPL`. The hand follows the mocap body `TARGET`.
    """
    spec = mujoco.MjSpec()
    spec.compiler.degree = False
    option = spec.option
    option.timestep = TIMESTEP
    option.integrator = mujoco.mjtIntegrator.mjINT_IMPLICITFAST
    option.cone = mujoco.mjtCone.mjCONE_ELLIPTIC
    option.impratio = 30.0  # else what is held creeps by millimetres a second
    spec.worldbody.add_light(name="light", pos=(0.3, 0.3, 1.5), dir=(-0.2, -0.2, -1.0), castshadow=True)
    furnish(spec, eye, at)
    _add_hand(spec)
    return spec


def _add_hand(spec: mujoco.MjSpec) -> None:
    forearm = add_forearm(spec)
    palm = add_palm(forearm)
    for joint in MPL.wrist:
        palm.add_joint(name=joint, axis=WRIST_AXES[joint], range=RANGES[joint])
    for finger in FINGERS:
        add_finger(palm, finger, RANGES)
    for joint in MPL.joints:
        _drive(spec, joint)
    for name in TOUCH:
        spec.add_sensor(name=name, type=mujoco.mjtSensor.mjSENS_TOUCH, objtype=mujoco.mjtObj.mjOBJ_SITE, objname=name)
    _weld(spec)


def _drive(spec: mujoco.MjSpec, name: str) -> None:
    """A servo of position, well damped, that pulls less hard than a strong person can."""
    part, kind = name.split("_")
    servo = _SERVOS.get(part) or _SERVOS[kind]
    joint = spec.joint(name)
    joint.damping[0], joint.armature = servo.damping, ARMATURE
    actuator = spec.add_actuator(
        name=MPL.actuator_prefix + name,
        target=name,
        trntype=mujoco.mjtTrn.mjTRN_JOINT,
        ctrlrange=RANGES[name],
        forcerange=(-servo.most, servo.most),
    )
    actuator.set_to_position(kp=servo.gain)


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
