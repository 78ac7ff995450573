"""Captures in the world of a task: z is up, and the thing handled starts where the task has it start."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np

from hand_envs.captures import Capture, Captures
from hand_envs.core.measures import quaternion_from_matrix
from hand_envs.errors import DatasetError, choices
from hand_envs.hands.mpl import MPL, mpl_scene
from hand_envs.poses.filters import OneEuro
from hand_envs.poses.placing import Placing

Array = np.ndarray

THUMB_TIP, FORE_TIP = 4, 8
SMOOTH = OneEuro(cutoff=2.0, beta=10.0)
"""The filter that estimated hands go through, and with them every method."""

_TINY = 1e-9


@dataclass(frozen=True)
class Clips:
    """Captures laid side by side, the last frame of a shorter one repeated.

    Args:
        lengths: frames, (captures,).
        hands: the 21 points that are seen, (captures, frames, 21, 3) in m, as all that follows.
        annotated: where the hand truly was, of the same shape; the same where nothing else is known.
        wrist_pos: where that has the hand model's wrist, (captures, frames, 3).
        wrist_quat: and how it is turned, (captures, frames, 4).
        object_pos: where the object starts, (captures, 3).
        object_quat: and how it is turned, (captures, 4).
        features: what the estimator says of each image besides, (captures, frames, width); None if not kept.
        turn: from the camera's frame to the world, (captures, 3, 3).
    """

    lengths: Array
    hands: Array
    annotated: Array
    wrist_pos: Array
    wrist_quat: Array
    object_pos: Array
    object_quat: Array
    features: Array | None
    turn: Array

    @classmethod
    def of(cls, captures: Captures, seen: str, start: Array) -> Clips:
        """Those of `captures`, whose objects start at `start` in the world; `seen` is the kind of points used."""
        lengths = np.array([len(capture) for capture in captures])
        turns, shifts = (np.stack(part) for part in zip(*(_world(each, start) for each in captures), strict=True))
        frames = np.minimum(np.arange(lengths.max()), lengths[:, None] - 1)

        def placed(kind: str) -> Array:
            points = [_points(each, kind)[rows] for each, rows in zip(captures, frames, strict=True)]
            return np.stack(points) @ turns.swapaxes(1, 2)[:, None] + shifts[:, None, None]

        hands = placed(seen)
        if seen == "est":
            smooth = [SMOOTH.sequence(hand, 1.0 / each.rate) for hand, each in zip(hands, captures, strict=True)]
            hands = np.stack(smooth)
        pos, quat = _placing().wrist_pose(hands.reshape(-1, 21, 3))
        object_pos, object_quat = zip(*map(_object, captures, hands, turns, shifts), strict=True)
        return cls(
            lengths=lengths,
            hands=hands,
            annotated=placed("gt") if all("gt" in each.points for each in captures) else hands,
            wrist_pos=pos.reshape(*frames.shape, 3),
            wrist_quat=quat.reshape(*frames.shape, 4),
            object_pos=np.stack(object_pos),
            object_quat=np.stack(object_quat),
            features=_features(captures, frames),
            turn=turns,
        )

    def __len__(self) -> int:
        return len(self.lengths)


def _points(capture: Capture, kind: str) -> Array:
    if kind not in capture.points:
        raise DatasetError(f"{capture.name} has no such points: {choices(kind, capture.points)}")
    return capture.points[kind]


def _world(capture: Capture, start: Array) -> tuple[Array, Array]:
    """Turn and shift from the camera's frame to the world: z up, y where the camera looks."""
    up = -capture.down
    ahead = np.array([0.0, 0.0, 1.0]) if abs(up[2]) < 0.9 else np.array([0.0, -1.0, 0.0])
    right = np.cross(ahead, up)
    right /= np.linalg.norm(right)
    turn = np.stack([right, np.cross(up, right), up])
    return turn, start - turn @ _start(capture)


def _start(capture: Capture) -> Array:
    """Where the object is at first, in the camera's frame: between thumb and fore finger if nobody knows better."""
    if capture.objects is not None:
        return capture.objects[0, :3, 3]
    hand = capture.points["gt" if "gt" in capture.points else "est"][0]
    return 0.5 * (hand[THUMB_TIP] + hand[FORE_TIP])


def _object(capture: Capture, hands: Array, turn: Array, shift: Array) -> tuple[Array, Array]:
    """Where the object is at first and how it is turned, in the world.

    Where the capture does not say, it is between the tips of thumb and fore finger as they are seen, its z along them.
    """
    if capture.objects is not None:
        first = capture.objects[0]
        return turn @ first[:3, 3] + shift, _quaternion(turn @ first[:3, :3])
    thumb, fore = hands[0, THUMB_TIP], hands[0, FORE_TIP]
    across = (thumb - fore) / max(float(np.linalg.norm(thumb - fore)), _TINY)
    beside = np.cross(across, np.eye(3)[np.abs(across).argmin()])
    beside /= np.linalg.norm(beside)
    return 0.5 * (thumb + fore), _quaternion(np.stack([beside, np.cross(across, beside), across], axis=1))


def _features(captures: Captures, frames: Array) -> Array | None:
    """What the estimator says of each image besides, where that was kept of all."""
    kept = [each.features for each in captures]
    if any(features is None for features in kept):
        return None
    return np.stack([features[rows] for features, rows in zip(kept, frames, strict=True)])  # type: ignore[index]


def _quaternion(matrix: Array) -> Array:
    quat: Array = quaternion_from_matrix(matrix.reshape(1, 9))[0]
    return quat


@functools.cache
def _placing() -> Placing:
    return Placing(MPL, mpl_scene().compile())
