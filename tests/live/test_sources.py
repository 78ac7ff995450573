"""Recordings and sockets: what is kept is heard again, and what comes from elsewhere is looked at."""

from __future__ import annotations

import socket
from dataclasses import replace

import numpy as np
import pytest

from hand_envs.errors import DatasetError, OptionError
from hand_envs.live.packet import Frame, encode
from hand_envs.live.recording import Recording, recording
from hand_envs.live.sources import Datagrams, Playback, where
from hand_envs.poses.frames import REST

N = 6
TIMES = 50 + np.arange(N) / 30
WRIST = np.tile([0.1, 0.2, 0.3, 1.0, 0, 0, 0], (N, 1))


def kept(**changes) -> Recording:
    points = REST + 1e-4 * np.random.default_rng(0).normal(size=(N, *REST.shape))
    return recording(**{"times": TIMES, "points": points, "wrist": WRIST, **changes})


def test_a_recording_is_read_as_it_was_written(tmp_path):
    wrist = WRIST.copy()
    wrist[2] = np.nan
    tracked, engaged = np.arange(N) != 3, np.arange(N) > 0
    start = {"qpos": np.arange(4.0), "door_body_pos": np.ones(3)}
    made = kept(wrist=wrist, tracked=tracked, engaged=engaged, arrivals=TIMES + 0.05, left=True, start=start)
    read = Recording.load(made.save(tmp_path / "poses.npz"))
    for name in ("times", "points", "wrist", "tracked", "engaged", "arrivals", "left"):
        np.testing.assert_array_equal(getattr(read, name), getattr(made, name))
    assert read.start.keys() == start.keys()
    frames = list(read.frames())
    assert [frame.wrist_known for frame in frames] == [True, True, False, True, True, True]
    assert [frame.tracked for frame in frames] == tracked.tolist()
    assert frames[0].side == "left"
    assert frames[0].time == 0


def test_times_and_points_are_enough(tmp_path):
    np.savez(tmp_path / "poses.npz", times=TIMES, points=np.tile(REST, (N, 1, 1)))
    read = Recording.load(tmp_path / "poses.npz")
    assert not any(frame.wrist_known for frame in read.frames())
    assert read.duration == pytest.approx(5 / 30)


def test_a_joint_that_was_not_seen_leaves_the_others():
    points = np.tile(REST, (N, 1, 1))
    points[1, 4] = np.nan
    points[2] = np.nan
    assert [frame.tracked for frame in kept(points=points).frames()] == [True, True, False, True, True, True]


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"points": np.zeros((N, 21, 3))}, "arrays times and points"),
        ({"times": TIMES, "points": np.zeros((N, 21, 3)), "surprise": np.zeros(1)}, "surprise"),
        ({"times": TIMES, "points": np.zeros((N, 20, 3))}, r"points must have shape \(6, 21, 3\)"),
        ({"times": TIMES[::-1], "points": np.zeros((N, 21, 3))}, "rise"),
        ({"times": TIMES * np.nan, "points": np.zeros((N, 21, 3))}, "finite"),
        ({"times": TIMES * 1e6, "points": np.zeros((N, 21, 3))}, "in seconds"),
        ({"times": TIMES, "points": np.full((N, 21, 3), 200.0)}, "in metres"),
        ({"times": TIMES, "points": np.zeros((N, 21, 3)), "wrist": np.ones((N, 7))}, "unit quaternions"),
        ({"times": np.zeros(0), "points": np.zeros((0, 21, 3))}, "T > 0"),
        ({"times": np.zeros(()), "points": np.zeros((0, 21, 3))}, "T > 0"),
        ({"times": np.array(["a"]), "points": np.zeros((1, 21, 3))}, "only arrays of numbers"),
        ({"times": np.array([None]), "points": np.zeros((1, 21, 3))}, "only arrays of numbers"),
    ],
)
def test_recordings_from_strangers(tmp_path, parts, said):
    path = tmp_path / "poses.npz"
    np.savez(path, **parts)
    with pytest.raises(DatasetError, match=said) as refused:
        Recording.load(path)
    assert str(path) in str(refused.value)


def test_what_is_no_npz_is_refused(tmp_path):
    with pytest.raises(DatasetError, match="There is no file"):
        Recording.load(tmp_path / "poses.npz")
    (tmp_path / "poses.npz").write_bytes(b"PK\3\4 nonsense")
    with pytest.raises(DatasetError, match="cannot be read"):
        Recording.load(tmp_path / "poses.npz")


def test_a_recording_is_heard_when_it_arrived():
    late = TIMES + 0.02
    late[1] += 0.1
    playback = Playback(kept(arrivals=late))
    assert playback.hear(0.019) == []
    heard = [(frame.sequence, round(arrival, 3)) for frame, arrival in playback.hear(10.0)]
    assert heard == [(0, 0.02), (2, 0.087), (3, 0.12), (1, 0.153), (4, 0.153), (5, 0.187)]
    assert playback.hear(20.0) == []


def test_a_stream_is_kept_with_its_delays():
    frames = list(kept().frames())
    delays = 0.01 * np.array([3, 1, 2, 1, 1, 1])
    sent = [(replace(f, time=f.time + 7), 1000 + f.time + d) for f, d in zip(frames, delays, strict=True)]
    again = Recording.of([sent[1], sent[0], *sent[1:], (sent[3][0], 1003.0)])  # one overtaken, two doubled
    np.testing.assert_allclose(np.diff(again.times), 1 / 30)
    np.testing.assert_allclose(again.arrivals - again.times, delays - 0.01, atol=1e-9)
    with pytest.raises(DatasetError, match="Nothing was heard"):
        Recording.of([])


@pytest.fixture
def sockets():
    source = Datagrams(port=0)
    senders = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2)]
    for sender in senders:
        sender.connect(("127.0.0.1", source.port))
    yield source, *senders
    for each in (source, *senders):
        each.close()


def test_what_a_tracker_was_not_sure_of_is_kept_as_not_tracked():
    frames = [replace(frame, confidence=0.25 * number) for number, frame in enumerate(kept().frames()) if number < 4]
    assert Recording.of((frame, frame.time) for frame in frames).tracked.tolist() == [False, False, True, True]


def test_datagrams_are_heard_from_one_sender_at_a_time(sockets):
    source, one, other = sockets
    frame = Frame(REST, WRIST[0], time=1.0)
    assert source.hear(0.0) == []
    one.send(encode(frame))
    other.send(encode(frame))
    (heard, arrival), *more = source.hear(0.1)
    assert (heard.time, arrival, more) == (1.0, 0.1, [])
    other.send(encode(frame))
    assert source.hear(0.2) == []
    assert source.hear(0.9) == []
    other.send(encode(frame))
    assert len(source.hear(1.0)) == 1, "the first has been silent"
    assert source.counts == {"heard": 2, "strangers": 2}


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "example.org", ""])
def test_other_machines_are_not_heard_unless_asked_for(host):
    with pytest.raises(OptionError, match="--open"):
        Datagrams(host, 0)


def test_two_do_not_hear_at_one_address():
    source = Datagrams(port=0)
    with pytest.raises(OptionError, match="Nothing can be heard"):
        Datagrams(port=source.port)
    source.close()


def test_addresses(tmp_path):
    assert where("udp://127.0.0.1:9763") == ("127.0.0.1", 9763)
    assert where("udp://[::1]:80") == ("::1", 80)
    assert where("runs/poses.npz").name == "poses.npz"
    for wrong in (
        "tcp://127.0.0.1:9763",
        "udp://127.0.0.1",
        "udp://:9763",
        "udp://a:b",
        "udp://a:99999",
        "udp://a:1/x",
    ):
        with pytest.raises(OptionError, match="Expected a recording"):
            where(wrong)
