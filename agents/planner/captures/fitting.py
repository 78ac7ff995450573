"""A planned hand as a person's: the human skeleton that comes nearest to a sequence of 21 points.

Each frame has 28 unknowns x: the 22 angles of `hand_envs.poses.human`, a turn of the palm and its place. They minimise

    E(x) = sum_j w_j |p_j(x) - z_j|^2 + a |angles - calm|^2

by damped Gauss-Newton, all frames at once. Angles stay in a person's range, bones have the person's lengths at any x.
"""

from __future__ import annotations

import numpy as np

from hand_envs.poses.conventions import BASES, TIPS
from hand_envs.poses.frames import best_rotation
from hand_envs.poses.human import HIGH, LOW, HumanShape, forward

Array = np.ndarray

ANGLES = len(LOW)
CALM = 0.7 * np.clip(0.0, LOW, HIGH) + 0.3 * (LOW + HIGH) / 2
CALM_WEIGHT = 2e-5  # a, m^2/rad^2
TIP_WEIGHT = 9.0  # w_j of fingertips, which stay where they hold; of other points 1
ITERATIONS = 25

_DIFFERENCE = 1e-5  # rad, for derivatives
_DAMPING = 1e-5  # m^2/rad^2
_KERNEL = np.array([1.0, 4.0, 6.0, 4.0, 1.0]) / 16.0  # of frames: annotations come from sensors that are filtered
_REACH = 0.1  # m by which a palm's place counts as a radian of its angles


def fitted(shape: HumanShape, points: Array) -> Array:
    """The 21 points of this person's hand nearest to `points` of another, smoothed in time, (frames, 21, 3) m."""
    points = _smoothed(points)
    angles = np.repeat(CALM[None], len(points), axis=0)
    turn, place = _palm(forward(shape, CALM)[0], points)
    for _ in range(ITERATIONS):
        hands = _turned(forward(shape, angles), turn)
        away = points - place[:, None] - hands
        step = _step(_derivatives(shape, angles, turn, hands), away, CALM - angles)
        angles = np.clip(angles + step[:, :ANGLES], LOW, HIGH)
        turn = _turns(step[:, ANGLES : ANGLES + 3]) @ turn
        place = place + _REACH * step[:, ANGLES + 3 :]
    return _turned(forward(shape, angles), turn) + place[:, None]


def _smoothed(points: Array) -> Array:
    around = len(_KERNEL) // 2
    padded = np.concatenate([points[:1].repeat(around, axis=0), points, points[-1:].repeat(around, axis=0)])
    smoothed: Array = sum(share * padded[at : at + len(points)] for at, share in enumerate(_KERNEL))
    return smoothed


def _palm(hand: Array, points: Array) -> tuple[Array, Array]:
    """Turns and places that bring wrist and knuckles of a hand to those of `points`."""
    before, after = hand[list(BASES)], points[:, BASES]
    centre = before.mean(axis=0)
    turn = best_rotation(before - centre, after - after.mean(axis=1, keepdims=True))
    return turn, after.mean(axis=1) - turn @ centre


def _derivatives(shape: HumanShape, angles: Array, turn: Array, hands: Array) -> Array:
    """Of the points by the unknowns, (frames, 63, 28)."""
    moved = (angles[:, None] + _DIFFERENCE * np.eye(ANGLES)).reshape(-1, ANGLES)
    moved = forward(shape, moved).reshape(len(angles), ANGLES, 21, 3) @ turn.swapaxes(1, 2)[:, None]
    by_angles = (moved - hands[:, None]) / _DIFFERENCE
    by_turn = np.stack([np.cross(axis, hands) for axis in np.eye(3)], axis=1)
    by_place = np.broadcast_to(_REACH * np.eye(3)[:, None], (len(angles), 3, 21, 3))
    together = np.concatenate([by_angles, by_turn, by_place], axis=1)
    return together.reshape(len(angles), -1, 63).swapaxes(1, 2)


def _step(jacobian: Array, away: Array, to_calm: Array) -> Array:
    """The damped Gauss-Newton step, (frames, 28)."""
    weights = np.ones(21)
    weights[list(TIPS)] = TIP_WEIGHT
    weighted = jacobian * np.repeat(weights, 3)[:, None]
    prior = np.concatenate([np.full(ANGLES, CALM_WEIGHT), np.zeros(6)])
    normal = weighted.swapaxes(1, 2) @ jacobian + np.diag(prior + _DAMPING)
    slope = np.einsum("fpx,fp->fx", weighted, away.reshape(len(away), 63))
    slope[:, :ANGLES] += CALM_WEIGHT * to_calm
    step: Array = np.linalg.solve(normal, slope[..., None])[..., 0]
    return step


def _turns(vectors: Array) -> Array:
    """Rotation matrices of rotation vectors (n, 3), by Rodrigues' formula."""
    angle = np.linalg.norm(vectors, axis=1)[:, None, None]
    x, y, z = vectors.T
    zero = np.zeros_like(x)
    cross = np.stack([zero, -z, y, z, zero, -x, -y, x, zero], axis=-1).reshape(-1, 3, 3)
    turns: Array = (
        np.eye(3) + np.sinc(angle / np.pi) * cross + 0.5 * np.sinc(angle / (2 * np.pi)) ** 2 * (cross @ cross)
    )
    return turns


def _turned(hands: Array, turn: Array) -> Array:
    turned: Array = hands @ turn.swapaxes(1, 2)
    return turned
