"""What carries a hand: an arm that slides along three axes and turns about the wrist, with a speed it never exceeds."""

from __future__ import annotations

import mujoco
import numpy as np

from hand_envs.hands.limiter import ARM, Workspace

__all__ = ["ARM", "FORCE", "Workspace", "add_carrier"]

FORCE = (60.0, 60.0, 60.0, 15.0, 15.0, 15.0)
"""The most that each pushes (N, N m): what a table arm carries at its flange."""

_ARMATURE = (2.0, 2.0, 2.0, 0.03, 0.03, 0.03)  # kg, kg m2
_RESPONSE = 0.05  # s, of a servo: what is left of a small step after it is 1/e
_AXES = np.vstack([np.eye(3), np.eye(3)[::-1]])

_SLIDE, _HINGE = mujoco.mjtJoint.mjJNT_SLIDE, mujoco.mjtJoint.mjJNT_HINGE


def add_carrier(spec: mujoco.MjSpec, workspace: Workspace) -> mujoco.MjsBody:
    """The body that the arm moves, with its joints and their servos; its origin is the wrist's.

    A servo pushes by gain * error, at most `FORCE`, against a damping of FORCE / speed: so whatever it is told, and
    unless something else pushes, it is no faster than the workspace allows. The hand is turned by
    Rz(yaw) Ry(pitch) Rx(roll); at zero its palm is down and its fingers point along x.
    """
    body = spec.worldbody.add_body(name="palm", gravcomp=1.0)
    for number, name in enumerate(ARM):
        damping = FORCE[number] / workspace.speed[number]
        ends = workspace.low[number], workspace.high[number]
        body.add_joint(
            name=name,
            type=_SLIDE if number < 3 else _HINGE,
            axis=_AXES[number],
            range=ends,
            limited=True,
            damping=damping,
            armature=_ARMATURE[number],
        )
        servo = spec.add_actuator(
            name=name,
            target=name,
            trntype=mujoco.mjtTrn.mjTRN_JOINT,
            ctrlrange=ends,
            forcerange=(-FORCE[number], FORCE[number]),
        )
        servo.set_to_position(kp=damping / _RESPONSE)
    return body
