"""One frame of a hand on the wire: a datagram of fixed layout, numbers only.

Little-endian, without gaps: 28 bytes of header, n points of three float32 (m), seven float32 of the wrist.

| bytes | type | |
|---|---|---|
| 0 | 4 characters | `HAND` |
| 4 | u8 | version, 1 |
| 5 | u8 | side: 0 right, 1 left |
| 6 | u8 | convention of the points, its place in `ON_THE_WIRE` |
| 7 | u8 | n, the number of points of that convention |
| 8 | u8 | flags: 1 the hand is tracked, 2 the wrist's pose is known, 4 the hand is engaged (clutch) |
| 9 | 3 x u8 | 0 |
| 12 | u32 | sequence number, by one more each frame; it may wrap around |
| 16 | f64 | when it was captured (s), by any clock of the sender's; Unix time tells the delay too |
| 24 | f32 | confidence, 0 to 1; below 0.5 the hand counts as not tracked, so 1 from trackers that do not tell |
| 28 | 3n x f32 | the points (m), in any frame |
| 28 + 12n | 7 x f32 | the wrist: position (m) and orientation, a unit quaternion w x y z |

The wrist's world has z up; its orientation is that of the palm's frame: x out of the palm, z from the wrist to the
middle finger's knuckle. Where its pose is not known, it is 0 0 0 1 0 0 0.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace

import numpy as np

from hand_envs.errors import OptionError, PacketError, choices
from hand_envs.poses.conventions import CONVENTIONS, to_canonical

Array = np.ndarray

MAGIC, VERSION = b"HAND", 1
ON_THE_WIRE = ("canonical", "openxr", "webxr", "visionpro", "visionpro27", "mano")
"""Conventions by their number in a packet; new ones are added behind."""
SIDES = ("right", "left")
TRACKED, WRIST, ENGAGED = 1, 2, 4
SURE = 0.5
"""Confidence below which a hand counts as not tracked: what MediaPipe's own thresholds are unless set otherwise."""
FARTHEST = 100.0  # m, of a coordinate
LATEST = 1e11  # s, of a time of capture
MOST_BYTES = 1024
"""Bytes that no packet reaches."""

_HEADER = struct.Struct("<4s5B3xIdf")
_POSE_BYTES = 7 * 4
_NO_WRIST = (0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0)


@dataclass(frozen=True)
class Frame:
    """A hand at a moment."""

    points: Array
    """In m, as many as the convention has, (n, 3)."""
    wrist: Array
    """Position (m) and quaternion w x y z, (7,)."""
    time: float
    """Of the capture (s), by the sender's clock."""
    sequence: int = 0
    side: str = "right"
    convention: str = "canonical"
    tracked: bool = True
    wrist_known: bool = True
    engaged: bool = True
    confidence: float = 1.0
    """Of the tracker, 0 to 1; 1 from those that do not tell."""

    @property
    def seen(self) -> bool:
        """Whether there is a hand to follow: tracked, and that surely enough."""
        return self.tracked and self.confidence >= SURE

    def canonical(self) -> Frame:
        """The same hand as 21 canonical points of a right one: a left one in the mirror."""
        points, wrist = to_canonical(self.points, self.convention), self.wrist
        if self.side == "left":
            points = points * (1.0, -1.0, 1.0)
            wrist = wrist * (1.0, -1.0, 1.0, 1.0, -1.0, 1.0, -1.0)
        return replace(self, points=points, wrist=wrist, side="right", convention="canonical")


def encode(frame: Frame) -> bytes:
    """The packet of a frame; an OptionError for a frame that no receiver would take."""
    if frame.convention not in ON_THE_WIRE:
        raise OptionError(f"Unknown convention of a packet: {choices(frame.convention, ON_THE_WIRE)}")
    if frame.side not in SIDES:
        raise OptionError(f"Unknown side: {choices(frame.side, SIDES)}")
    points, wrist = np.asarray(frame.points, "<f4"), np.asarray(frame.wrist, "<f4")
    needed = (len(CONVENTIONS[frame.convention].joints), 3)
    if points.shape != needed or wrist.shape != (7,):
        raise OptionError(f"A frame has points {needed} and a wrist (7,), got {points.shape} and {wrist.shape}.")
    flags = TRACKED * frame.tracked | WRIST * frame.wrist_known | ENGAGED * frame.engaged
    kind = SIDES.index(frame.side), ON_THE_WIRE.index(frame.convention), len(points)
    header = _HEADER.pack(MAGIC, VERSION, *kind, flags, frame.sequence % 2**32, frame.time, frame.confidence)
    return header + points.tobytes() + wrist.tobytes()


def decode(packet: bytes) -> Frame:
    """The frame in a packet; a PacketError says what is wrong with anything else."""
    if len(packet) < _HEADER.size:
        raise PacketError(f"A packet has at least {_HEADER.size} bytes, this one {len(packet)}.")
    magic, version, side, convention, n, flags, sequence, time, confidence = _HEADER.unpack_from(packet)
    if magic != MAGIC or version != VERSION:
        raise PacketError(f"Expected {MAGIC!r} of version {VERSION}, got {magic!r} of version {version}.")
    if side >= len(SIDES) or convention >= len(ON_THE_WIRE) or flags >= 8 or any(packet[9:12]):
        raise PacketError(f"There is no side {side}, convention {convention} or flags {flags} ({packet[9:12].hex()}).")
    needed = len(CONVENTIONS[ON_THE_WIRE[convention]].joints)
    if n != needed or len(packet) != _HEADER.size + 12 * n + _POSE_BYTES:
        raise PacketError(f"{ON_THE_WIRE[convention]} has {needed} points; got {n} in {len(packet)} bytes.")
    with np.errstate(invalid="ignore"):  # NaN is refused below
        numbers = np.frombuffer(packet, "<f4", offset=_HEADER.size).astype(np.float64)
    _expect_sane(numbers, time, confidence)
    return Frame(
        numbers[:-7].reshape(n, 3),
        _wrist(numbers[-7:], known := bool(flags & WRIST)),
        time,
        sequence,
        SIDES[side],
        ON_THE_WIRE[convention],
        bool(flags & TRACKED),
        known,
        bool(flags & ENGAGED),
        confidence,
    )


def _expect_sane(numbers: Array, time: float, confidence: float) -> None:
    if not (np.abs(numbers) <= FARTHEST).all():  # which NaN is not either
        raise PacketError(f"A coordinate is not finite, or beyond {FARTHEST} m.")
    if not 0 <= time <= LATEST:
        raise PacketError(f"It was captured at {time} s; expected 0 to {LATEST:g}.")
    if not 0 <= confidence <= 1:
        raise PacketError(f"Its confidence is {confidence}; expected 0 to 1.")


def _wrist(numbers: Array, known: bool) -> Array:
    """The wrist's pose, its quaternion of length 1."""
    if not known:
        return np.array(_NO_WRIST)
    length = float(np.linalg.norm(numbers[3:]))
    if abs(length - 1) > 0.05:
        raise PacketError(f"The wrist's quaternion has length {length:.3g}; expected 1.")
    return np.concatenate([numbers[:3], numbers[3:] / length])
