"""Packets: what is written is read, byte by byte as documented, and what is no packet is refused."""

from __future__ import annotations

import struct
from dataclasses import replace

import numpy as np
import pytest

from hand_envs.errors import OptionError, PacketError
from hand_envs.live.packet import ON_THE_WIRE, Frame, decode, encode
from hand_envs.poses.conventions import CONVENTIONS, from_canonical
from hand_envs.poses.frames import REST, chirality, mirrored

WRIST = np.array([0.25, -0.5, 1.0, 0.5, -0.5, 0.5, 0.5])
FRAME = Frame(REST, WRIST, time=1234.5, sequence=7, confidence=0.75)


def patched(at: int, new: bytes, packet: bytes | None = None) -> bytes:
    packet = packet or encode(FRAME)
    return packet[:at] + new + packet[at + len(new) :]


def test_golden_bytes():
    points = np.zeros((21, 3))
    points[1] = 0.5, -1.0, 2.0
    packet = encode(Frame(points, WRIST, time=1.5, sequence=258, side="left", engaged=False, confidence=0.5))
    assert packet[:28].hex() == "48414e44010100150300000002010000000000000000f83f0000003f"
    assert packet[28:52].hex() == "00" * 12 + "0000003f000080bf00000040"
    assert packet[-28:].hex() == "0000803e000000bf0000803f0000003f000000bf0000003f0000003f"
    assert len(packet) == 28 + 21 * 12 + 28


@pytest.mark.parametrize("convention", ON_THE_WIRE)
@pytest.mark.parametrize("side", ["right", "left"])
def test_a_frame_comes_out_as_it_went_in(convention, side):
    points = from_canonical(REST, convention)
    frame = replace(FRAME, points=points, convention=convention, side=side, tracked=False, engaged=False)
    read = decode(encode(frame))
    np.testing.assert_allclose(read.points, points, atol=1e-7)
    np.testing.assert_allclose(read.wrist, WRIST, atol=1e-7)
    flags = ("time", "sequence", "side", "convention", "tracked", "wrist_known", "engaged", "confidence")
    assert [getattr(read, name) for name in flags] == [getattr(frame, name) for name in flags]
    assert len(points) == len(CONVENTIONS[convention].joints)


def test_numbers_of_conventions_do_not_change():
    assert ON_THE_WIRE[:6] == ("canonical", "openxr", "webxr", "visionpro", "visionpro27", "mano")


def test_a_left_hand_becomes_a_right_one():
    left = replace(FRAME, points=mirrored(REST), side="left").canonical()
    assert chirality(left.points) > 0
    np.testing.assert_allclose(left.points, REST)
    np.testing.assert_allclose(left.wrist, WRIST * [1, -1, 1, 1, -1, 1, -1])


@pytest.mark.parametrize(
    ("packet", "said"),
    [
        (b"", "at least 28"),
        (encode(FRAME)[:-1], "307 bytes"),
        (encode(FRAME) + b"\0", "309 bytes"),
        (patched(0, b"HEAD"), "HEAD"),
        (patched(4, b"\2"), "version 2"),
        (patched(5, b"\2"), "side 2"),
        (patched(6, b"\6"), "convention 6"),
        (patched(7, b"\x16"), "got 22"),
        (patched(8, b"\x08"), "flags 8"),
        (patched(10, b"\1"), "000100"),
        (patched(16, struct.pack("<d", np.nan)), "captured at nan"),
        (patched(16, struct.pack("<d", -1.0)), "captured at -1"),
        (patched(16, struct.pack("<d", 1e300)), "captured at 1e"),
        (patched(24, struct.pack("<f", 1.5)), "confidence is 1.5"),
        (patched(28, struct.pack("<f", np.nan)), "not finite"),
        (patched(40, struct.pack("<f", -np.inf)), "not finite"),
        (patched(40, struct.pack("<f", 101.0)), "beyond 100"),
        (patched(len(encode(FRAME)) - 4, struct.pack("<f", 3.0)), "quaternion has length 3.12"),
    ],
)
def test_what_is_no_packet_is_refused(packet, said):
    with pytest.raises(PacketError, match=said):
        decode(packet)


def test_a_wrist_that_is_not_known_says_nothing():
    read = decode(encode(replace(FRAME, wrist=np.zeros(7), wrist_known=False)))
    np.testing.assert_array_equal(read.wrist, [0, 0, 0, 1, 0, 0, 0])


def test_a_frame_that_no_receiver_would_take_is_not_sent():
    with pytest.raises(OptionError, match="bighand"):
        encode(replace(FRAME, convention="bighand"))
    with pytest.raises(OptionError, match="Unknown side"):
        encode(replace(FRAME, side="both"))
    with pytest.raises(OptionError, match=r"points \(21, 3\)"):
        encode(replace(FRAME, points=REST[:20]))
