"""Captures without pictures, for tests: hands that wave, a carton that is turned."""

from __future__ import annotations

import numpy as np

from hand_envs.captures import Capture, Captures
from hand_envs.poses.frames import REST

DOWN = np.array([0.0, 0.6, 0.8])
"""The camera looks down by 53 degrees."""
UPRIGHT = np.array([[1.0, 0.0, 0.0], [0.0, -0.8, -0.6], [0.0, 0.6, -0.8]])
"""The rotation of an object whose z axis points up."""


def turned(angle: float) -> np.ndarray:
    """A rotation about the camera's z axis."""
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])


def hands(frames: int, seed: int) -> np.ndarray:
    sway = 0.05 * np.sin(np.linspace(0.0, 3.0, frames))[:, None, None] * np.array([1.0, 0.5, -0.3])
    noise = np.random.default_rng(seed).normal(0.0, 5e-4, (21, 3))
    return REST @ np.diag([1.0, -1.0, -1.0]) + [0.01, 0.02, 0.45] + sway + noise


def poses(frames: int) -> np.ndarray:
    made = np.tile(np.eye(4), (frames, 1, 1))
    made[:, :3, :3] = [turned(angle) @ UPRIGHT for angle in np.linspace(0.0, 1.0, frames)]
    made[:, :3, 3] = np.linspace([0.0, 0.05, 0.5], [0.1, -0.02, 0.4], frames)
    return made


def capture(subject: int, take: int, split: str, frames: int = 5, objects: bool = True, **more) -> Capture:
    return Capture(
        name=f"Subject_{subject}/pour_juice_bottle/{take}",
        subject=f"Subject_{subject}",
        split=split,
        points={"gt": hands(frames, 10 * subject + take)},
        down=DOWN,
        objects=poses(frames) if objects else None,
        **more,
    )


def made(**more) -> Captures:
    """Of each split one or two, of different lengths."""
    rows = ((1, 1, "test", 4), (1, 2, "train", 5), (2, 2, "train", 6), (2, 4, "validation", 3), (7, 1, "others", 4))
    captures = tuple(capture(*row, **more) for row in rows)
    return Captures("pour_juice_bottle", captures, {"synthetic": True, "seed": 3})
