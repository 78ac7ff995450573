"""Hands made whole and smooth, and hands made worse."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hand_envs.errors import OptionError
from hand_envs.live.packet import Frame
from hand_envs.live.recording import recording
from hand_envs.live.whole import Whole
from hand_envs.live.worse import Worse
from hand_envs.poses.frames import REST, aligned
from hand_envs.poses.human import HIGH, LOW, forward, subject

N = 200
TIMES = np.arange(N) / 30
WRIST = np.array([0.3, 0.2, 0.1, np.cos(0.4), 0.0, np.sin(0.4), 0.0])


def frames(trembling: float, wrist_trembling: float = 0.0, sign: float = 1.0) -> list[Frame]:
    random = np.random.default_rng(0)
    found = []
    for number, time in enumerate(TIMES):
        wrist = WRIST + wrist_trembling * random.normal(size=7)
        wrist[3:] *= sign**number / np.linalg.norm(wrist[3:])
        points = REST + trembling * random.normal(size=REST.shape)
        found.append(Frame(points, wrist, float(time), number))
    return found


def made(whole: Whole, seen: list[Frame]) -> tuple[np.ndarray, np.ndarray]:
    hands = [(whole.hand(frame), whole.wrist(frame)) for frame in seen]
    return np.array([hand for hand, _ in hands]), np.array([wrist for _, wrist in hands])


def test_a_still_hand_trembles_less_when_it_is_smoothed():
    plain, smooth = (made(Whole(smooth), frames(1e-3, 1e-3))[0][50:].std(axis=0).mean() for smooth in (False, True))
    assert smooth < 0.7 * plain


def test_a_smoothed_wrist_stays_where_it_is_whatever_its_quaternion_s_sign():
    """q and -q are one turn, and trackers change between them."""
    _, wrists = made(Whole(True), frames(0.0, 1e-3, sign=-1.0))
    aligned_signs = wrists[:, 3:] * np.sign(wrists[:, 3:4])
    np.testing.assert_allclose(aligned_signs[50:], np.broadcast_to(WRIST[3:], (150, 4)), atol=3e-3)
    np.testing.assert_allclose(np.linalg.norm(wrists[:, 3:], axis=1), 1)
    assert wrists[50:, :3].std(axis=0).max() < 0.7e-3


def test_without_smoothing_a_wrist_is_as_it_was_seen():
    seen = frames(0.0, 1e-3)
    np.testing.assert_array_equal(made(Whole(False), seen)[1], [frame.wrist for frame in seen])


@pytest.mark.parametrize("smooth", [False, True])
def test_joints_that_are_not_seen_stay_where_the_hand_has_them(smooth):
    (hand,) = forward(subject(1), 0.5 * (LOW + HIGH)[None])
    seen = [replace(frame, points=hand.copy()) for frame in frames(0.0)[:40]]
    for number in range(20, 30):
        seen[number].points[[8, 12]] = np.nan
    hands, _ = made(Whole(smooth), seen)
    assert np.abs(aligned(hand) - aligned(REST)).max() > 0.02
    np.testing.assert_allclose(hands[15:35], np.broadcast_to(aligned(hand), (20, 21, 3)), atol=1e-6)


def test_a_wrist_that_is_seen_again_is_believed():
    whole = Whole(True)
    made(whole, frames(0.0)[:50])
    moved = [replace(f, time=f.time + 10, wrist=WRIST + 0.2 * np.eye(7)[0]) for f in frames(0.0)[:30]]
    for frame in moved:
        whole.hand(frame)
        wrist = whole.wrist(frame)
    np.testing.assert_allclose(wrist[:3], WRIST[:3] + 0.2 * np.eye(3)[0], atol=5e-3)


KEPT = recording(TIMES, np.tile(REST, (N, 1, 1)), np.tile(WRIST, (N, 1)))


def test_worse_is_as_bad_as_it_says():
    worse = Worse(late=(0.03, 0.06), lost=0.1, trembling=1e-3, drift=3e-3, wrist_drift=5e-3)(KEPT, seed=0)
    late = worse.arrivals - worse.times
    assert 0.03 <= late.min() < 0.035 < 0.055 < late.max() <= 0.06
    assert len(worse) == pytest.approx(0.9 * N, abs=15)
    assert worse.times[0] == KEPT.times[0]
    off = worse.points - REST
    assert np.abs(off[:, 0]).std() < 1e-3, "the wrist of the points trembles alone"
    slowly = off[:, 4::4][:176].reshape(22, 8, 5, 3).mean(axis=1)
    assert 1e-3 < slowly.std() < 4e-3, "a finger is off for longer than a frame"
    step = np.diff(worse.wrist[:, 0])
    assert 0 < np.abs(step).max() < 4e-3, "and the wrist drifts without jumps"


def test_gaps_are_as_long_and_as_many_as_asked_for():
    tracked = Worse(lost=0.0, gaps=0.5, gap=(0.2, 0.2))(KEPT, seed=3).tracked
    assert 6 <= (~tracked).sum() <= 45
    assert Worse()(KEPT, seed=3).tracked.all()


def test_each_seed_is_another_and_the_same_again():
    one, again, other = (Worse()(KEPT, seed).points for seed in (0, 0, 1))
    np.testing.assert_array_equal(one, again)
    assert one.shape != other.shape or (one != other).any()


def test_what_cannot_be_is_refused():
    for wrong in ({"late": (0.06, 0.03)}, {"lost": 1.0}, {"gaps": -1}):
        with pytest.raises(OptionError, match="Delays must rise"):
            Worse(**wrong)
