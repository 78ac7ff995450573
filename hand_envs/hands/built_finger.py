"""The fingers of a built hand: a body a link, a capsule in it, a pad under the tip, and hinges between them."""

from __future__ import annotations

from typing import Any

import mujoco
import numpy as np

from hand_envs.hands.profile import Finger, HandProfile, Joint

TOUCHED = {"palm": (1, 2 | 4), "tip": (1 | 2, 0), "link": (1, 0), "thumb": (1 | 4, 2)}
"""contype and conaffinity: all meet objects; of the hand, fingertips meet the thumb's, and both meet the palm."""

_JOINTS = ("mcp", "pip", "dip")
_THUMB_JOINTS = ("cmc", "mcp", "ip")
_HIDDEN = 3  # the first group that pictures leave out
_CAPSULE = mujoco.mjtGeom.mjGEOM_CAPSULE
_ALONG = {"side": (0.0, 0.0, 1.0), "bend": (0.0, 1.0, 0.0)}
"""Axes in the frame of a finger: x along it, z away from where it bends."""

_FLEXURE, _SERVO = (0.75, 0.76, 0.78, 1.0), (0.45, 0.46, 0.50, 1.0)  # colors
_PAD = 0.0015  # m, that a pad stands out
_ARMATURE = 2e-5  # kg m2, of a flexure
_GIVING = (0.9, 0.97, 0.0015, 0.5, 2.0)  # solimp: of rubber


def add_finger(palm: mujoco.MjsBody, profile: HandProfile, finger: Finger) -> tuple[str, ...]:
    """Put a finger on the palm; returns the bodies at its three keypoints. `<finger>_tip` is the site of the fourth."""
    body, pos, quat = palm, finger.base, _frame(finger)
    names = tuple(f"{finger.name}_{part}" for part in (_THUMB_JOINTS if finger.name == "thumb" else _JOINTS))
    for link, name in enumerate(names):
        body = body.add_body(name=name, pos=pos, quat=quat)
        for joint in profile.joints:
            if (joint.finger, joint.link) == (finger.name, link):
                _add_joint(body, joint)
                if joint.turns == "bend":
                    _add_hinge(body, joint, finger.radii[link])
        if not finger.absent:
            _add_link(body, profile, finger, link)
        pos, quat = (finger.links[link], 0.0, 0.0), (1.0, 0.0, 0.0, 0.0)
    body.add_site(name=f"{finger.name}_tip", pos=pos, group=_HIDDEN)
    return names


def _frame(finger: Finger) -> tuple[float, ...]:
    """A quaternion: x to where it points, z away from where it bends."""
    along = np.array(finger.points) / np.linalg.norm(finger.points)
    across = -np.array(finger.bends)
    across -= along * (along @ across)
    across /= np.linalg.norm(across)
    quat = np.zeros(4)
    mujoco.mju_mat2Quat(quat, np.stack([along, np.cross(across, along), across], axis=1).ravel())
    return tuple(quat)


def _add_joint(body: mujoco.MjsBody, joint: Joint) -> None:
    body.add_joint(
        name=joint.name,
        axis=_ALONG[joint.turns],
        range=(joint.low, joint.high),
        limited=True,
        stiffness=joint.stiffness,
        damping=joint.damping,
        armature=_ARMATURE,
    )


def _add_hinge(body: mujoco.MjsBody, joint: Joint, radius: float) -> None:
    """What is seen of a joint: the thin plate of a flexure, or the servo that turns it."""
    soft = joint.stiffness > 0.0
    body.add_geom(
        name=f"{joint.name}_hinge",
        type=mujoco.mjtGeom.mjGEOM_BOX,
        pos=(0.0, 0.0, 0.7 * radius if soft else 0.0),
        size=np.multiply(radius, (0.8, 0.75, 0.35) if soft else (0.75, 1.1, 0.75)),
        rgba=_FLEXURE if soft else _SERVO,
        contype=0,
        conaffinity=0,
        mass=0.0,
    )


def _add_link(body: mujoco.MjsBody, profile: HandProfile, finger: Finger, link: int) -> None:
    length, radius, mass = finger.links[link], finger.radii[link], finger.masses[link]
    name, color = body.name, (*profile.palm.color, 1.0)
    kind = "link" if link < 2 else "thumb" if finger.name == "thumb" else "tip"
    bone = _capsule(0.0, length if link < 2 else length - radius, 0.0, radius)
    _add_skin(body, name, profile, kind, color, mass=mass, **bone)
    if link == 2:
        pad = _capsule(0.35 * length, length - radius, -_PAD, radius)
        _add_skin(body, f"{finger.name}_pad", profile, kind, (*profile.palm.pad, 1.0), mass=0.0, **pad)
        felt = _capsule(0.0, length - radius, 0.0, 1.3 * radius)
        body.add_site(name=f"{finger.name}_touch", type=_CAPSULE, group=_HIDDEN, **felt)


def _capsule(start: float, end: float, height: float, radius: float) -> dict[str, tuple[float, ...]]:
    """Along a finger, from `start` to `end`."""
    return {"fromto": (start, 0.0, height, end, 0.0, height), "size": (radius, 0.0, 0.0)}


def _add_skin(
    body: mujoco.MjsBody, name: str, profile: HandProfile, kind: str, color: tuple[float, ...], **more: Any
) -> None:
    contype, conaffinity = TOUCHED[kind]
    body.add_geom(
        name=name,
        type=_CAPSULE,
        rgba=color,
        contype=contype,
        conaffinity=conaffinity,
        condim=4,
        priority=1,
        friction=(profile.palm.friction, 0.004, 0.0001),
        solimp=_GIVING,
        **more,
    )
