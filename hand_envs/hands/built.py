"""A hand built from its profile: boxes for the palm, capsules for the fingers, strings and servos that move them.

It is a twin by measures alone: how the real hand's skin, strings and gears give is not known. A profile says of itself
whether its measures are an approximation too.
"""

from __future__ import annotations

import mujoco
import numpy as np

from hand_envs.core.hand import Hand
from hand_envs.hands.built_finger import TOUCHED, add_finger
from hand_envs.hands.carrier import add_carrier
from hand_envs.hands.limiter import ARM, Workspace
from hand_envs.hands.profile import HandProfile, Motor
from hand_envs.hands.profile_parts import FINGERS, Box
from hand_envs.hands.scenery import Point, furnish

TIMESTEP = 0.002  # s
GRASP = "grasp"
"""The site where the axis of a cup lies that is held; its axes are the palm's."""

_HIDDEN = 3  # the first group that pictures leave out


def hand_scene(profile: HandProfile, eye: Point = (0.28, 0.30, 0.42), at: Point = (0.06, 0.0, 0.2)) -> mujoco.MjSpec:
    """A world with the hand alone, its wrist 20 cm up where the arm is at 0; seen from `eye` towards `at` (m)."""
    spec = mujoco.MjSpec()
    spec.compiler.degree = False
    settle_physics(spec)
    spec.worldbody.add_light(name="light", pos=(0.3, 0.3, 1.5), dir=(-0.2, -0.2, -1.0), castshadow=True)
    furnish(spec, eye, at)
    x, y, _, *turns = Workspace().low
    add_hand(spec, profile, Workspace(low=(x, y, -0.18, *turns)))
    spec.body("palm").pos = (0.0, 0.0, 0.2)
    return spec


def settle_physics(spec: mujoco.MjSpec) -> None:
    """What a built hand needs of the physics: 500 steps a second, and contacts in which what is held does not creep."""
    option = spec.option
    option.timestep = TIMESTEP
    option.integrator = mujoco.mjtIntegrator.mjINT_IMPLICITFAST
    option.cone = mujoco.mjtCone.mjCONE_ELLIPTIC
    option.impratio = 10.0


def add_hand(spec: mujoco.MjSpec, profile: HandProfile, workspace: Workspace | None = None) -> Hand:
    """Put the hand into a scene, on an arm that reaches `workspace`.

    Actuators are those of `ARM`, then one a motor, by its name; all take positions. Add it before what is handled, so
    that its joints are the scene's first. Angles must be in radians (`spec.compiler.degree = False`).
    """
    palm = add_carrier(spec, workspace or Workspace())
    _add_palm(palm, profile)
    *bones, thumb = (add_finger(palm, profile, finger) for finger in profile.fingers)
    for motor in profile.motors:
        _add_motor(spec, profile, motor)
    for name in touch_sensors(profile):
        spec.add_sensor(name=name, type=mujoco.mjtSensor.mjSENS_TOUCH, objtype=mujoco.mjtObj.mjOBJ_SITE, objname=name)
    return Hand(
        name=profile.name,
        wrist=(),
        fingers=tuple(joint.name for joint in profile.joints),
        fingertips=tuple(f"{finger}_tip" for finger in FINGERS),
        palm=GRASP,
        root="palm",
        bones=(("palm",), thumb, *bones),
        arm=ARM,
        own_actuators=all((joint.motor, joint.ratio) == (joint.name, 1.0) for joint in profile.joints),
    )


def touch_sensors(profile: HandProfile) -> tuple[str, ...]:
    """Sensors of the normal force (N) on each fingertip it has."""
    return tuple(f"{finger.name}_touch" for finger in profile.digits)


def _add_palm(body: mujoco.MjsBody, profile: HandProfile) -> None:
    palm = profile.palm
    volumes = np.array([np.prod(box.size) for box in palm.boxes])
    masses = palm.mass * volumes / volumes.sum()
    for number, (box, mass) in enumerate(zip(palm.boxes, masses, strict=True)):
        geom = _add_box(body, f"palm{number}", box)
        geom.mass, geom.contype, geom.conaffinity, geom.condim, geom.priority = mass, *TOUCHED["palm"], 4, 1
        geom.friction = (palm.friction, 0.004, 0.0001)
    for number, box in enumerate(palm.decor):
        _add_box(body, f"decor{number}", box)
    body.add_site(name=GRASP, pos=palm.grasp, group=_HIDDEN)


def _add_box(body: mujoco.MjsBody, name: str, box: Box) -> mujoco.MjsGeom:
    return body.add_geom(
        name=name,
        type=mujoco.mjtGeom.mjGEOM_BOX,
        pos=box.at,
        size=np.array(box.size) / 2,
        rgba=(*box.color, 1.0),
        contype=0,
        conaffinity=0,
        mass=0.0,
    )


def _add_motor(spec: mujoco.MjSpec, profile: HandProfile, motor: Motor) -> None:
    """A servo of position on the string that runs over its joints; what it pulls is what its current allows."""
    servos = profile.servos
    column = profile.motors.index(motor)
    string = spec.add_tendon(name=motor.name)
    for joint, radius in zip(profile.joints, profile.pulleys[:, column], strict=True):
        if radius:
            string.wrap_joint(joint.name, radius)
    string.armature = servos.armature
    most = servos.torque * motor.current / 1000.0
    servo = spec.add_actuator(
        name=motor.name,
        target=motor.name,
        trntype=mujoco.mjtTrn.mjTRN_TENDON,
        ctrlrange=(motor.low, motor.high),
        forcerange=(0.0 if motor.pulls else -most, most),
    )
    servo.set_to_position(kp=servos.gain, kv=servos.damping)
