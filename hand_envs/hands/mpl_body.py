"""The body of the MPL hand: its measures, and the capsules, boxes and ellipsoids it is made of.

Bodies have the palm's axes while the hand is straight: x out of the palm, z from the wrist to the middle finger's
knuckle, y to the thumb. The thumb's are turned: along it at angles of 0 is z, and it flexes towards x.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import mujoco

from hand_envs.hands.scenery import Point


@dataclass(frozen=True)
class Finger:
    """A finger's measures (m): where it starts from the wrist, its three bones, and their radii."""

    base: Point
    bones: Point
    radii: Point
    parts: tuple[str, str, str] = ("proximal", "middle", "distal")
    turn: tuple[float, float, float, float] = (1.0, 0.0, 0.0, 0.0)
    """Of its frame in the palm's, a quaternion."""
    spread: Point = (1.0, 0.0, 0.0)
    """The axis of its ABD joint in that frame."""
    twist: float = 0.0
    """How far (rad) its last two joints are turned about it, so that its tip flexes towards y as well as x."""

    def axis(self, joint: str) -> Point:
        """Of its joint ABD, MCP, PIP or DIP."""
        if joint == "ABD":
            return self.spread
        return (0.0, 1.0, 0.0) if joint == "MCP" else (-math.sin(self.twist), math.cos(self.twist), 0.0)


FINGERS = {
    "thumb": Finger(
        base=(0.015, 0.027, 0.026),
        bones=(0.044, 0.033, 0.028),
        radii=(0.0125, 0.0105, 0.0095),
        parts=("metacarpal", "proximal", "distal"),
        turn=(0.5, -0.5, -0.5, -0.5),  # z along the palm's y, x along its z
        spread=(-1.0, 0.0, 0.0),
        twist=0.7,
    ),
    "index": Finger((0.003, 0.025, 0.090), (0.042, 0.025, 0.023), (0.0095, 0.0085, 0.0078)),
    "middle": Finger((0.0, 0.002, 0.093), (0.045, 0.028, 0.024), (0.0097, 0.0087, 0.0080)),
    "ring": Finger((0.002, -0.019, 0.087), (0.041, 0.026, 0.023), (0.0093, 0.0083, 0.0077)),
    "pinky": Finger((0.005, -0.038, 0.077), (0.033, 0.021, 0.021), (0.0085, 0.0075, 0.0068)),
}

WRIST_AXES = {"wrist_PRO": (0.0, 0.0, -1.0), "wrist_UDEV": (1.0, 0.0, 0.0), "wrist_FLEX": (0.0, 1.0, 0.0)}
"""Positive angles turn the palm down, the hand to the little finger, and the hand to the palm."""

SKIN = (0.85, 0.66, 0.54, 1.0)
SLEEVE = (0.25, 0.32, 0.42, 1.0)
FRICTION = (0.9, 0.004, 0.0001)
"""Of skin on cardboard: sliding; torsional (m), of a patch of 6 mm; rolling (m)."""
_GIVING = (0.95, 0.99, 0.001, 0.5, 2.0)  # solimp: a fingertip pressed by 30 N gives 3 mm

_DENSITY = 1100.0  # kg/m^3
_TOUCHED, _THUMB = 1, 2  # bits: what objects meet, and what fingertips meet of the thumb

_HIDDEN = 3  # the first group that pictures leave out
_CAPSULE, _BOX = mujoco.mjtGeom.mjGEOM_CAPSULE, mujoco.mjtGeom.mjGEOM_BOX
_ELLIPSOID = mujoco.mjtGeom.mjGEOM_ELLIPSOID


def add_forearm(spec: mujoco.MjSpec) -> mujoco.MjsBody:
    """The free body that carries the hand; its origin is the wrist's."""
    forearm = spec.worldbody.add_body(name="forearm")
    forearm.add_freejoint(name="forearm")
    sleeve = _fromto((0.0, 0.0, -0.17), (0.0, 0.0, -0.07), 0.031)
    _add_part(forearm, "forearm", _CAPSULE, SLEEVE, **sleeve, mass=0.9)
    _add_part(forearm, "wrist", _ELLIPSOID, SKIN, pos=(0.0, 0.0, -0.025), size=(0.02, 0.026, 0.055), mass=0.1)
    return forearm


def add_palm(forearm: mujoco.MjsBody) -> mujoco.MjsBody:
    """The palm, whose origin is the wrist: all three wrist joints pass through it."""
    palm = forearm.add_body(name="palm")
    _add_skin(palm, "palm", _BOX, pos=(0.003, -0.006, 0.061), size=(0.0085, 0.029, 0.018), mass=0.1)
    _add_skin(palm, "thenar", _ELLIPSOID, pos=(0.008, 0.016, 0.036), size=(0.015, 0.017, 0.032), mass=0.04)
    _add_skin(palm, "hypothenar", _ELLIPSOID, pos=(0.005, -0.022, 0.036), size=(0.014, 0.015, 0.034), mass=0.04)
    _add_part(palm, "back", _ELLIPSOID, SKIN, pos=(0.0, -0.005, 0.05), size=(0.013, 0.034, 0.046), mass=0.0)
    for name in ("index", "middle", "ring", "pinky"):
        base, radius = FINGERS[name].base, FINGERS[name].radii[0] + 0.0015
        metacarpal = _fromto((0.0, 0.5 * base[1], 0.012), base, radius)
        _add_part(palm, f"{name}_metacarpal", _CAPSULE, SKIN, **metacarpal, mass=0.03)
    palm.add_site(name="palm", pos=(0.011, 0.0, 0.06), group=_HIDDEN)
    return palm


def add_finger(palm: mujoco.MjsBody, name: str, ranges: dict[str, tuple[float, float]]) -> None:
    """A finger: bodies, joints of these ranges (rad), one capsule a bone, and the sites `_tip` and `_touch`."""
    finger, thumb = FINGERS[name], name == "thumb"
    body, pos, quat = palm, finger.base, finger.turn
    for number, joints in enumerate((("ABD", "MCP"), ("PIP",), ("DIP",))):
        length, radius, part = finger.bones[number], finger.radii[number], f"{name}_{finger.parts[number]}"
        body = body.add_body(name=part, pos=pos, quat=quat)
        for joint in joints:
            body.add_joint(name=f"{name}_{joint}", axis=finger.axis(joint), range=ranges[f"{name}_{joint}"])
        end = length - radius if number == 2 else length
        skin = _add_skin(body, part, _CAPSULE, **_fromto((0.0, 0.0, 0.0), (0.0, 0.0, end), radius), density=_DENSITY)
        pos, quat = (0.0, 0.0, length), (1.0, 0.0, 0.0, 0.0)
    skin.contype, skin.conaffinity = (_TOUCHED, _THUMB) if thumb else (_TOUCHED | _THUMB, 0)
    body.add_site(name=f"{name}_tip", pos=pos, group=_HIDDEN)
    pad = _fromto((0.0, 0.0, 0.0), (0.0, 0.0, end), 1.2 * radius)
    body.add_site(name=f"{name}_touch", type=_CAPSULE, **pad, group=_HIDDEN)


def _add_skin(body: mujoco.MjsBody, name: str, kind: mujoco.mjtGeom, **more: Any) -> mujoco.MjsGeom:
    """A part that objects meet, with its own friction whatever they have; parts of the hand meet none of the others."""
    geom = _add_part(body, name, kind, SKIN, **more)
    geom.contype, geom.condim, geom.priority = _TOUCHED, 4, 1
    geom.friction, geom.solimp = FRICTION, _GIVING
    return geom


def _add_part(
    body: mujoco.MjsBody, name: str, kind: mujoco.mjtGeom, color: tuple[float, ...], **more: Any
) -> mujoco.MjsGeom:
    """A part that meets nothing."""
    return body.add_geom(name=name, type=kind, rgba=color, contype=0, conaffinity=0, **more)


def _fromto(start: Point, end: Point, radius: float) -> dict[str, Point | tuple[float, ...]]:
    return {"fromto": (*start, *end), "size": (radius, 0.0, 0.0)}
