"""Packets of Dynamixel Protocol 2.0, as bytes.

| bytes | |
|---|---|
| 0 | `FF FF FD 00` |
| 4 | id: 0 to 252, or 254 for all |
| 5 | u16, how many bytes follow |
| 7 | instruction; 0x55 in what a servo answers |
| 8 | parameters; in an answer the error comes first |
| -2 | u16, CRC-16 of everything before |

Numbers are little-endian. Between instruction and CRC each `FF FF FD` is followed by one more `FD`, so that only
headers look like headers; length and CRC are those of the bytes on the wire. The answer to a fast sync read alone is
not stuffed.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

HEADER = b"\xff\xff\xfd\x00"
BROADCAST = 0xFE
HIGHEST_ID = 252
LONGEST = 1024
"""Bytes that no packet exceeds."""

PING, READ, WRITE, REBOOT, CLEAR, STATUS = 0x01, 0x02, 0x03, 0x08, 0x10, 0x55
SYNC_READ, SYNC_WRITE, FAST_SYNC_READ = 0x82, 0x83, 0x8A

_BEFORE_LENGTH, _OVERHEAD = 7, 10  # bytes before what the length counts, and beside the parameters
_STUFFED = b"\xff\xff\xfd"
_POLYNOMIAL = 0x8005


def _table() -> tuple[int, ...]:
    """The CRC of each byte alone."""
    entries = []
    for byte in range(256):
        crc = byte << 8
        for _ in range(8):
            crc = (crc << 1) ^ (_POLYNOMIAL if crc & 0x8000 else 0)
        entries.append(crc & 0xFFFF)
    return tuple(entries)


_CRC = _table()


def crc16(data: bytes, crc: int = 0) -> int:
    """CRC-16 with the polynomial 0x8005, from 0, not reflected; `crc` is that of the bytes before, to go on from."""
    for byte in data:
        crc = (crc << 8 & 0xFFFF) ^ _CRC[crc >> 8 ^ byte]
    return crc


def stuff(data: bytes) -> bytes:
    """Instruction and parameters as they are sent."""
    return data.replace(_STUFFED, _STUFFED + b"\xfd")


def unstuff(data: bytes) -> bytes:
    """Instruction and parameters as they were meant."""
    return data.replace(_STUFFED + b"\xfd", _STUFFED)


def encode(id: int, instruction: int, parameters: bytes = b"") -> bytes:
    """A packet."""
    body = stuff(bytes([instruction]) + parameters)
    packet = HEADER + struct.pack("<BH", id, len(body) + 2) + body
    return packet + struct.pack("<H", crc16(packet))


@dataclass(frozen=True)
class Packet:
    """A packet whose CRC was right."""

    id: int
    instruction: int
    stuffed: bytes
    """The parameters as they were on the wire."""

    @property
    def parameters(self) -> bytes:
        # An instruction is never 0xFF, so no stuffing begins with it.
        return unstuff(self.stuffed)


class Decoder:
    """Finds packets in a stream of bytes, whatever else is in it.

    A header whose length is impossible or whose CRC is wrong is passed over by one byte only: a packet that begins
    within what a damaged one claims to be is found.
    """

    def __init__(self) -> None:
        self.damaged = 0
        """Headers behind which there was no whole packet."""
        self._bytes = bytearray()

    def clear(self) -> None:
        """Forget what has come of a packet."""
        self._bytes.clear()

    def feed(self, data: bytes) -> list[Packet]:
        """The packets that these bytes complete."""
        self._bytes += data
        packets = []
        while (size := self._whole()) is not None:
            packet = self._packet(size)
            if packet is None:
                self.damaged += 1
            else:
                packets.append(packet)
            del self._bytes[: size if packet else 1]
        return packets

    def _whole(self) -> int | None:
        """The size of the packet at the beginning, once all of it is there; 0 if it cannot be one."""
        start = self._bytes.find(HEADER)
        if start < 0:  # the last three bytes may be the beginning of a header
            del self._bytes[:-3]
            return None
        del self._bytes[:start]
        if len(self._bytes) < _BEFORE_LENGTH:
            return None
        size = _BEFORE_LENGTH + int.from_bytes(self._bytes[5:7], "little")
        if not _OVERHEAD <= size <= LONGEST:
            return 0
        return size if len(self._bytes) >= size else None

    def _packet(self, size: int) -> Packet | None:
        if size == 0:
            return None
        content = bytes(self._bytes[:size])
        if crc16(content[:-2]) != int.from_bytes(content[-2:], "little"):
            return None
        return Packet(content[4], content[7], content[8:-2])
