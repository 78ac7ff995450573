"""Hands that hold something, as many as wanted: near enough to real grips to learn from, none is checked by physics."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from hand_envs.images.flesh import frames_along
from hand_envs.objects.shape import Piece, Shape
from hand_envs.poses.closing import Distance, clearance, closed
from hand_envs.poses.human import HumanShape, forward, sample

Array = np.ndarray

BOX, ROUND = 0, 1
THINGS = (
    Shape("box", (Piece("box", (1.0, 1.0, 1.0)),), 1.0, (0.85, 0.5, 0.2, 1.0)),
    Shape("round", (Piece("cylinder", (1.0, 1.0)),), 1.0, (0.75, 0.75, 0.7, 1.0)),
)
"""What is in the pictures: a cube and a cylinder, stretched as it needs to be."""

HANDLED = {"nothing": (0.0, 0.0, 1.0), "carton": (1.0, 0.0, 0.0), "coin": (0.0, 1.0, 0.0), "things": (0.5, 0.4, 0.1)}
"""Shares of hands around a carton or a bottle, of hands that pinch a coin, and of empty ones."""

CARTON = np.array([0.035, 0.035, 0.1])
"""Half lengths (m); made ones have 0.8 to 1.2 of each."""
COIN = np.array([0.0125, 0.0125, 0.001])
"""Radius and half thickness (m)."""
_PALM = np.array([0.05, 0.05, 0.01])  # m, half: of who takes the coin
_UP = np.array([0.0, 1.0, 0.0])  # the thumb's side: along what a fist holds
_OPEN_THUMB, _OPEN = (55.0, 58.0, -15.0, 0.0, 0.0), (0.0, 2.0, 6.0, 4.0)  # degrees
_SHUT_THUMB, _SHUT = (-5.0, 35.0, -20.0, 40.0, 55.0), (0.0, 85.0, 105.0, 65.0)
_LOOSE = np.array([3.0, *(12.0,) * 5, *(6.0,) * 16])
_SKIN = 0.013  # m, of the palm before its bones


class Held(NamedTuple):
    """Hands and what they hold, in the palm's frame, the wrist at 0 (m)."""

    points: Array
    """(n, 21, 3)."""
    poses: Array
    """Of THINGS, stretched, (n, 2, 4, 4); 0 where one is not there."""


def holding(generator: np.random.Generator, shapes: Sequence[HumanShape], handled: str) -> Held:
    """A hand of each of these people, and what it holds: one of `HANDLED`."""
    kinds = generator.choice(3, len(shapes), p=HANDLED[handled])
    points, poses = np.empty((len(shapes), 21, 3)), np.zeros((len(shapes), 2, 4, 4))
    for kind, make in enumerate((_around_a_carton, _pinching_a_coin, _empty)):
        rows = np.flatnonzero(kinds == kind)
        if len(rows):
            points[rows], poses[rows] = make(generator, [shapes[int(row)] for row in rows])
    return Held(points, poses)


def _empty(generator: np.random.Generator, shapes: Sequence[HumanShape]) -> Held:
    return Held(forward(shapes, sample(generator, len(shapes))), np.zeros((len(shapes), 2, 4, 4)))


def _around_a_carton(generator: np.random.Generator, shapes: Sequence[HumanShape]) -> Held:
    """Around boxes, and one bottle in four; three hands in ten are on the way to it or away from it."""
    n = len(shapes)
    begin, end = _open_and_shut(generator, n)
    bottle = generator.random(n) < 0.25
    thing = _upright(generator, bottle)
    distance = functools.partial(outside, thing, bottle)
    for _ in range(4):
        inside = np.maximum(0.0, -_room(shapes, begin, distance))
        thing[:, :3, 3] += inside[:, None] * [0.8, 0.0, 0.6]  # away from the palm and the thumb's root
    angles = closed(shapes, begin, end, distance)
    share = np.where(generator.random(n) < 0.3, generator.random(n), 1.0)[:, None]
    angles = begin + share * (angles - begin) + np.radians(generator.normal(0.0, 2.0, angles.shape))
    thing[:, :3, 3] += (1.0 - share) * generator.uniform([0.0, -0.06, -0.02], [0.08, 0.06, 0.06], (n, 3))
    return Held(forward(shapes, angles), _slots(thing, bottle))


def _upright(generator: np.random.Generator, is_round: Array) -> Array:
    """Things in the grip region, long from the little finger's side to the thumb's, turned about that at random."""
    n = len(is_round)
    poses = np.tile(np.eye(4), (n, 1, 1))
    along = generator.choice([-1.0, 1.0], (n, 1)) * (_UP + generator.normal(0.0, 0.22, (n, 3)))
    size = CARTON * generator.uniform(0.8, 1.2, (n, 3))
    size[is_round, 1] = size[is_round, 0]
    poses[:, :3, :3] = frames_along(along, generator.normal(0.0, 1.0, (n, 3))) * size[:, None]
    poses[:, :3, 3] = generator.normal([0.045, 0.0, 0.085], [0.005, 0.03, 0.012], (n, 3))
    return poses


def _open_and_shut(generator: np.random.Generator, n: int) -> tuple[Array, Array]:
    begin, end = (
        np.radians([4.0, *thumb, *finger * 4]) for thumb, finger in ((_OPEN_THUMB, _OPEN), (_SHUT_THUMB, _SHUT))
    )
    spread = np.radians(generator.normal(0.0, 5.0, (n, 1, 1))) * np.array([1.0, 0.2, -0.6, -1.0])[:, None]
    noise = np.radians(generator.normal(0.0, 1.0, (2, n, 22))) * _LOOSE
    noise[..., 6:].reshape(2, n, 4, 4)[..., :1] = spread
    return begin + noise[0], end + noise[1]


def _room(shapes: Sequence[HumanShape], angles: Array, distance: Distance) -> Array:
    """How far (m) the palm and the open fingers are from the thing, (n,)."""
    points = forward(shapes, angles)
    share = np.array([0.15, 0.4, 0.7, 1.0])[:, None, None]
    palm = (points[:, None, :1] * (1 - share) + points[:, None, 5::4] * share).reshape(len(points), -1, 3)
    fingers = clearance(shapes, angles, distance).min((1, 2))
    return np.minimum(fingers, distance(palm).min(axis=1) - _SKIN)


def _pinching_a_coin(generator: np.random.Generator, shapes: Sequence[HumanShape]) -> Held:
    """Between the thumb and the finger that is nearest to it; in every second picture the palm that takes it."""
    n = len(shapes)
    points = forward(shapes, sample(generator, n, "pinch"))
    pads = points[:, 4::4] * 0.7 + points[:, 3::4] * 0.3
    thumb, fingers = pads[:, 0], pads[:, 1:]
    nearest = np.linalg.norm(fingers - thumb[:, None], axis=-1).argmin(axis=1)
    finger = fingers[np.arange(n), nearest]
    outward = points[:, 4] - points[:, 3]
    outward /= np.linalg.norm(outward, axis=-1, keepdims=True)
    coin = np.tile(np.eye(4), (n, 1, 1))
    coin[:, :3, :3] = frames_along(finger - thumb, outward) * COIN
    coin[:, :3, 3] = (thumb + finger) / 2 + outward * generator.uniform(0.0, 0.009, (n, 1))
    there = generator.random(n)[:, None, None] < 0.9
    taker = _beyond(generator, shapes, points, coin) * (generator.random(n)[:, None, None] < 0.5)
    return Held(points, np.stack([taker, coin * there], axis=1))


def _beyond(generator: np.random.Generator, shapes: Sequence[HumanShape], points: Array, coin: Array) -> Array:
    """The palms of others, before the fingers or beneath the hand, clear of it."""
    n = len(points)
    away = generator.normal([0.5, 0.0, 0.8], 0.4, (n, 3))
    away /= np.linalg.norm(away, axis=-1, keepdims=True)
    poses = np.tile(np.eye(4), (n, 1, 1))
    poses[:, :3, :3] = (
        frames_along(away + generator.normal(0.0, 0.3, (n, 3)), generator.normal(0.0, 1.0, (n, 3))) * _PALM
    )
    poses[:, :3, 3] = coin[:, :3, 3] + away * generator.uniform(0.015, 0.09, (n, 1))
    radii = np.stack([shape.radii for shape in shapes])
    for _ in range(4):
        inside = (radii - outside(poses, np.zeros(n, bool), points)).max(axis=1)
        poses[:, :3, 3] += away * np.maximum(0.0, inside)[:, None]
    return poses


def _slots(poses: Array, is_round: Array) -> Array:
    """Poses of THINGS of which each hand has one."""
    there = np.stack([~is_round, is_round], axis=1)[..., None, None]
    return np.where(there, poses[:, None], 0.0)


def outside(poses: Array, is_round: Array, points: Array) -> Array:
    """How far (m) points (n, m, 3) are outside of stretched cubes and cylinders."""
    size = np.linalg.norm(poses[:, :3, :3], axis=1)
    local = (points - poses[:, None, :3, 3]) @ (poses[:, :3, :3] / size[:, None])
    beyond = np.abs(local) - size[:, None]
    around = np.hypot(local[..., 0], local[..., 1]) - size[:, None, 0]
    sides = np.where(is_round[:, None, None], np.stack([around, around, beyond[..., 2]], -1), beyond)
    outside = np.where(is_round[:, None], np.hypot(*np.maximum(sides[..., 1:], 0).T).T, _length(np.maximum(sides, 0)))
    return outside + np.minimum(sides.max(axis=-1), 0.0)


def _length(vectors: Array) -> Array:
    length: Array = np.linalg.norm(vectors, axis=-1)
    return length
