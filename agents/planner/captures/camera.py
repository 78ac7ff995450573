"""A camera that a person wears: where it stands, how it sways, and what of the world it sees."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from agents.planner.captures.turning import X, Y, Z, about
from hand_envs.images.cropping import SR300

Array = np.ndarray

DISTANCE = (0.45, 0.7)  # m to the middle of what happens
BELOW = np.radians((25.0, 50.0))  # how far below the horizon it looks
ASIDE = np.radians((-35.0, 35.0))  # from behind the hand, to either side
ROLL = np.radians((-6.0, 6.0))
SWAY = 0.002  # m, standard deviation, of a body that breathes and stands
NOD = np.radians(0.2)
MARGIN = 25.0  # pixels to the edge of the picture
NEAREST = 0.2  # m
FARTHER = 0.05  # m to step back by when the picture is too small
ACROSS = np.radians(40.0)  # that a camera looks past the forearm, if it can
DRAWN = 12  # cameras to choose from
WIDTH, HEIGHT = 640, 480
WRIST, KNUCKLE = 0, 9  # the middle finger's


@dataclass(frozen=True)
class Worn:
    """Where a camera is in each frame.

    Args:
        turn: from the world's axes to its own, (frames, 3, 3).
        place: in the world (m), (frames, 3).
    """

    turn: Array
    place: Array

    @property
    def down(self) -> Array:
        """Where gravity pulls, as the first frame sees it, (3,)."""
        down: Array = -self.turn[0, :, 2]
        return down / np.linalg.norm(down)

    def sees(self, points: Array) -> Array:
        """Points (frames, ..., 3) of the world in the camera's frame."""
        flat = points.reshape(len(points), -1, 3) - self.place[:, None]
        seen: Array = (flat @ self.turn.swapaxes(1, 2)).reshape(points.shape)
        return seen

    def sees_poses(self, pos: Array, turn: Array) -> Array:
        """Poses (frames, 4, 4) in the camera's frame of a thing at `pos` (frames, 3), turned by `turn`."""
        poses = np.tile(np.eye(4), (len(pos), 1, 1))
        poses[:, :3, :3] = self.turn @ turn
        poses[:, :3, 3] = self.sees(pos)
        return poses


def worn(rng: np.random.Generator, hands: Array, things: Array) -> Worn:
    """The camera of a person who looks along the world's y, with all points (frames, k, 3) of both in its picture.

    The forearm hides the hand as little as it can: of some cameras the first is taken that looks past it well.
    """
    frames = len(hands)
    points = np.concatenate([hands, things], axis=1)
    middle = 0.5 * (points.min(axis=(0, 1)) + points.max(axis=(0, 1)))
    turns = [_looking(rng.uniform(*ASIDE), rng.uniform(*BELOW), rng.uniform(*ROLL)) for _ in range(DRAWN)]
    turn = max(turns, key=lambda each: min(_across(each, hands), ACROSS))
    distance = rng.uniform(*DISTANCE)
    nod = about(X, NOD * _swaying(rng, frames)) @ about(Y, NOD * _swaying(rng, frames))
    sway = np.stack([SWAY * _swaying(rng, frames) for _ in range(3)], axis=-1)
    while True:
        camera = Worn(nod @ turn, middle - distance * turn[2] + sway)
        if _within(camera.sees(points)):
            return camera
        distance += FARTHER


def _across(turn: Array, hands: Array) -> float:
    """The least angle (rad) between where a camera looks and where the hand points."""
    along = hands[:, KNUCKLE] - hands[:, WRIST]
    cosine = along @ turn[2] / np.linalg.norm(along, axis=-1)
    return float(np.arccos(np.clip(cosine, -1.0, 1.0)).min())


def _looking(aside: float, below: float, roll: float) -> Array:
    """From the world to a camera: its x to the right, y down, z ahead."""
    level = np.stack([X, -Z, Y])
    turned: Array = about(Z, np.array(-roll)) @ about(X, np.array(below)) @ level @ about(Z, np.array(aside)).T
    return turned


def _swaying(rng: np.random.Generator, frames: int, rate: float = 30.0) -> Array:
    """Slow waves of unit deviation that start at 0, (frames,)."""
    frequency, phase = rng.uniform(0.15, 0.8, 4), rng.uniform(0.0, 2 * np.pi, 4)
    waves = np.sin(2 * np.pi * frequency * np.arange(frames)[:, None] / rate + phase).sum(axis=1) / np.sqrt(2.0)
    swaying: Array = waves - waves[0]
    return swaying


def _within(points: Array) -> bool:
    pixels = SR300.project(points)
    inside = (pixels > MARGIN) & (pixels < np.array([WIDTH, HEIGHT]) - MARGIN)
    return bool(inside.all() and points[..., 2].min() > NEAREST)
