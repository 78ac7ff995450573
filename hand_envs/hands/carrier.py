"""What carries a hand: an arm that slides along three axes and turns about the wrist, with a speed it never exceeds."""

from __future__ import annotations

from dataclasses import dataclass

import mujoco
import numpy as np

from hand_envs.errors import OptionError

ARM = ("arm_x", "arm_y", "arm_z", "arm_yaw", "arm_pitch", "arm_roll")
"""Joints and actuators, in m and rad. The hand is turned by Rz(yaw) Ry(pitch) Rx(roll); at zero its palm is down and
its fingers point along x."""

SPEED = (0.25, 0.25, 0.25, 1.0, 1.0, 1.0)
"""The most that each does (m/s, rad/s)."""

FORCE = (60.0, 60.0, 60.0, 15.0, 15.0, 15.0)
"""The most that each pushes (N, N m): what a table arm carries at its flange."""

_ARMATURE = (2.0, 2.0, 2.0, 0.03, 0.03, 0.03)  # kg, kg m2
_RESPONSE = 0.05  # s, of a servo: what is left of a small step after it is 1/e
_AXES = np.vstack([np.eye(3), np.eye(3)[::-1]])

_SLIDE, _HINGE = mujoco.mjtJoint.mjJNT_SLIDE, mujoco.mjtJoint.mjJNT_HINGE


@dataclass(frozen=True)
class Workspace:
    """Where the wrist may be: the least and the most of each joint of `ARM`. A table's top is at z = 0."""

    low: tuple[float, ...] = (-0.40, -0.40, 0.02, -3.1416, -1.60, -3.1416)
    high: tuple[float, ...] = (0.40, 0.40, 0.60, 3.1416, 1.60, 3.1416)

    def __post_init__(self) -> None:
        ends = (
            np.array([self.low, self.high], dtype=np.float64) if len(self.low) == len(self.high) == len(ARM) else None
        )
        if ends is None or not np.isfinite(ends).all() or not (ends[0] < ends[1]).all():
            raise OptionError(
                f"The workspace is {self.low} to {self.high}; six lower ends and six higher ones were expected, of "
                f"{', '.join(ARM)}."
            )


def add_carrier(spec: mujoco.MjSpec, workspace: Workspace) -> mujoco.MjsBody:
    """The body that the arm moves, with its joints and their servos; its origin is the wrist's.

    A servo pushes by gain * error, at most `FORCE`, against a damping of FORCE / SPEED: so whatever it is told, and
    unless something else pushes, it is no faster than `SPEED`.
    """
    body = spec.worldbody.add_body(name="palm", gravcomp=1.0)
    for number, name in enumerate(ARM):
        damping = FORCE[number] / SPEED[number]
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
