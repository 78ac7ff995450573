"""What the tasks handle, of primitive shapes: vessels, spoons, a chest with a drawer, grapes. m and kg."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import mujoco
import numpy as np

Color = tuple[float, float, float]

_BOX, _CAPSULE = mujoco.mjtGeom.mjGEOM_BOX, mujoco.mjtGeom.mjGEOM_CAPSULE
_CYLINDER, _SPHERE = mujoco.mjtGeom.mjGEOM_CYLINDER, mujoco.mjtGeom.mjGEOM_SPHERE
_SURFACE: dict[str, Any] = {"condim": 4, "friction": (0.8, 0.003, 0.0001)}
"""Of glazed clay, wood and plastic: sliding; torsional (m), of a patch of some 5 mm; rolling (m)."""

STAVES = 10
_OVERHANG = 0.02
"""How far the top of a chest stands out over its drawer (m)."""
_BOWL = 0.8
"""Share of a spoon's mass that is in its bowl: so it stands on it, its handle in the air."""
_FOOT = 0.002
"""How far the staves end over the ground (m), so that a vessel stands on its floor alone."""


@dataclass(frozen=True)
class Vessel:
    """A round vessel, open above: a floor, and a wall of staves. Its origin is the middle of its base."""

    radius: float
    """Of its floor, outside."""
    height: float
    mass: float
    color: Color
    flare: float = 0.0
    """How far the rim is out from above the floor's edge."""
    wall: float = 0.004

    def add_to(self, body: mujoco.MjsBody) -> None:
        """Give it to a body, with sites `<body>_base`, `<body>_rim` and, where to take hold, `<body>_grip`."""
        floor = (self.radius, self.wall / 2, 0.0)
        _add(body, "floor", _CYLINDER, self.color, pos=(0.0, 0.0, self.wall / 2), size=floor, mass=0.25 * self.mass)
        lean, slant = math.atan2(self.flare, self.height), math.hypot(self.flare, self.height)
        middle = self.radius + self.flare / 2 - self.wall / 2
        half = (self.wall / 2, (middle + self.wall) * math.tan(math.pi / STAVES), slant / 2 - _FOOT)
        for number, angle in enumerate(np.arange(STAVES) * 2 * math.pi / STAVES):
            quat = _product(_about((0, 0, 1), angle), _about((0, 1, 0), lean))
            pos = (middle * math.cos(angle), middle * math.sin(angle), self.height / 2 + _FOOT)
            mass = 0.75 * self.mass / STAVES
            _add(body, f"stave_{number}", _BOX, self.color, pos=pos, quat=quat, size=half, mass=mass)
        for name, height in (("base", 0.0), ("rim", self.height), ("grip", 0.5 * self.height)):
            body.add_site(name=f"{body.name}_{name}", pos=(0.0, 0.0, height), group=3)


@dataclass(frozen=True)
class Spoon:
    """A spoon, a ladle or a scoop: its origin is the middle of its bowl's floor, its handle goes towards +x."""

    handle: float
    """The handle's length."""
    thickness: float
    """The handle's radius."""
    bowl: tuple[float, float, float]
    """Length, width and depth of the bowl."""
    rise: float
    """Angle of the handle over the bowl's floor (rad)."""
    mass: float
    color: Color
    wall: float = 0.003
    open: bool = False
    """Whether the bowl has no wall in front, as a scoop."""

    def add_to(self, body: mujoco.MjsBody) -> None:
        """Give it to a body, with sites `<body>_bowl` in the bowl, `<body>_base` under it, and `<body>_grip`."""
        length, width, depth = self.bowl
        half, part = self.wall / 2, _BOWL * self.mass / 5
        _add(body, "floor", _BOX, self.color, pos=(0, 0, half), size=(length / 2, width / 2, half), mass=2 * part)
        for name, side in (("left", 1), ("right", -1)):
            pos = (0.0, side * (width / 2 - half), depth / 2)
            _add(body, name, _BOX, self.color, pos=pos, size=(length / 2, half, depth / 2 - half), mass=part)
        for name, side in (("back", 1),) if self.open else (("back", 1), ("front", -1)):
            pos = (side * (length / 2 - half), 0.0, depth / 2)
            _add(body, name, _BOX, self.color, pos=pos, size=(half, width / 2, depth / 2 - half), mass=part)
        start = np.array((length / 2, 0.0, depth - self.thickness))
        end = start + self.handle * np.array((math.cos(self.rise), 0.0, math.sin(self.rise)))
        fromto = (*start, *end)
        thick = (self.thickness, 0.0, 0.0)
        _add(body, "handle", _CAPSULE, self.color, fromto=fromto, size=thick, mass=(1.0 - _BOWL) * self.mass)
        for name, pos in (("base", (0, 0, 0)), ("bowl", (0, 0, depth / 2)), ("grip", start + 0.6 * (end - start))):
            body.add_site(name=f"{body.name}_{name}", pos=pos, group=3)


@dataclass(frozen=True)
class Chest:
    """A chest with one drawer that opens towards -x, by a bar across its front. Its origin is on the table below it."""

    size: tuple[float, float, float]
    """Depth, width and height over all."""
    bar: tuple[float, float, float, float]
    """The bar's length, its radius, how far it stands out, and its height over the table."""
    mass: float
    drawer: float
    """The drawer's mass."""
    color: Color
    drawer_color: Color
    friction: float = 1.0
    """What holds the drawer back (N)."""
    wall: float = 0.008

    def add_to(self, body: mujoco.MjsBody) -> None:
        """Give it to a body, with the joint `<body>_opening` (m) and the site `<body>_grip` in the bar's middle."""
        depth, width, height = self.size
        wall, each = self.wall, self.mass / 5
        _add(body, "floor", _BOX, self.color, pos=(0, 0, wall / 2), size=(depth / 2, width / 2, wall / 2), mass=each)
        top, long = (-_OVERHANG / 2, 0.0, height - wall / 2), (depth + _OVERHANG) / 2
        _add(body, "top", _BOX, self.color, pos=top, size=(long, width / 2, wall / 2), mass=each)
        for name, side in (("left", 1), ("right", -1)):
            pos = (0.0, side * (width - wall) / 2, height / 2)
            _add(body, name, _BOX, self.color, pos=pos, size=(depth / 2, wall / 2, height / 2), mass=each)
        back = ((depth - wall) / 2, 0.0, height / 2)
        _add(body, "back", _BOX, self.color, pos=back, size=(wall / 2, width / 2, height / 2), mass=each)
        self._add_drawer(body)

    def _add_drawer(self, body: mujoco.MjsBody) -> None:
        depth, width, height = self.size
        wall, each = self.wall, self.drawer / 4
        inside, middle = width - 2 * wall - 0.004, height / 2
        drawer = body.add_body(name=f"{body.name}_drawer", pos=(0.0, 0.0, middle))
        drawer.add_joint(
            name=f"{body.name}_opening",
            type=mujoco.mjtJoint.mjJNT_SLIDE,
            axis=(-1, 0, 0),
            range=(0.0, 0.6 * depth),
            limited=True,
            damping=2.0,
            frictionloss=self.friction,
        )
        front = (-(depth + wall) / 2, 0.0, 0.0)
        tall = height / 2 - wall - 0.002
        parts = {
            "front": (front, (wall / 2, inside / 2, tall)),
            "bottom": ((0.0, 0.0, -tall + wall / 2), ((depth - wall) / 2, inside / 2, wall / 2)),
        }
        for name, (pos, size) in parts.items():
            _add(drawer, name, _BOX, self.drawer_color, pos=pos, size=size, mass=each)
        length, radius, out, up = self.bar
        bar = np.array((-(depth / 2 + wall + out), 0.0, up - middle))
        ends = [bar + np.array((0.0, side * length / 2, 0.0)) for side in (1, -1)]
        thick = (radius, 0.0, 0.0)
        _add(drawer, "bar", _CAPSULE, (0.75, 0.75, 0.78), fromto=(*ends[0], *ends[1]), size=thick, mass=each)
        for name, end in zip(("post_1", "post_2"), ends, strict=True):
            root = (-depth / 2, end[1], end[2])
            post = (*end, *root)
            _add(drawer, name, _CAPSULE, (0.75, 0.75, 0.78), fromto=post, size=thick, mass=each / 2)
        drawer.add_site(name=f"{body.name}_grip", pos=bar, group=3)


@dataclass(frozen=True)
class Grape:
    """A grape."""

    radius: float
    mass: float
    color: Color

    def add_to(self, body: mujoco.MjsBody) -> None:
        """Give it to a body."""
        geom = _add(body, "skin", _SPHERE, self.color, size=(self.radius, 0, 0), mass=self.mass)
        geom.condim, geom.friction = 6, (0.5, 0.002, 0.0005)


def add_free(spec: mujoco.MjSpec, name: str, thing: Vessel | Spoon | Chest | Grape, **place: Any) -> mujoco.MjsBody:
    """A body that moves freely, of that thing, at `pos` and `quat`."""
    body = spec.worldbody.add_body(name=name, **place)
    body.add_freejoint(name=name)
    thing.add_to(body)
    return body


def _add(body: mujoco.MjsBody, part: str, kind: mujoco.mjtGeom, color: Color, **more: Any) -> mujoco.MjsGeom:
    return body.add_geom(name=f"{body.name}_{part}", type=kind, rgba=(*color, 1.0), **_SURFACE, **more)


def _about(axis: tuple[float, float, float], angle: float) -> Any:
    quat = np.zeros(4)
    mujoco.mju_axisAngle2Quat(quat, np.array(axis, float), angle)
    return quat


def _product(first: Any, second: Any) -> Any:
    quat = np.zeros(4)
    mujoco.mju_mulQuat(quat, first, second)
    return quat
