"""What a stream makes of frames that are late, lost, doubled, frozen or impossible; time is given, nobody waits."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hand_envs.live.packet import Frame
from hand_envs.live.stream import HOLD, LOST, Stream
from hand_envs.poses.frames import REST, aligned, mirrored

NO_TURN = np.array([0.0, 0, 0, 1, 0, 0, 0])
PERIOD = 1 / 30


def frame(number: int, **changes) -> Frame:
    """A hand that moves along x, trembling."""
    points = REST + 1e-4 * np.random.default_rng(number).normal(size=REST.shape)
    wrist = NO_TURN + 0.01 * number * np.eye(7)[0]
    return replace(Frame(points, wrist, time=100 + PERIOD * number, sequence=number), **changes)


def heard(count: int, **changes) -> tuple[Stream, float]:
    stream = Stream()
    for number in range(count):
        assert stream.receive(frame(number, **changes), PERIOD * number) == "taken"
    return stream, PERIOD * (count - 1)


def test_nothing_is_known_before_the_first_frame():
    assert Stream().at(0.0) is None
    assert Stream().phase(5.0) == "waiting"


def test_held_then_lost():
    stream, last = heard(10)
    phases = {
        delay: stream.at(last + delay).phase for delay in (0.0, HOLD - 1e-6, HOLD + 1e-6, LOST - 1e-6, LOST + 1e-6)
    }
    assert list(phases.values()) == ["live", "live", "held", "held", "lost"]


def test_between_frames_the_hand_moves_on_a_straight_line():
    stream, last = heard(300)
    places = [stream.at(last + share * PERIOD).wrist[0] for share in (0, 0.25, 0.5, 0.75, 1, 2)]
    np.testing.assert_allclose(places, [2.98, 2.9825, 2.985, 2.9875, 2.99, 2.99], atol=2e-4)


def test_every_moment_of_a_steady_stream_is_smooth():
    """Resampled to 100 Hz, a hand that moves evenly moves evenly."""
    stream, places, number = Stream(), [], 0
    for step in range(300):
        while number * PERIOD <= step * 0.01:
            stream.receive(frame(number), number * PERIOD)
            number += 1
        places.append(stream.at(step * 0.01).wrist[0])
    speed = np.diff(places[100:]) / 0.01
    np.testing.assert_allclose(speed, 0.01 / PERIOD, rtol=0.25)


def test_duplicates_and_the_past_change_nothing():
    stream, last = heard(10)
    before = stream.at(last + 0.05)
    assert stream.receive(frame(9), last + 0.01) == "duplicate"
    assert stream.receive(frame(3), last + 0.02) == "old"
    assert stream.receive(frame(10, time=100.0), last + 0.02) == "old", "by its number it is new, by its time it is not"
    after = stream.at(last + 0.05)
    np.testing.assert_array_equal(before.points, after.points)
    assert stream.counts == {"taken": 10, "duplicate": 1, "old": 2}


def test_sequence_numbers_wrap_around():
    stream = Stream()
    assert stream.receive(frame(0, sequence=2**32 - 1), 0.0) == "taken"
    assert stream.receive(frame(1, sequence=0), PERIOD) == "taken"


def test_a_frame_far_behind_the_fastest_is_late():
    stream, last = heard(10)
    assert stream.receive(frame(10), last + PERIOD + HOLD + 0.001) == "late"
    assert stream.receive(frame(11), last + 2 * PERIOD + HOLD - 0.001) == "taken"


def test_the_sender_s_clock_is_told_by_its_fastest_frame():
    stream = Stream()
    for number, delay in enumerate([0.05, 0.01, 0.04]):
        stream.receive(frame(number), 7 + PERIOD * number + delay)
    pose = stream.at(7 + 2 * PERIOD + 0.04)
    assert pose.captured == pytest.approx(7 + 2 * PERIOD + 0.01)


def test_clocks_that_agree_tell_the_whole_delay():
    stream = Stream()
    stream.receive(frame(0, time=7.0), 7.04)
    assert stream.at(7.05).captured == 7.0


def test_a_hand_that_does_not_tremble_is_not_tracked():
    stream, last = heard(10)
    frozen = frame(9)
    for number in range(10, 25):
        again = replace(frozen, sequence=number, time=100 + PERIOD * number)
        assert stream.receive(again, PERIOD * number) == "repeated"
    assert stream.phase(last + 15 * PERIOD) == "lost"


def test_a_tracker_that_says_it_lost_the_hand_is_believed():
    stream, last = heard(10)
    for number in range(10, 25):
        assert stream.receive(frame(number, tracked=False), PERIOD * number) == "untracked"
    assert stream.phase(last + 15 * PERIOD) == "lost"


def test_a_tracker_that_is_not_sure_has_lost_the_hand():
    """Held, then lost, as if it had said so; from 0.5 on it is sure."""
    stream, last = heard(10)
    for number in range(10, 25):
        assert stream.receive(frame(number, confidence=0.49), PERIOD * number) == "unsure"
    assert [stream.phase(last + delay) for delay in (HOLD + 1e-6, LOST + 1e-6)] == ["held", "lost"]
    assert stream.receive(frame(25, confidence=0.5), PERIOD * 25) == "taken"
    assert stream.receive(frame(26, confidence=0.1, tracked=False), PERIOD * 26) == "untracked"


def test_a_hand_that_was_not_sure_is_news_when_it_is():
    """A tracker that sends the same points again, now sure of them, has not frozen."""
    stream, last = heard(10)
    unsure = frame(10, confidence=0.2)
    assert stream.receive(unsure, last + PERIOD) == "unsure"
    sure = replace(unsure, confidence=0.9, sequence=11, time=unsure.time + PERIOD)
    assert stream.receive(sure, last + 2 * PERIOD) == "taken"


def test_after_a_loss_a_sender_may_begin_anew():
    stream, last = heard(10)
    assert stream.receive(frame(0, time=3.0), last + LOST + 0.1) == "taken"
    assert stream.phase(last + LOST + 0.1) == "live"


def scaled(joint: int, by: float) -> np.ndarray:
    """The hand with one bone so many times as long, and all that hangs on it moved along."""
    points = REST.copy()
    finger = slice(joint, joint + 4 - (joint - 1) % 4)
    points[finger] += (by - 1) * (points[joint] - points[joint - 1])
    return points


@pytest.mark.parametrize(("by", "became"), [(1.45, "impossible"), (0.5, "impossible"), (1.2, "taken"), (0.85, "taken")])
def test_bones_do_not_change(by, became):
    stream, last = heard(10)
    assert stream.receive(frame(10, points=scaled(6, by)), last + PERIOD) == became


def test_an_impossible_hand_is_not_let_in_even_first():
    for points in (REST * 10, REST * 0.01, np.zeros((21, 3))):
        stream = Stream()
        assert stream.receive(frame(0, points=points), 0.0) == "impossible"
        assert stream.at(0.0) is None
        assert "m long" in stream.reason


def test_another_person_s_hand_is_taken_after_a_while():
    stream, last = heard(30)
    became = [stream.receive(frame(30 + k, points=frame(k).points * 1.5), last + PERIOD * (k + 1)) for k in range(20)]
    assert became[0] == "impossible"
    assert became[-1] == "taken"


def test_a_hand_of_the_other_side_is_refused():
    stream = Stream()
    assert stream.receive(frame(0, points=mirrored(REST)), 0.0) == "impossible"
    assert "other side" in stream.reason
    assert stream.receive(frame(1, points=mirrored(REST), side="left"), PERIOD) == "taken"


def test_points_come_in_the_palm_s_frame():
    turned = REST[:, [1, 2, 0]] + [3.0, 2.0, 1.0]
    stream = Stream()
    stream.receive(frame(0, points=turned), 0.0)
    np.testing.assert_allclose(stream.at(0.0).points, aligned(REST), atol=1e-9)


def test_a_wrist_that_is_not_known_is_none():
    stream, last = heard(3, wrist_known=False)
    assert stream.at(last).wrist is None
