"""What a planned hand is told to do: where its wrist goes and what its fingers aim at, frame by frame."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hand_envs.core.measures import quaternion_from_matrix
from hand_envs.hands.mpl import MPL

Array = np.ndarray

JOINTS = {name: number for number, name in enumerate(MPL.joints)}
LONG_FINGERS = ("index", "middle", "ring", "pinky")


@dataclass(frozen=True)
class Scripts:
    """Many tries of one take.

    Args:
        wrist_pos: (tries, frames, 3) m, z up.
        wrist_turn: (tries, frames, 3, 3), from the palm's axes to the world's.
        fingers: what the hand's 23 servos aim at (rad), (tries, frames, 23).
        object_pos: where the thing handled is at first, (tries, 3) m.
        object_quat: how it is turned then, (tries, 4).
        held_from: the frame from which the thing is to be in the hand, (tries,).
        held_until: the frame from which it need not be any more.
        box_pos: where the other person's palm is, if there is one, (tries, 3) m.
    """

    wrist_pos: Array
    wrist_turn: Array
    fingers: Array
    object_pos: Array
    object_quat: Array
    held_from: Array
    held_until: Array
    box_pos: Array | None = None

    @property
    def frames(self) -> int:
        """Of each try."""
        return self.fingers.shape[1]

    @property
    def wrist_quat(self) -> Array:
        """(tries, frames, 4)."""
        return quaternion_from_matrix(self.wrist_turn.reshape(-1, 9)).reshape(*self.wrist_pos.shape[:2], 4)


def uniform(rng: np.random.Generator, tries: int, low: float, high: float) -> Array:
    """A number for each try."""
    return rng.uniform(low, high, tries)


def posture(rng: np.random.Generator, tries: int, ranges: dict[str, tuple[float, float]]) -> Array:
    """Joint angles drawn from ranges (rad), (tries, 23); joints of all four fingers are called `finger_MCP` and so on.

    Fingers do the same, but for a tenth of the range.
    """
    angles = np.zeros((tries, len(JOINTS)))
    for name, (low, high) in ranges.items():
        drawn = uniform(rng, tries, low, high)
        names = [name.replace("finger", each) for each in LONG_FINGERS] if name.startswith("finger") else [name]
        for each in names:
            angles[:, JOINTS[each]] = drawn + 0.1 * (high - low) * rng.normal(size=tries)
    return angles
