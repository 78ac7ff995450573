"""The body of the MPL hand: its measures, and the capsules, boxes and ellipsoids it is made of.

Bodies have the palm's axes while the hand is straight: x out of the palm, z from the wrist to the middle finger's
knuckle, y to the thumb. The thumb's are turned: along it at angles of 0 is z, and it flexes towards x.
"""

from __future__ import annotations

from dataclasses import dataclass

import mujoco

Point = tuple[float, float, float]


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


FINGERS = {
    "thumb": Finger(
        base=(0.015, 0.027, 0.026),
        bones=(0.044, 0.033, 0.028),
        radii=(0.0125, 0.0105, 0.0095),
        parts=("metacarpal", "proximal", "distal"),
        turn=(0.5, -0.5, -0.5, -0.5),  # z along the palm's y, x along its z
        spread=(-1.0, 0.0, 0.0),
    ),
    "index": Finger((0.003, 0.025, 0.090), (0.042, 0.025, 0.023), (0.0095, 0.0085, 0.0078)),
    "middle": Finger((0.0, 0.002, 0.093), (0.045, 0.028, 0.024), (0.0097, 0.0087, 0.0080)),
    "ring": Finger((0.002, -0.019, 0.087), (0.041, 0.026, 0.023), (0.0093, 0.0083, 0.0077)),
    "pinky": Finger((0.005, -0.038, 0.077), (0.033, 0.021, 0.021), (0.0085, 0.0075, 0.0068)),
}

AXES = {
    "PRO": (0.0, 0.0, -1.0),
    "UDEV": (1.0, 0.0, 0.0),
    "FLEX": (0.0, 1.0, 0.0),
    "MCP": (0.0, 1.0, 0.0),
    "PIP": (0.0, 1.0, 0.0),
    "DIP": (0.0, 1.0, 0.0),
}
"""Positive angles: palm down, to the little finger, to the palm; ABD joints have their finger's `spread`."""

SKIN = (0.85, 0.66, 0.54, 1.0)
SLEEVE = (0.25, 0.32, 0.42, 1.0)
FRICTION = (0.9, 0.004, 0.0001)
"""Of skin: sliding; torsional (m), of a patch of 6 mm; rolling (m)."""

_DENSITY = 1100.0  # kg/m^3
_TOUCHED, _THUMB = 1, 2  # bits: what objects meet, and what fingertips meet of the thumb

_CAPSULE = mujoco.mjtGeom.mjGEOM_CAPSULE


def add_forearm(spec: mujoco.MjSpec) -> mujoco.MjsBody:
    """The free body that carries the hand; its origin is the wrist's."""
    forearm = spec.worldbody.add_body(name="forearm")
    forearm.add_freejoint(name="forearm")
    forearm.add_geom(
        name="forearm",
        type=_CAPSULE,
        fromto=(0.0, 0.0, -0.16, 0.0, 0.0, -0.03),
        size=(0.03, 0.0, 0.0),
        mass=1.0,
        rgba=SLEEVE,
        contype=0,
        conaffinity=0,
    )
    return forearm


def add_palm(forearm: mujoco.MjsBody) -> mujoco.MjsBody:
    """The palm, whose origin is the wrist: all three wrist joints pass through it."""
    palm = forearm.add_body(name="palm")
    _add_skin(palm, "palm", mujoco.mjtGeom.mjGEOM_BOX, (-0.001, -0.006, 0.058), size=(0.011, 0.037, 0.03), mass=0.2)
    heel = mujoco.mjtGeom.mjGEOM_ELLIPSOID
    _add_skin(palm, "thenar", heel, (0.008, 0.016, 0.034), size=(0.015, 0.019, 0.032), mass=0.04)
    _add_skin(palm, "hypothenar", heel, (0.005, -0.026, 0.036), size=(0.014, 0.016, 0.036), mass=0.04)
    palm.add_site(name="palm", pos=(0.011, 0.0, 0.06), size=(0.003, 0.003, 0.003))
    return palm


def add_finger(palm: mujoco.MjsBody, name: str, ranges: dict[str, tuple[float, float]]) -> None:
    """A finger: bodies, joints of these ranges (rad), one capsule a bone, and the sites `_tip` and `_touch`."""
    finger, thumb = FINGERS[name], name == "thumb"
    body, pos, quat = palm, finger.base, finger.turn
    for number, joints in enumerate((("ABD", "MCP"), ("PIP",), ("DIP",))):
        length, radius, part = finger.bones[number], finger.radii[number], f"{name}_{finger.parts[number]}"
        body = body.add_body(name=part, pos=pos, quat=quat)
        for joint in joints:
            axis = finger.spread if joint == "ABD" else AXES[joint]
            body.add_joint(name=f"{name}_{joint}", axis=axis, range=ranges[f"{name}_{joint}"])
        last = number == 2
        end = length - radius if last else length
        skin = _add_skin(body, part, _CAPSULE, fromto=(0.0, 0.0, 0.0, 0.0, 0.0, end), size=(radius, 0.0, 0.0))
        pos, quat = (0.0, 0.0, length), (1.0, 0.0, 0.0, 0.0)
    skin.contype, skin.conaffinity = (_TOUCHED, _THUMB) if thumb else (_TOUCHED | _THUMB, 0)
    body.add_site(name=f"{name}_tip", pos=pos, size=(0.002, 0.002, 0.002))
    body.add_site(
        name=f"{name}_touch",
        type=_CAPSULE,
        fromto=(0.0, 0.0, 0.0, 0.0, 0.0, end),
        size=(1.2 * radius, 0.0, 0.0),
        rgba=(0.0, 0.0, 0.0, 0.0),
    )


def _add_skin(body: mujoco.MjsBody, name: str, kind: mujoco.mjtGeom, pos: Point = (0, 0, 0), **more: object):  # type: ignore[no-untyped-def]
    """A part that objects meet; parts of the hand meet none of the others."""
    return body.add_geom(
        name=name,
        type=kind,
        pos=pos,
        rgba=SKIN,
        density=_DENSITY,
        friction=FRICTION,
        condim=4,
        priority=1,
        contype=_TOUCHED,
        conaffinity=0,
        **more,
    )
