"""What is retargeted: tracked hands, made hands, and the robot's own poses."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hand_envs.errors import DatasetError
from hand_envs.files.reading import read_npz, reading
from hand_envs.poses.conventions import shaped
from hand_envs.poses.human import forward, subject, walk
from hand_envs.poses.retargeting import Kinematics

Array = np.ndarray

RATE = 30.0  # frames a second
_MOST_BYTES = 2**28
_WAVES = (0.05, 0.4)  # Hz, of the robot's own motion


@dataclass(frozen=True, eq=False)
class Poses:
    """A sequence of frames.

    Attributes:
        name: short.
        points: right hands, (n, 21, 3) in m.
        angles: of the robot hand that stood for them, (n, joints) in rad, where it did.
        about: what they are.
    """

    name: str
    points: Array
    angles: Array | None = None
    about: str = ""


def tracked(file: Path) -> Poses:
    """Frames from a file: `joints`, (n, 21, 3) in m, canonical."""
    with reading(file):
        found = read_npz(file, _MOST_BYTES)
        if "joints" not in found:
            raise DatasetError(f"It has no array `joints` (n, 21, 3); it has {', '.join(sorted(found)) or 'none'}.")
        points = shaped(found["joints"])
    return Poses("tracked", points, about=f"{len(points)} frames of a person's right hand, tracked by a camera")


def made(frames: int, seed: int = 0) -> Poses:
    """A virtual person's hand going from one natural pose to another."""
    generator = np.random.default_rng(seed)
    points = forward(subject(seed), walk(generator, frames, rate=RATE))
    return Poses("made", points, about=f"{frames} frames of a virtual person going from pose to pose")


def reachable(kinematics: Kinematics, frames: int, seed: int = 0) -> Poses:
    """The robot's own points while its joints swing slowly, each over its range.

    What moves a knuckle (a little finger's metacarpal) stays: the palm would not be found where it is.
    """
    generator = np.random.default_rng(seed)
    frequency = generator.uniform(*_WAVES, len(kinematics.joints))
    phase = generator.uniform(0.0, 2.0 * np.pi, len(kinematics.joints))
    swing = 0.5 + 0.5 * np.sin(2.0 * np.pi * frequency * np.arange(frames)[:, None] / RATE + phase)
    angles = kinematics.least + swing * (kinematics.most - kinematics.least)
    still = np.ones(len(kinematics.joints), dtype=bool)
    still[kinematics.columns[kinematics.used]] = False
    still |= np.abs(kinematics.jacobian(kinematics.forward(angles[:1]))[0, 1:, 0]).max(axis=(0, 1)) > 1e-9
    angles = np.where(still, kinematics.rest, angles)
    about = f"{frames} frames of the robot's own points, its joints swinging over their ranges"
    return Poses("reachable", kinematics.forward(angles).points, angles, about)
