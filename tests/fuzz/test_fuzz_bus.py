"""Packets of any content, damaged lines and hostile requests: a value is right, or there is none."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest
from fuzz.mutants import damaged, tell, within

from hand_envs.errors import BusError, NoReplyError
from hand_envs.hardware import instructions, tables
from hand_envs.hardware.bus import Bus
from hand_envs.hardware.clocks import ManualClock
from hand_envs.hardware.codec import HEADER, HIGHEST_ID, Decoder, encode
from hand_envs.hardware.emulated import EmulatedBus
from hand_envs.hardware.faults import Faults
from hand_envs.hardware.instructions import Status, status
from hand_envs.hardware.plants import FirstOrder
from hand_envs.hardware.tables import X330
from hand_envs.hardware.transports import MemoryTransport

IDS = [1, 2, 3, 4, 5]
ODD = [0xFF, 0xFD, 0x00, 0x55]
"""Bytes of which headers are made."""


def content(random: np.random.Generator, most: int = 60) -> bytes:
    return bytes(random.choice(ODD, size=random.integers(most)).astype(np.uint8))


def test_whatever_is_encoded_is_decoded(deep):
    random, decoder = np.random.default_rng(0), Decoder()
    for _ in range(2000 * deep):
        id, instruction, parameters = int(random.integers(HIGHEST_ID + 1)), int(random.integers(255)), content(random)
        packet = encode(id, instruction, parameters)
        assert packet.find(HEADER, 1) < 0
        [decoded] = decoder.feed(packet)
        assert (decoded.id, decoded.instruction, decoded.parameters) == (id, instruction, parameters)
    assert decoder.damaged == 0


def test_a_stream_comes_through_in_any_pieces(deep):
    random = np.random.default_rng(1)
    for _ in range(50 * deep):
        sent = [(int(random.integers(253)), int(random.integers(256)), content(random)) for _ in range(20)]
        stream = b"".join(status(*row) for row in sent)
        cuts = np.sort(random.integers(len(stream), size=random.integers(30)))
        decoder, packets = Decoder(), []
        for piece in np.split(np.frombuffer(stream, np.uint8), cuts):
            packets += decoder.feed(piece.tobytes())
        answers = [Status.of(packet) for packet in packets]
        assert [(answer.id, answer.error, answer.data) for answer in answers] == sent


def test_rubbish_between_packets_takes_no_more_than_what_it_claims(deep):
    """Behind rubbish without a header every packet is found; behind one, all from the end of its claim on."""
    random, found = np.random.default_rng(2), Counter()
    good = status(7, 0, b"good")
    for _ in range(500 * deep):
        rubbish = random.bytes(int(random.integers(40))).replace(HEADER[:3], b"")
        assert len(Decoder().feed(rubbish + good * 3)) == 3
        claiming = rubbish + HEADER + random.bytes(int(random.integers(20)))
        packets = Decoder().feed(claiming + good * 100)
        assert all(packet.parameters == b"\0good" for packet in packets)
        found["all" if len(packets) == 100 else "some" if packets else "none"] += 1
    tell("rubbish", found)
    assert found["none"] == 0, "no packet claims more than 1024 bytes"


def test_damaged_packets_are_none(deep):
    random, counts = np.random.default_rng(3), Counter()
    with within():
        for _ in range(10_000 * deep):
            data = content(random, 12)
            good = status(3, 0, data)
            bad = damaged(good, random)
            for packet in Decoder().feed(bad):
                counts["read"] += 1
                counts["wrong"] += (packet.id, packet.parameters[1:]) != (3, data)
            counts["all"] += 1
    tell("packets", counts)
    assert counts["read"] < 0.2 * counts["all"], "those are whole, with something before or behind"
    assert counts["wrong"] <= 1 + counts["all"] / 20_000, "a CRC of 16 bits misses one heavy damage in 65536"


def test_servos_survive_what_strangers_send(deep):
    random, emulated, registers = np.random.default_rng(4), EmulatedBus(IDS, clock=ManualClock()), list(X330.values())
    with within():
        for _ in range(2000 * deep):
            id = int(random.choice([*IDS, 9, 254]))
            instruction = int(random.choice([1, 2, 3, 8, 16, 0x55, 0x82, 0x83, 0x8A, random.integers(256)]))
            emulated.receive(encode(id, instruction, content(random, 20)))
            entry = registers[random.integers(len(registers))]
            emulated.receive(instructions.write(id, entry.address, random.bytes(entry.size)))
            emulated.receive(damaged(instructions.sync_read(IDS, 126, 10), random))
            emulated.clock.advance(0.01)
            assert len(emulated.send()) < 100_000
    assert any(row.error for row in emulated.written)
    assert not all(row.error for row in emulated.written)
    for servo in emulated.servos.values():
        for name, entry in X330.items():
            assert math.isfinite(servo.get(name))
            if entry.writable and name not in {"baud_rate"}:
                raw = servo.get(name) / entry.scale
                assert entry.low - 1 <= raw <= entry.high + 1, name


@pytest.mark.parametrize("fast", [False, True])
def test_on_the_worst_of_lines_a_value_is_right_or_there_is_none(deep, fast):
    """Positions are those of the moment: what was said before is never said to be now."""
    random, counts = np.random.default_rng(5), Counter()
    plant = FirstOrder(np.full(5, 3.0))
    emulated = EmulatedBus(IDS, clock=ManualClock(), plant=plant, faults=Faults(seed=6))
    bus = Bus(MemoryTransport(emulated), tries=2, patience=0.01)
    for _ in range(500 * deep):
        for name in ("drop", "flip", "truncate", "stray", "request_drop", "request_flip"):
            setattr(emulated.faults, name, float(random.choice([0.0, 0.02, 0.2])))
        emulated.faults.latency = float(random.choice([0.0, 0.001, 0.012]))
        emulated.faults.jitter = float(random.choice([0.0, 0.03]))
        plant.positions = random.uniform(0, 6, 5)
        emulated.clock.advance(0.002)
        try:
            if random.random() < 0.3:
                assert bus.read(int(random.choice(IDS)), "profile_velocity") == 0
                assert bus.ping(int(random.choice(IDS))).model == 1240
                counts["register"] += 1
            readings = bus.sync_read(IDS, ["present_position", "present_current"], fast=fast)
            np.testing.assert_allclose(readings["present_position"], plant.positions, atol=tables.TICK)
            counts["read"] += 1
        except NoReplyError:
            counts["none"] += 1
    tell("worst of lines", counts + bus.counts)
    assert counts["read"] > 50
    assert counts["none"] > 50


def test_what_is_acknowledged_is_there(deep):
    """A write that returns has happened, whatever the line did; one that does not may have."""
    random, counts = np.random.default_rng(7), Counter()
    emulated = EmulatedBus(IDS, clock=ManualClock(), faults=Faults(seed=8, jitter=0.02))
    bus = Bus(MemoryTransport(emulated), tries=2, patience=0.01)
    for _ in range(500 * deep):
        for name in ("drop", "flip", "truncate", "stray", "request_drop", "request_flip"):
            setattr(emulated.faults, name, float(random.choice([0.0, 0.05, 0.2])))
        id, value = int(random.choice(IDS)), float(random.uniform(0, 6))
        try:
            bus.write(id, "goal_position", value)
        except BusError:
            counts["none"] += 1
            continue
        assert emulated.servos[id].get("goal_position") == pytest.approx(value, abs=tables.TICK / 2 + 1e-9)
        counts["written"] += 1
    tell("writes", counts)
    assert min(counts["written"], counts["none"]) > 50
