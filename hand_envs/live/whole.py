"""A tracked hand made whole, and if asked for smooth: joints that were not seen, a wrist that trembles."""

from __future__ import annotations

import numpy as np

from hand_envs.live.packet import Frame
from hand_envs.poses.filters import OneEuro
from hand_envs.poses.frames import aligned
from hand_envs.poses.repair import Repair

Array = np.ndarray

CUTOFF, BETA = 3.0, 20.0
"""Hz, and Hz at 1 m/s: a still hand's trembling is halved, one at 0.2 m/s lags by 23 ms."""


class Whole:
    """Hands in their palm's frame and wrists, frame by frame.

    Args:
        smooth: whether they are filtered.
    """

    def __init__(self, smooth: bool) -> None:
        self.smooth = smooth
        self._repair, self._filter = Repair(), OneEuro(CUTOFF, BETA)
        self.forget()

    def forget(self) -> None:
        """The next frame is the first."""
        self._time: float | None = None
        self._hand, self._points = self._repair.memory(1), self._filter.memory(1)
        self._position, self._turn = self._filter.memory(1, (1, 3)), self._filter.memory(1, (1, 4))
        self._elapsed, self._waited = 0.0, 0.0

    def hand(self, frame: Frame) -> Array:
        """The 21 points in the palm's frame (m)."""
        self._elapsed = 0.0 if self._time is None else frame.time - self._time
        self._time = frame.time
        found: Array = aligned(self._repair(frame.points[None], self._elapsed, self._hand))
        return self._filter(found, self._elapsed, self._points)[0] if self.smooth else found[0]

    def wrist(self, frame: Frame) -> Array | None:
        """The wrist of the frame that `hand` was asked of; None where it is not known."""
        self._waited += self._elapsed
        if not frame.wrist_known:
            return None
        if not self.smooth:
            return frame.wrist
        waited, self._waited = self._waited, 0.0
        last = self._turn["value"][0, 0]
        turn = frame.wrist[3:] if np.dot(frame.wrist[3:], last) >= 0 else -frame.wrist[3:]
        position = self._filter(frame.wrist[None, None, :3], waited, self._position)[0, 0]
        turned = self._filter(turn[None, None], waited, self._turn)[0, 0]
        return np.concatenate([position, turned / max(float(np.linalg.norm(turned)), 1e-9)])
