"""What a hand is drawn of: tapered capsules along the bones and ellipsoids for pads, balls of the thumb and palm."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from hand_envs.poses.frames import palm_frame
from hand_envs.poses.human import HumanShape, average

Array = np.ndarray

SKIN, NAIL, SLEEVE = 0, 1, 2


class Placed(NamedTuple):
    """Where the parts of n hands are: `turns` take a part's unit mesh to its size and direction."""

    centres: Array
    """(n, parts, 3)."""
    turns: Array
    """(n, parts, 3, 3)."""


class Meshes:
    """The unit mesh of every part: (vertices, faces), and what it is made of. More slices are rounder and slower."""

    def __init__(self, slices: int = 8) -> None:
        rings = slices // 4
        shape = average()
        self.parts: list[tuple[Array, Array]] = []
        self.stuff: list[int] = []
        for finger in range(5):
            for bone in range(3):
                start, end = shape.radii[1 + 4 * finger + bone : 3 + 4 * finger + bone]
                length = shape.bones[finger, bone] - (end if bone == 2 else 0.0)
                self._add(capsule(end / start, start / length, slices, rings))
        for _ in range(5):
            self._add(ball(slices, rings))  # pads
        for _ in range(5):
            self._add(ball(slices, rings), NAIL)
        for _ in range(4):
            self._add(capsule(1.0, 0.12, slices, rings))  # bones of the palm
        self._add(capsule(1.2, 0.15, slices, rings))  # the flesh between them
        for _ in range(4):
            self._add(ball(slices, rings))  # heel, ball of the thumb, edge of the hand, pads beneath the fingers
        self._add(capsule(1.1, 0.25, slices, rings))  # the web between thumb and fore finger
        self._add(capsule(1.25, 0.2, slices, rings), SLEEVE)

    def _add(self, mesh: tuple[Array, Array], stuff: int = SKIN) -> None:
        self.parts.append(mesh)
        self.stuff.append(stuff)


def capsule(taper: float, cap: float, slices: int, rings: int) -> tuple[Array, Array]:
    """From z = 0, where it has radius 1, to z = 1, where it has radius `taper`; round ends reach `cap` beyond."""
    angle = np.linspace(0.0, np.pi / 2, rings + 1)[:-1]
    low = [(np.cos(a), -cap * np.sin(a)) for a in angle[::-1]]
    high = [(taper * np.cos(a), 1.0 + cap * taper * np.sin(a)) for a in angle]
    return _turned([*low, *high], -cap, 1.0 + cap * taper, slices)


def ball(slices: int, rings: int) -> tuple[Array, Array]:
    """The unit sphere."""
    angle = np.linspace(-np.pi / 2, np.pi / 2, 2 * rings + 1)[1:-1]
    return _turned([(np.cos(a), np.sin(a)) for a in angle], -1.0, 1.0, slices)


def _turned(profile: Sequence[tuple[float, float]], bottom: float, top: float, slices: int) -> tuple[Array, Array]:
    """The surface that a profile of (radius, height) makes when it is turned about z, and closed at both ends."""
    around = np.linspace(0.0, 2 * np.pi, slices, endpoint=False)
    fuller = 1.0 / np.sqrt(np.cos(np.pi / slices))  # as thick in the mean as what is round
    rings = [
        fuller * np.stack([r * np.cos(around), r * np.sin(around), np.full(slices, z / fuller)], -1) for r, z in profile
    ]
    vertices = np.concatenate([*rings, [[0.0, 0.0, bottom], [0.0, 0.0, top]]])
    here, there = np.arange(slices), np.roll(np.arange(slices), -1)
    low, high = len(vertices) - 2, len(vertices) - 1
    last = (len(rings) - 1) * slices
    faces = [np.stack([np.full(slices, low), there, here], -1)]
    for ring in range(len(rings) - 1):
        a, b = ring * slices, (ring + 1) * slices
        faces += [np.stack([a + here, a + there, b + there], -1), np.stack([a + here, b + there, b + here], -1)]
    faces.append(np.stack([np.full(slices, high), last + here, last + there], -1))
    return vertices, np.concatenate(faces)


def placed(shapes: Sequence[HumanShape], points: Array, forearms: Array | None = None) -> Placed:
    """Where the parts of these hands are; `points` are (n, 21, 3) in any frame, a shape for each.

    `forearms` (n, 3) point from the wrist to the elbow in the palm's frame; by default straight back.
    """
    palm = palm_frame(points)
    radii = np.stack([shape.radii for shape in shapes])
    pieces = [_bones(points, radii, palm), *_tips(points, radii, palm), _palm(points, radii, palm)]
    back = np.broadcast_to([0.0, 0.0, -1.0], (len(points), 3)) if forearms is None else forearms
    pieces.append(_forearm(points, radii, palm, back))
    return Placed(np.concatenate([c for c, _ in pieces], 1), np.concatenate([t for _, t in pieces], 1))


def frames_along(along: Array, hint: Array) -> Array:
    """Rotations (..., 3, 3) whose third axis is `along` and whose first is near `hint`."""
    third = along / np.maximum(np.linalg.norm(along, axis=-1, keepdims=True), 1e-9)
    first = hint - third * np.vecdot(hint, third)[..., None]
    size = np.linalg.norm(first, axis=-1, keepdims=True)
    spare = np.roll(third, 1, axis=-1)
    spare = spare - third * np.vecdot(spare, third)[..., None]
    first = np.where(size > 0.05, first / np.maximum(size, 1e-9), spare / np.linalg.norm(spare, axis=-1, keepdims=True))
    return np.stack([first, np.cross(third, first), third], axis=-1)


def _hints(palm: Array) -> Array:
    """The side to which every finger's flexion axis lies, (n, 5, 1, 3): the thumb's is its own."""
    hints = np.repeat(palm[:, None, :, 1], 5, axis=1)
    hints[:, 0] = palm[:, :, 0] - 0.5 * palm[:, :, 2]
    return hints[:, :, None]


def _bones(points: Array, radii: Array, palm: Array) -> tuple[Array, Array]:
    chains, thick = points[:, 1:].reshape(-1, 5, 4, 3), radii[:, 1:].reshape(-1, 5, 4)
    along = np.diff(chains, axis=2)
    frames = frames_along(along, np.broadcast_to(_hints(palm), along.shape))
    length = np.linalg.norm(along, axis=-1)
    length[..., 2] -= thick[..., 3]  # what ends at the tip is the skin
    size = np.stack([thick[..., :3], thick[..., :3] * 0.94, length], axis=-1)
    turns = frames * size[..., None, :]
    return chains[:, :, :3].reshape(-1, 15, 3), turns.reshape(-1, 15, 3, 3)


def _tips(points: Array, radii: Array, palm: Array) -> tuple[tuple[Array, Array], tuple[Array, Array]]:
    """Pads and nails."""
    chains, thick = points[:, 1:].reshape(-1, 5, 4, 3), radii[:, 1:].reshape(-1, 5, 4)[..., 3:]
    along = chains[:, :, 3] - chains[:, :, 2]
    frames = frames_along(along, _hints(palm)[:, :, 0])
    inside = np.cross(frames[..., 0], frames[..., 2])
    length = np.linalg.norm(along, axis=-1, keepdims=True)
    pad = chains[:, :, 3] - along * 0.36 + inside * thick * 0.30
    pad_size = np.concatenate([thick * 0.98, thick * 0.86, length * 0.36], axis=-1)
    nail = chains[:, :, 3] - along * 0.26 - inside * thick * 0.66
    nail_size = np.concatenate([thick * 0.72, thick * 0.42, length * 0.22], axis=-1)
    return (pad, frames * pad_size[..., None, :]), (nail, frames * nail_size[..., None, :])


def _palm(points: Array, radii: Array, palm: Array) -> tuple[Array, Array]:
    """Four bones, the flesh over them, both balls, the heel and the web beside the thumb."""
    wrist, thick = points[:, 0], radii[:, 0, None] / 0.025  # 1 for an average hand
    knuckles, thumb = points[:, [5, 9, 13, 17]], points[:, 1:3]
    out, side, up = (palm[:, :, axis] for axis in range(3))
    length = np.linalg.norm(points[:, 9] - wrist, axis=-1, keepdims=True)
    wide = np.linalg.norm(points[:, 5] - points[:, 17], axis=-1, keepdims=True)
    centres, turns = [], []

    def add(centre: Array, along: Array, hint: Array, *size: Array) -> None:
        centres.append(centre)
        turns.append(frames_along(along, hint) * np.concatenate(size, axis=-1)[:, None, :])

    for finger in range(4):
        start = wrist + (knuckles[:, finger] - wrist) * 0.22
        along = knuckles[:, finger] - start
        radius = radii[:, [5 + 4 * finger]]
        add(start, along, side, radius * 0.98, radius * 0.95, np.linalg.norm(along, axis=-1, keepdims=True))
    between = knuckles.mean(1) - wrist
    add(wrist + between * 0.22, between, side, wide * 0.41, 0.0102 * thick, length * 0.68)
    add(wrist + up * length * 0.13, up, side, wide * 0.43, 0.0165 * thick, length * 0.25)
    metacarpal = thumb[:, 1] - thumb[:, 0]
    ball_of_thumb = thumb[:, 0] * 0.5 + thumb[:, 1] * 0.42 + knuckles[:, 1] * 0.08 - out * 0.001
    add(ball_of_thumb, metacarpal, out, 0.0145 * thick, 0.0175 * thick, length * 0.33)
    edge = wrist * 0.55 + knuckles[:, 3] * 0.45 + out * 0.007 * thick + side * 0.004
    add(edge, knuckles[:, 3] - wrist, side, 0.0125 * thick, 0.0115 * thick, length * 0.40)
    pads = knuckles.mean(1) * 0.93 + wrist * 0.07 + out * 0.003
    add(pads, up, side, wide * 0.56, 0.0105 * thick, length * 0.15)
    start = thumb[:, 0] * 0.35 + thumb[:, 1] * 0.65
    along = knuckles[:, 0] * 0.72 + wrist * 0.28 - start
    add(start, along, out, 0.0075 * thick, 0.0085 * thick, np.linalg.norm(along, axis=-1, keepdims=True))
    return np.stack(centres, 1), np.stack(turns, 1)


def _forearm(points: Array, radii: Array, palm: Array, back: Array) -> tuple[Array, Array]:
    thick = radii[:, 0, None] / 0.025
    along = np.einsum("nij,nj->ni", palm, back)
    size = np.concatenate([0.0265 * thick, 0.0195 * thick, np.full_like(thick, 0.11)], axis=-1)
    turns = frames_along(along, palm[:, :, 1]) * size[:, None, :]
    return (points[:, 0] + palm[:, :, 2] * 0.006)[:, None], turns[:, None]
