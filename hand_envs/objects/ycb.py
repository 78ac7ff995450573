"""Eight objects of the YCB set, modelled from their published dimensions and masses (Calli et al. 2015).

Frames are those of the scans, which DexMV keeps: where an object is said to be is where it is said to be there.
`_MIDDLES` is where in them the middle of an object's bounding box is. DexMV's weights are what MuJoCo 2 makes of its
meshes at a scale of 0.8, where the picture of an object is as heavy as the object.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from hand_envs.objects.shape import Piece, Shape, Vector, Weight

MUG_WALL, MUG_HEIGHT = 0.0425, 0.0813  # m, radius of the middle of the wall
_QUARTER = (0.5**0.5, 0.0, 0.0, 0.5**0.5)  # about z


def about_z(angle: float) -> Vector:
    """The quaternion of a turn about z (rad)."""
    return (math.cos(angle / 2), 0.0, 0.0, math.sin(angle / 2))


def _about_y(angle: float) -> Vector:
    return (math.cos(angle / 2), 0.0, math.sin(angle / 2), 0.0)


_MIDDLES = {
    "sugar_box": (0.0012, -0.0010, -0.0044),
    "tomato_soup_can": (-0.0002, 0.0017, -0.0083),
    "mustard_bottle": (-0.0010, -0.0023, 0.0118),
    "potted_meat_can": (-0.0023, -0.0009, -0.0076),
    "banana": (0.0180, -0.0122, 0.0015),
    "mug": (0.0, 0.0, 0.0015),  # of the cup, without its handle
    "large_clamp": (-0.0102, 0.0018, 0.0004),
    "foam_brick": (0.0005, -0.0001, 0.0081),
}
"""m."""


def _framed(shape: Shape) -> Shape:
    """A shape that was made about its middle, in its own frame."""
    middle = _MIDDLES[shape.name]
    moved = [replace(piece, pos=tuple(a + b for a, b in zip(piece.pos, middle, strict=True))) for piece in shape.pieces]
    return replace(shape, pieces=tuple(moved))


def _box(x: float, y: float, z: float) -> Piece:
    """A box by its full lengths (m)."""
    return Piece("box", (x / 2, y / 2, z / 2))


def _turned(rings: Sequence[tuple[float, float, float]], corners: int = 16, squareness: float = 2.0) -> Piece:
    """The hull of rings (height, half width in x, half width in y): ellipses, or squarer with `squareness` over 2."""
    angles = 2 * np.pi * np.arange(corners) / corners
    across, along = (np.sign(f) * np.abs(f) ** (2 / squareness) for f in (np.cos(angles), np.sin(angles)))
    points = [np.stack([x * across, y * along, np.full(corners, z)], axis=1) for z, x, y in rings]
    return Piece("hull", points=np.concatenate(points))


def _bent(points: Sequence[tuple[float, float]], radii: Sequence[float]) -> tuple[Piece, ...]:
    """Capsules from point to point in the plane."""
    pieces = []
    for (ax, ay), (bx, by), radius in zip(points[:-1], points[1:], radii, strict=True):
        heading = math.atan2(by - ay, bx - ax)
        tip, turn = _about_y(math.pi / 2), about_z(heading)  # lie down along x, then turn
        quat = np.zeros(4)
        quat[0], quat[1] = tip[0] * turn[0], -tip[2] * turn[3]
        quat[2], quat[3] = tip[2] * turn[0], tip[0] * turn[3]
        half = math.hypot(bx - ax, by - ay) / 2
        pieces.append(Piece("capsule", (radius, half), ((ax + bx) / 2, (ay + by) / 2, 0.0), tuple(quat)))
    return tuple(pieces)


MUG_HANDLE = (
    Piece("box", (0.0125, 0.006, 0.004), (0.054, 0.0, 0.030), _about_y(math.radians(40))),
    Piece("box", (0.004, 0.006, 0.020), (0.062, 0.0, 0.005)),
    Piece("box", (0.0125, 0.006, 0.004), (0.054, 0.0, -0.020), _about_y(math.radians(-40))),
)


def _mug() -> tuple[Piece, ...]:
    """Twelve staves around a disc, and three bars for a handle, about the middle of the cup.

    Only the disc reaches the table: contacts of every stave with it would cost more than all the rest of a scene.
    """
    foot = 0.001
    staves = tuple(
        Piece(
            "box",
            (0.005, 0.0127, (MUG_HEIGHT - foot) / 2),
            (MUG_WALL * math.cos(turn), MUG_WALL * math.sin(turn), foot / 2),
            about_z(turn),
        )
        for turn in (math.pi / 6 * k for k in range(12))
    )
    disc = Piece("cylinder", (MUG_WALL, 0.005), (0.0, 0.0, 0.005 - MUG_HEIGHT / 2))
    return (*staves, disc, *MUG_HANDLE)


def _bars(points: Sequence[tuple[float, float]], across: Sequence[tuple[float, float]]) -> tuple[Piece, ...]:
    """Bars from point to point in the plane, each of the given width and height (m)."""
    pieces = []
    for (ax, ay), (bx, by), (width, height) in zip(points[:-1], points[1:], across, strict=True):
        size = (math.hypot(bx - ax, by - ay) / 2, width / 2, height / 2)
        pieces.append(Piece("box", size, ((ax + bx) / 2, (ay + by) / 2, 0.0), about_z(math.atan2(by - ay, bx - ax))))
    return tuple(pieces)


def _clamp() -> tuple[Piece, ...]:
    """Two arms that cross at a pivot."""
    handle, arm, jaw = (0.028, 0.026), (0.026, 0.026), (0.020, 0.020)
    one = _bars([(-0.008, -0.086), (-0.005, -0.025), (0.036, 0.030), (0.0497, 0.086)], [handle, arm, jaw])
    other = _bars([(0.036, -0.086), (0.034, -0.025), (-0.018, 0.033), (-0.0525, 0.054)], [handle, arm, jaw])
    return (*one, *other, Piece("cylinder", (0.018, 0.0182), (0.013, -0.003, 0.0)))


SHAPES: dict[str, Shape] = {
    shape.name: _framed(shape)
    for shape in (
        Shape(
            "sugar_box",
            (_box(0.0495, 0.0940, 0.1760),),
            0.514,
            (0.95, 0.85, 0.2, 1.0),
            dexmv=Weight(0.689, (1.42e-3, 1.19e-3, 3.68e-4)),
        ),
        Shape(
            "tomato_soup_can",
            (Piece("cylinder", (0.0339, 0.0509)),),
            0.349,
            (0.85, 0.2, 0.15, 1.0),
            dexmv=Weight(0.351, (2.50e-4, 2.50e-4, 1.29e-4)),
        ),
        Shape(
            "mustard_bottle",
            (
                _turned(
                    [(-0.0957, 0.043, 0.0245), (-0.088, 0.048, 0.0288), (0.035, 0.048, 0.0288), (0.062, 0.032, 0.022)],
                    squareness=3.0,
                ),
                _turned([(0.06, 0.032, 0.022), (0.076, 0.014, 0.014), (0.0956, 0.010, 0.010)]),
            ),
            0.603,
            (0.95, 0.8, 0.1, 1.0),
            (0.5, 0.0, 0.0, 0.866),
            Weight(0.649, (1.04e-3, 1.18e-3, 3.00e-4)),
        ),
        Shape(
            "potted_meat_can",
            (_turned([(-0.0418, 0.05075, 0.0288), (0.0417, 0.05075, 0.0288)], squareness=4.0),),
            0.370,
            (0.25, 0.35, 0.75, 1.0),
            dexmv=Weight(0.395, (2.37e-4, 3.25e-4, 1.98e-4)),
        ),
        Shape(
            "banana",
            _bent(
                [
                    (-0.0205, -0.0757),
                    (-0.0355, -0.0420),
                    (-0.0365, -0.0070),
                    (-0.0170, 0.0450),
                    (0.0060, 0.0660),
                    (0.0425, 0.0777),
                ],
                [0.0135, 0.0183, 0.0183, 0.0175, 0.0115],
            ),
            0.066,
            (0.95, 0.85, 0.2, 1.0),
            _QUARTER,
            Weight(0.252, (4.11e-4, 4.9e-5, 4.34e-4)),
        ),
        Shape("mug", _mug(), 0.118, (0.8, 0.25, 0.2, 1.0), _QUARTER, Weight(0.301, (2.00e-4, 2.04e-4, 1.75e-4))),
        Shape(
            "large_clamp",
            _clamp(),
            0.125,
            (0.2, 0.2, 0.22, 1.0),
            (0.0, 0.0, 0.0, 1.0),
            Weight(0.231, (2.41e-4, 1.17e-4, 3.42e-4)),
        ),
        Shape(
            "foam_brick",
            (_box(0.0526, 0.0778, 0.0511),),
            0.028,
            (0.75, 0.3, 0.25, 1.0),
            dexmv=Weight(0.204, (9.1e-5, 5.7e-5, 9.3e-5)),
        ),
    )
}
