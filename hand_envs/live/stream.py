"""Frames as they come, made into a hand at every moment. Time is an argument: nothing here waits, or looks at a clock.

A frame is taken if it is newer than the last, not later than `HOLD` behind the fastest, of the hand that was seen
before, and tracked surely enough. A tracker that has lost a hand may go on sending the last it saw, so frames that
repeat to the bit are no news: a hand that lives trembles. `HOLD` seconds without news the hand is held, `LOST` seconds
and it is lost.

Between two frames the hand moves on straight lines: it reaches each frame one interval after it came.
"""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass

import numpy as np

from hand_envs.errors import PacketError
from hand_envs.live.bones import Bones
from hand_envs.live.packet import Frame
from hand_envs.live.turning import mixed
from hand_envs.live.whole import Whole

Array = np.ndarray

HOLD, LOST = 0.1, 0.3  # s without news
SHORTEST, LONGEST = 1 / 200, 1 / 15  # s between frames, as far as they are believed
AGREED = 1.0  # s: clocks whose fastest frame takes less are the same, or set to the same
_DELAYS = 256  # frames from which the sender's clock is told


@dataclass(frozen=True)
class Pose:
    """The hand at a moment."""

    phase: str
    """`waiting` (never seen), `live`, `held` or `lost`."""
    points: Array
    """In the palm's frame, the wrist at the origin (m), (21, 3)."""
    wrist: Array | None
    """Position (m) and quaternion w x y z in the sender's world; None where it is not known."""
    engaged: bool
    captured: float
    """When the newest of it was captured (s), by the receiver's clock as far as that can be told."""


@dataclass(frozen=True)
class _Seen:
    points: Array
    wrist: Array | None


class Stream:
    """What is known of a hand.

    Args:
        smooth: whether points and wrist go through a One Euro filter, which takes from a still hand its trembling.
    """

    def __init__(self, smooth: bool = False) -> None:
        self.counts: Counter[str] = Counter()
        """Frames by what became of them: taken, old, duplicate, late, repeated, untracked, unsure, impossible."""
        self.reason = ""
        """Why the last impossible frame was."""
        self._bones, self._whole = Bones(), Whole(smooth)
        self._frame: Frame | None = None
        self._from: _Seen | None = None
        self._to: _Seen | None = None
        self._arrived, self._captured = -np.inf, 0.0
        self._interval = LONGEST
        self._delays: deque[float] = deque(maxlen=_DELAYS)

    # --- frames in ------------------------------------------------------------------------------------------------

    def receive(self, frame: Frame, arrival: float) -> str:
        """Take a frame that arrived then, or say why it is not taken."""
        lost = self.phase(arrival) == "lost"
        if lost:  # the sender may have begun anew
            self._delays.clear()
        became = self._refused(frame, arrival, lost) or self._taken(frame.canonical(), arrival, lost)
        self.counts[became] += 1
        return became

    def _refused(self, frame: Frame, arrival: float, lost: bool) -> str:
        last = self._frame
        if last is not None and not lost:
            ahead = (frame.sequence - last.sequence) % 2**32
            if ahead == 0:
                return "duplicate"
            if ahead >= 2**31 or frame.time <= last.time:
                return "old"
        self._delays.append(arrival - frame.time)
        return "late" if self._delays[-1] - min(self._delays) > HOLD else ""

    def _taken(self, frame: Frame, arrival: float, lost: bool) -> str:
        last, self._frame = self._frame, frame
        if not frame.seen:
            return "unsure" if frame.tracked else "untracked"
        if last is not None and last.seen and _same(last, frame):
            return "repeated"
        try:
            self._bones.check(frame.points)
        except PacketError as error:
            self.reason = str(error)
            return "impossible"
        now = None if lost else self._at(arrival)
        if lost:
            self._whole.forget()
        self._to = _Seen(self._whole.hand(frame), self._whole.wrist(frame))
        self._from = now or self._to
        if last is not None and not lost:
            self._interval += 0.2 * (float(np.clip(frame.time - last.time, SHORTEST, LONGEST)) - self._interval)
        self._arrived, self._captured = arrival, frame.time
        return "taken"

    # --- the hand out ---------------------------------------------------------------------------------------------

    def phase(self, now: float) -> str:
        """`waiting`, `live`, `held` or `lost`."""
        if self._to is None:
            return "waiting"
        silent = now - self._arrived
        return "live" if silent <= HOLD else "held" if silent <= LOST else "lost"

    def at(self, now: float) -> Pose | None:
        """The hand now; None if none was ever seen."""
        seen = self._at(now)
        if seen is None or self._frame is None:
            return None
        captured = self._captured + self._offset()
        return Pose(self.phase(now), seen.points, seen.wrist, self._frame.engaged, captured)

    def _offset(self) -> float:
        """From the sender's clock to ours (s): none if they agree, else as if its fastest frame had taken no time."""
        fastest = min(self._delays)
        return 0.0 if 0.0 <= fastest < AGREED else fastest

    def _at(self, now: float) -> _Seen | None:
        before, after = self._from, self._to
        if before is None or after is None:
            return None
        share = min(max((now - self._arrived) / self._interval, 0.0), 1.0)
        points = before.points + share * (after.points - before.points)
        if before.wrist is None or after.wrist is None:
            return _Seen(points, after.wrist)
        return _Seen(points, mixed(before.wrist, after.wrist, share))


def _same(one: Frame, other: Frame) -> bool:
    return np.array_equal(one.points, other.points, equal_nan=True) and np.array_equal(one.wrist, other.wrist)
