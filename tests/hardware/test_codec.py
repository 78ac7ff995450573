"""Packets against the manual's own, and what a decoder makes of a line with rubbish on it."""

import numpy as np
import pytest

from hand_envs.hardware import instructions
from hand_envs.hardware.codec import (
    BROADCAST,
    HEADER,
    STATUS,
    WRITE,
    Decoder,
    Packet,
    crc16,
    encode,
    stuff,
    unstuff,
)
from hand_envs.hardware.instructions import Status, fast_answers, status

GOLDEN = {
    "ping": (instructions.ping(1), "FFFFFD00010300 01 194E"),
    "ping all": (instructions.ping(), "FFFFFD00FE0300 01 3142"),
    "read": (instructions.read(1, 132, 4), "FFFFFD00010700 02 84000400 1D15"),
    "write": (instructions.write(1, 116, (512).to_bytes(4, "little")), "FFFFFD00010900 03 740000020000 CA89"),
    "reboot": (instructions.reboot(1), "FFFFFD00010300 08 2F4E"),
    "clear": (instructions.clear(1), "FFFFFD00010800 10 0144584C22 B1DC"),
    "sync read": (instructions.sync_read([1, 2], 132, 4), "FFFFFD00FE0900 82 840004000102 CEFA"),
    "sync write": (
        instructions.sync_write(116, 4, {1: b"\x96\0\0\0", 2: b"\xaa\0\0\0"}),
        "FFFFFD00FE1100 83 74000400 0196000000 02AA000000 8287",
    ),
    "fast sync read": (instructions.sync_read([3, 7, 4], 132, 4, fast=True), "FFFFFD00FE0A00 8A 84000400030704 20F2"),
    "status": (status(1, 0, (166).to_bytes(4, "little")), "FFFFFD00010800 55 00A6000000 8CC0"),
}


@pytest.mark.parametrize("name", GOLDEN)
def test_packets_of_the_manual(name):
    packet, expected = GOLDEN[name]
    assert packet == bytes.fromhex(expected)


def test_the_crc_is_the_one_of_that_name():
    assert crc16(b"123456789") == 0xFEE8
    assert crc16(b"6789", crc16(b"12345")) == 0xFEE8


def test_what_looks_like_a_header_is_stuffed_on_the_wire_alone():
    hidden = b"\x74\0" + HEADER
    packet = encode(1, WRITE, hidden)
    assert packet.find(HEADER, 1) < 0
    assert packet[5] == 1 + len(hidden) + 1 + 2, "the length counts what is on the wire"
    [decoded] = Decoder().feed(packet)
    assert decoded.parameters == hidden
    assert (stuff(b"\xff\xff\xfd\xfd"), unstuff(b"\xff\xff\xfd\xfd")) == (b"\xff\xff\xfd\xfd\xfd", b"\xff\xff\xfd")


def test_a_stream_is_decoded_however_it_is_cut():
    packets = [status(1, 0, b"abc"), status(2, 0x80, HEADER), status(3, 7)]
    whole = [answer for packet in Decoder().feed(b"".join(packets)) if (answer := Status.of(packet))]
    assert [(answer.id, answer.code, answer.alert, answer.data) for answer in whole] == [
        (1, 0, False, b"abc"),
        (2, 0, True, HEADER),
        (3, 7, False, b""),
    ]
    decoder = Decoder()
    singly = [packet for byte in b"".join(packets) for packet in decoder.feed(bytes([byte]))]
    assert [Status.of(packet) for packet in singly] == whole


@pytest.mark.parametrize(
    "rubbish",
    [
        b"\x00\x12\xff",
        b"\xff\xff\xfd",
        HEADER,
        HEADER + b"\x01\xff\xff",  # longer than packets are
        HEADER + b"\x01\x00\x00\x55",  # shorter than packets are
        status(1, 0, b"abcd")[:-1] + b"\x00",
        status(1, 0, b"abcd")[:9],
        status(1, 0, b"abcd")[:-4],
    ],
)
def test_a_packet_behind_rubbish_is_found(rubbish):
    good = status(2, 0, b"wxyz")
    decoder = Decoder()
    [packet] = decoder.feed(rubbish + good)
    assert (packet.id, packet.parameters) == (2, b"\0wxyz")
    assert decoder.feed(good) == [packet], "and nothing is left that could spoil the next"


def _fast(rows: list[tuple[int, bytes]]) -> bytes:
    """The answer to a fast sync read, by hand: id, length, status; then error, id, data and CRC so far for each."""
    packet = HEADER + bytes([BROADCAST]) + (1 + sum(len(data) + 4 for _, data in rows)).to_bytes(2, "little") + b"\x55"
    for id, data in rows:
        packet += bytes([0, id]) + data
        packet += crc16(packet).to_bytes(2, "little")
    return packet


def test_the_fast_answer_of_the_manual():
    packet = _fast(
        [(3, (166).to_bytes(4, "little")), (7, (2079).to_bytes(4, "little")), (4, (1023).to_bytes(4, "little"))]
    )
    assert [packet[i : i + 2] for i in (14, 22, 30)] == [b"\x84\x08", b"\x16\xca", b"\xd1\x9e"]
    [decoded] = Decoder().feed(packet)
    answers = fast_answers(decoded, [3, 7, 4], 4)
    assert [int.from_bytes(answer.data, "little") for answer in answers] == [166, 2079, 1023]
    assert fast_answers(decoded, [3, 4, 7], 4) is None, "the order is that of the request"
    assert fast_answers(decoded, [3, 7], 4) is None
    assert fast_answers(decoded, [3, 7, 4], 2) is None


def test_headers_in_a_fast_answer_are_data():
    [decoded] = Decoder().feed(_fast([(1, HEADER), (2, b"\xff\xff\xfd\xfd")]))
    assert [answer.data for answer in fast_answers(decoded, [1, 2], 4)] == [HEADER, b"\xff\xff\xfd\xfd"]


def test_what_is_no_answer_of_a_servo():
    assert Status.of(Packet(1, WRITE, b"\0")) is None
    assert Status.of(Packet(BROADCAST, STATUS, b"\0")) is None
    assert Status.of(Packet(1, STATUS, b"")) is None


def test_a_packet_without_an_instruction_is_none():
    bare = HEADER + b"\x01\x02\x00"
    assert Decoder().feed(bare + crc16(bare).to_bytes(2, "little")) == []


def test_damage_never_becomes_an_answer():
    """One bit changed, at every place, and every shorter piece."""
    good = status(5, 0, bytes(np.random.default_rng(0).integers(0, 256, 10, dtype=np.uint8)))
    for bit in range(8 * len(good)):
        bad = bytearray(good)
        bad[bit // 8] ^= 1 << bit % 8
        assert Decoder().feed(bytes(bad)) == []
    for size in range(len(good)):
        assert Decoder().feed(good[:size]) == []
