"""Packets from strangers, damaged and hostile: none reaches whoever listens as an exception, or as a NaN."""

from __future__ import annotations

import socket
from collections import Counter
from dataclasses import replace

import numpy as np
from fuzz.mutants import damaged, outcome, tell, within

from hand_envs.errors import PacketError
from hand_envs.live.packet import ON_THE_WIRE, Frame, decode, encode
from hand_envs.live.recording import Recording, recording
from hand_envs.live.sources import Datagrams, Playback
from hand_envs.live.stream import Stream
from hand_envs.poses.conventions import from_canonical
from hand_envs.poses.frames import REST

MUTANTS = 10_000
WRIST = np.array([0.1, 0.2, 0.3, 1.0, 0.0, 0.0, 0.0])
SEEDS = [
    encode(Frame(from_canonical(REST, convention), WRIST, time=5.0, sequence=number, convention=convention))
    for number, convention in enumerate(ON_THE_WIRE)
]


def test_damaged_packets(deep):
    random, counts, stream = np.random.default_rng(0), Counter(), Stream()
    with within():
        for number in range(MUTANTS * deep):
            packet = damaged(SEEDS[number % len(SEEDS)], random, SEEDS[random.integers(len(SEEDS))])
            try:
                frame = decode(packet)
            except PacketError:
                counts["refused"] += 1
                continue
            assert np.isfinite(frame.points).all()
            assert np.isfinite(frame.wrist).all()
            counts[stream.receive(frame, number * 0.01)] += 1
            if (pose := stream.at(number * 0.01 + 0.005)) is not None:
                assert np.isfinite(pose.points).all()
                assert pose.wrist is None or np.isfinite(pose.wrist).all()
    tell("packets", counts)
    assert counts["refused"] > 0.5 * MUTANTS * deep
    assert counts["unsure"] > 0
    assert counts["impossible"] > 0, "damaged points are refused by what hands are like"


def test_noise(deep):
    random = np.random.default_rng(1)
    for _ in range(1000 * deep):
        packet = random.bytes(int(random.integers(0, 700)))
        try:
            decode(packet)
        except PacketError:
            continue
        raise AssertionError("noise was taken for a hand")


def test_a_flood_does_not_stop_whoever_listens():
    """What arrives is read in bounded portions, and a packet behind the rubbish is found."""
    source = Datagrams(port=0)
    sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    random = np.random.default_rng(2)
    try:
        for _ in range(60):
            sender.sendto(damaged(SEEDS[0], random)[:600], ("127.0.0.1", source.port))
        sender.sendto(b"", ("127.0.0.1", source.port))
        sender.sendto(random.bytes(60_000), ("127.0.0.1", source.port))
        sender.sendto(SEEDS[0], ("127.0.0.1", source.port))
        heard = source.hear(0.0)
        assert len(heard) == source.counts["heard"]
        assert source.counts["refused"] > 30
        assert heard[-1][0].sequence == 0
        assert source.reason
    finally:
        sender.close()
        source.close()


def test_damaged_recordings(tmp_path, deep):
    """Each is read, and then played without a NaN, or refused with its name."""
    random, counts, path = np.random.default_rng(3), Counter(), tmp_path / "poses.npz"
    points = REST + 1e-4 * random.normal(size=(8, *REST.shape))
    start = {"qpos": np.zeros(30)}
    kept = recording(np.arange(8) / 30, points, np.tile(WRIST, (8, 1)), start=start)
    content = kept.save(path).read_bytes()

    def play() -> None:
        source, stream = Playback(Recording.load(path)), Stream(smooth=True)
        for frame, arrival in source.hear(1.0):
            stream.receive(frame, arrival)
            if (pose := stream.at(arrival)) is not None:
                assert np.isfinite(pose.points).all()
                assert pose.wrist is None or np.isfinite(pose.wrist).all()

    with within():
        for number in range(300 * deep):
            path.write_bytes(damaged(content, random))
            if number % 2:
                _with_hostile_values(kept, random).save(path)
            counts[outcome(play, path)] += 1
    tell("recordings", counts)
    assert counts["refused"] > 50
    assert counts["read"] > 20


def _with_hostile_values(kept: Recording, random: np.random.Generator) -> Recording:
    """Values changed in one of its arrays, unseen by those who make recordings."""
    name = str(random.choice(["times", "points", "wrist", "arrivals"]))
    values = getattr(kept, name).copy()
    count = random.integers(1, 4)
    places = tuple(random.integers(size, size=count) for size in values.shape)
    values[places] = random.choice([np.nan, np.inf, -np.inf, 1e300, -1e300, 0.0, 1.0, -0.5, 99.0, 1e-300])
    return replace(kept, **{name: values})
