"""How people take hold of household things: a cup by its side or its rim, a drawer by its bar, a spoon by its handle.

No physics is asked: a hand is put about the place it grips, turned as people turn it, with all their variety, and its
fingers close until they touch. The person sits where the robot is, at -x, and uses the right hand.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from agents.cem.affordance.solids import Solids
from hand_envs.core.turns import matrix_of
from hand_envs.poses.closing import clearance, closed
from hand_envs.poses.human import HumanShape, forward

Array = np.ndarray

POWER, PINCH, HOOK = "power", "pinch", "hook"
_OPEN = {
    POWER: np.radians([4, 50, 55, -15, 0, 0, *(0, 6, 10, 6) * 4]),
    PINCH: np.radians([4, 32, 46, -20, 4, 6, 6, 18, 26, 14, *(0, 26, 36, 22), *(0, 34, 46, 28), *(0, 40, 52, 32)]),
    HOOK: np.radians([4, 30, 22, -10, 12, 18, *(0, 12, 55, 30) * 4]),
}
_SHUT = {
    POWER: np.radians([4, -5, 35, -20, 40, 55, *(0, 85, 105, 65) * 4]),
    PINCH: np.radians([4, 12, 32, -16, 16, 26, 10, 42, 62, 40, *(0, 40, 60, 38), *(0, 44, 60, 38), *(0, 48, 64, 40)]),
    HOOK: np.radians([4, 12, 34, -20, 36, 40, *(0, 40, 105, 65) * 4]),
}
"""Angles before a hand closes, and where it would close to if nothing were in it."""
_SPREAD = np.radians([2.0, *(5.0,) * 5, *(3.0, 5.0, 5.0, 3.0) * 4])
_SKIN = 0.013  # m, of the palm before its bones
_ABOVE = 0.002  # m that hands keep from the table


@dataclass(frozen=True)
class Grip:
    """Where and how to take hold, in the world.

    Attributes:
        point: what the hand closes about (m).
        along: the direction in which what is held runs from the little finger to the thumb.
        toward: the direction in which the palm looks.
        thick: radius of what is held there (m).
        kind: `power`, `pinch` or `hook`.
    """

    point: Array
    along: Array
    toward: Array
    thick: float
    kind: str = POWER


@dataclass(frozen=True)
class Grasp:
    """A person's right hand about something, in the world (m, rad)."""

    shape: HumanShape
    palm: Array
    """The palm's axes as columns (3, 3)."""
    wrist: Array
    """(3,)."""
    angles: Array
    """(22,) of the closed hand."""
    begin: Array
    """(22,) before it closed."""
    kind: str

    def points(self, share: float = 1.0, away: float = 0.0) -> Array:
        """The 21 points (m), closed by a share, moved so far (m) back from where the palm and the fingers point."""
        angles = self.begin + share * (self.angles - self.begin)
        back = -away * (0.8 * self.palm[:, 0] + 0.6 * self.palm[:, 2])
        points: Array = forward(self.shape, angles)[0] @ self.palm.T + self.wrist + back
        return points


def taken(generator: np.random.Generator, shape: HumanShape, grip: Grip, solids: Solids) -> Grasp:
    """A hand that takes hold there, about as said."""
    palm = _palm(generator, grip)
    spread = generator.standard_normal((2, 22)) * _SPREAD
    begin, end = _OPEN[grip.kind] + spread[0], _SHUT[grip.kind] + spread[1]
    wrist = grip.point - palm @ _held_at(shape, grip, begin, end) + generator.normal(0.0, 0.006, 3)
    wrist = _freed(shape, palm, wrist, begin, solids)
    angles = closed([shape], begin[None], end[None], lambda points: solids(points @ palm.T + wrist))[0]
    return Grasp(shape, palm, wrist, angles, begin, grip.kind)


def _palm(generator: np.random.Generator, grip: Grip) -> Array:
    """The palm's axes: y along what is held, x toward it; people are some eight degrees off, each way."""
    side = grip.along / np.linalg.norm(grip.along)
    out = grip.toward - side * (grip.toward @ side)
    out /= np.linalg.norm(out)
    turn: Array = matrix_of(generator.normal(0.0, 0.14, 3)) @ np.stack([out, side, np.cross(out, side)], axis=-1)
    return turn


def _held_at(shape: HumanShape, grip: Grip, begin: Array, end: Array) -> Array:
    """Where in the palm's frame a thing is held: between thumb and finger, in the bent fingers, or before the palm."""
    if grip.kind == PINCH:
        return forward(shape, end)[0][[4, 8]].mean(axis=0)
    if grip.kind == HOOK:
        return forward(shape, begin)[0][[6, 8, 10, 12]].mean(axis=0)
    size = shape.length / 0.188
    return np.array([_SKIN * size + min(grip.thick, 0.04), 0.0, (0.086 + 0.4 * max(0.03 - grip.thick, 0.0)) * size])


def _freed(shape: HumanShape, palm: Array, wrist: Array, begin: Array, solids: Solids) -> Array:
    """The wrist, moved until the open hand is clear of the thing, away from it, and of the table, upward."""

    def outside(points: Array) -> Array:
        """Of the thing; the hand is where it has been moved to by then."""
        return solids(points @ palm.T + moved, table=False)

    moved = wrist.copy()
    for _ in range(6):
        moved -= palm[:, 0] * max(0.0, -clearance([shape], begin[None], outside).min())
    low = (forward(shape, begin)[0] @ palm.T + moved)[:, 2] - shape.radii
    moved[2] += max(0.0, _ABOVE - low.min())
    return moved
