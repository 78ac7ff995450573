"""What is asked of servos, and what they answer."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hand_envs.hardware.codec import (
    BROADCAST,
    CLEAR,
    FAST_SYNC_READ,
    PING,
    READ,
    REBOOT,
    STATUS,
    SYNC_READ,
    SYNC_WRITE,
    WRITE,
    Packet,
    encode,
)

ALERT = 0x80
"""The bit of a status that tells of a hardware error, whatever came of the instruction."""
CODES = {
    1: "it could not be done",
    2: "there is no such instruction",
    3: "its CRC was wrong",
    4: "the value is out of range",
    5: "the data is too short for the register",
    6: "the value is beyond a limit that is set in the servo",
    7: "the register cannot be accessed: it is read-only, or locked while torque is on",
}
RESULT, INSTRUCTION, CRC, RANGE, LENGTH, LIMIT, ACCESS = CODES
_KEY_OF_CLEAR = b"\x01DXL\x22"


def ping(id: int = BROADCAST) -> bytes:
    """Who is there?"""
    return encode(id, PING)


def read(id: int, address: int, size: int) -> bytes:
    """What is at this address?"""
    return encode(id, READ, struct.pack("<HH", address, size))


def write(id: int, address: int, data: bytes) -> bytes:
    """Put this there."""
    return encode(id, WRITE, struct.pack("<H", address) + data)


def reboot(id: int) -> bytes:
    """Begin anew, as if power had been cut."""
    return encode(id, REBOOT)


def clear(id: int) -> bytes:
    """Forget whole turns: the position goes back into the first one."""
    return encode(id, CLEAR, _KEY_OF_CLEAR)


def sync_read(ids: Sequence[int], address: int, size: int, fast: bool = False) -> bytes:
    """What has each of these at this address? `fast` asks for one answer from all."""
    return encode(BROADCAST, FAST_SYNC_READ if fast else SYNC_READ, struct.pack("<HH", address, size) + bytes(ids))


def sync_write(address: int, size: int, data: Mapping[int, bytes]) -> bytes:
    """Put this there, in each its own."""
    rows = b"".join(bytes([id]) + values for id, values in data.items())
    return encode(BROADCAST, SYNC_WRITE, struct.pack("<HH", address, size) + rows)


@dataclass(frozen=True)
class Status:
    """What a servo answered."""

    id: int
    error: int
    data: bytes

    @property
    def alert(self) -> bool:
        """Whether its register of hardware errors is not 0."""
        return bool(self.error & ALERT)

    @property
    def code(self) -> int:
        """Why the instruction was refused, of `CODES`; 0 if it was not."""
        return self.error & ~ALERT

    @staticmethod
    def of(packet: Packet) -> Status | None:
        """None for what is no answer of one servo."""
        if packet.instruction != STATUS or packet.id == BROADCAST:
            return None
        content = packet.parameters
        return Status(packet.id, content[0], content[1:]) if content else None


def status(id: int, error: int, data: bytes = b"") -> bytes:
    """An answer, as servos send it."""
    return encode(id, STATUS, bytes([error]) + data)


def fast_answers(packet: Packet, ids: Sequence[int], size: int) -> list[Status] | None:
    """The answers of all in one: error, id, data and a CRC of everything up to there, for each; None for what is none.

    The packet's own CRC is the last of these, and covers the others.
    """
    rows = packet.stuffed + b"\0\0"
    if packet.instruction != STATUS or packet.id != BROADCAST or len(rows) != len(ids) * (size + 4):
        return None
    each = [rows[start : start + size + 2] for start in range(0, len(rows), size + 4)]
    answers = [Status(row[1], row[0], row[2:]) for row in each]
    return answers if [answer.id for answer in answers] == list(ids) else None
