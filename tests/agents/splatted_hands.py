"""Hands as an estimator sees them, without GL: balls along the bones, as depth on a grid."""

from __future__ import annotations

import numpy as np

from agents.estimator.crops import Crops
from hand_envs.images.cropping import windows
from hand_envs.images.views import rotations
from hand_envs.poses.human import forward, sample, subject

Array = np.ndarray
SIDE = 0.25
"""Of the cubes (m)."""
_PARENTS = np.array([0, *(0 if joint % 4 == 1 else joint - 1 for joint in range(1, 21))])
_RADIUS = 0.009  # m
_ALONG = np.linspace(0, 1, 5)[:, None]


def points(generator: np.random.Generator, count: int) -> Array:
    """Hands of twenty people in all directions, their middle knuckles at the origin, (count, 21, 3)."""
    people = [subject(int(seed)) for seed in generator.integers(20, size=count)]
    hands = forward(people, sample(generator, count))
    return np.einsum("nij,nkj->nki", rotations(generator, count, "sphere"), hands - hands[:, 9:10])


def depth(hands: Array, centres: Array, side: float, size: int) -> Array:
    """Crops of hands in the camera's frame, (n, size, size) from -1 to 1, +1 where nothing is."""
    ends, starts = hands[:, 1:, None], hands[:, _PARENTS[1:], None]
    balls = (starts + _ALONG * (ends - starts)).reshape(len(hands), -1, 3)
    left, right, top, bottom = windows(centres, side).T
    step = (np.arange(size) + 0.5) / size
    found = np.empty((len(hands), size, size), np.float32)
    for index, ball in enumerate(balls):
        x, y, z = ball.T
        off = np.stack([left[index] + (right - left)[index] * step, top[index] + (bottom - top)[index] * step])
        off = off[..., None] * centres[index, 2] - np.stack([x, y])[:, None] / z * centres[index, 2]
        inside = _RADIUS**2 - off[1, :, None] ** 2 - off[0, None] ** 2
        nearest = np.where(inside > 0, z - np.sqrt(np.maximum(inside, 0)), np.inf).min(axis=-1)
        found[index] = np.clip((nearest - centres[index, 2]) / (side / 2), -1, 1)
    return found


def crops(seed: int, count: int, size: int = 64, off: float = 0.006) -> Crops:
    """Hands half a metre off, about the middle finger's knuckle."""
    draw = np.random.default_rng(seed)
    hands = points(draw, count) + draw.uniform([-0.1, -0.1, 0.4], [0.1, 0.1, 0.7], (count, 1, 3))
    centres = hands[:, 9] + draw.normal(0, off, (count, 3))
    return Crops(depth(hands, centres, SIDE, size), hands, centres, np.full(count, SIDE))
