"""Hostile hands, 100 000 of them: none makes an exception mid-stream, none a NaN, and small changes stay small."""

from __future__ import annotations

import numpy as np
import pytest

from hand_envs.poses import frames
from hand_envs.poses.checking import examine
from hand_envs.poses.filters import OneEuro
from hand_envs.poses.frames import REST
from hand_envs.poses.repair import Repair
from hand_envs.poses.side import side, sides, swapped

pytestmark = pytest.mark.filterwarnings("error")

STREAMS, STEPS = 500, 200
WORST = np.array([np.nan, np.inf, -np.inf, 1e300, -1e300, 1e12, 1e5, 9e3, 1.0, 0.05, 0.0, -0.0, 1e-12, 1e-310, 1e-3])
TIMES = np.array([1 / 60, 1 / 60, 1 / 60, 1 / 30, 0.0, -1.0, 1e-9, 1e3, np.nan, np.inf, 1e300])


def turning(rng: np.random.Generator, n: int) -> np.ndarray:
    q, r = np.linalg.qr(rng.normal(size=(n, 3, 3)))
    q *= np.sign(np.diagonal(r, axis1=-2, axis2=-1))[:, None]
    return q * np.linalg.det(q)[:, None, None]


def hands(rng: np.random.Generator, n: int) -> np.ndarray:
    """Right hands anywhere, of any attitude, their joints a little off."""
    return (REST + rng.normal(0, 3e-3, (n, 21, 3))) @ turning(rng, n) + rng.normal(0, 0.3, (n, 1, 3))


def spoiled(rng: np.random.Generator, points: np.ndarray) -> np.ndarray:
    """Each hand in one of twelve ways: values that are none, joints lost or doubled, lines, points, other sizes."""
    points, n = points.copy(), len(points)
    kind = rng.integers(12, size=n)
    joints = rng.random((n, 21)) < rng.choice([0.05, 0.3, 0.9], (n, 1))
    lost = joints & (kind < 3)[:, None]
    points[lost] = WORST[rng.integers(len(WORST), size=int(lost.sum()))][:, None]
    values = (rng.random(points.shape) < 0.05) & (kind == 3)[:, None, None]
    points[values] = WORST[rng.integers(len(WORST), size=int(values.sum()))]
    line, same, doubled = kind == 4, kind == 5, kind == 6
    points[line] = rng.normal(size=(line.sum(), 21, 1)) * rng.normal(size=(line.sum(), 1, 3))
    points[same] = points[same, :1]
    points[doubled] = points[doubled][:, rng.integers(21, size=21)]
    points[kind == 7] *= 10.0 ** rng.integers(-320, 308, size=(int((kind == 7).sum()), 1, 1))
    points[kind == 8] *= [1.0, -1.0, 1.0]
    points[kind == 9] = WORST[rng.integers(len(WORST), size=int((kind == 9).sum()))][:, None, None]
    return points


@pytest.fixture(scope="module")
def streams() -> np.ndarray:
    """(steps, streams, 21, 3)."""
    rng = np.random.default_rng(0)
    return np.stack([spoiled(rng, hands(rng, STREAMS)) for _ in range(STEPS)])


def test_frames_are_rotations_and_hands_are_whole(streams):
    points = streams.reshape(-1, 21, 3)
    assert len(points) == 100_000
    frame = frames.palm_frame(points)
    np.testing.assert_allclose(frame @ np.swapaxes(frame, -1, -2), np.broadcast_to(np.eye(3), frame.shape), atol=1e-9)
    np.testing.assert_allclose(np.linalg.det(frame), 1.0)
    links = np.diff(frames.normalised(points).reshape(-1, 21, 3)[:, 1:].reshape(-1, 5, 4, 3), axis=2)
    np.testing.assert_allclose(np.linalg.norm(links, axis=-1), 1.0, atol=1e-9)
    direction = frames.view_direction(points)
    np.testing.assert_allclose(np.linalg.norm(direction, axis=-1), 1.0)
    for made in (frames.completed, frames.chirality):
        assert np.isfinite(made(points)).all()
    assert np.isfinite(frames.azimuth_elevation(direction)).all()


def test_a_sequence_is_judged(streams):
    for stream in range(0, STREAMS, 25):
        sequence = streams[:, stream]
        assert side(sequence) in ("right", "left", "unclear")
        assert swapped(sequence).shape == (STEPS,)
        assert set(sides(sequence)) <= {-1, 0, 1}
        found = examine(sequence, declared="right", palm=True)
        assert np.isfinite([found.turned, found.missing, found.repeated]).all()


def test_the_filter_stays_within_what_it_was_given(streams):
    rng, one = np.random.default_rng(1), OneEuro()
    memory = one.memory(STREAMS)
    low, high = np.full((STREAMS, 21, 3), np.inf), np.full((STREAMS, 21, 3), -np.inf)
    for points in streams:
        made = one(points, rng.choice(TIMES, STREAMS), memory)
        there = np.abs(points) <= 1e12
        low[there], high[there] = np.minimum(low, points)[there], np.maximum(high, points)[there]
        assert np.isfinite(made).all()
        started = low <= high
        slack = 1e-9 * np.maximum(np.abs(low), np.abs(high))[started]
        assert (made[started] >= low[started] - slack).all()
        assert (made[started] <= high[started] + slack).all()


def test_repaired_hands_are_of_a_hands_size(streams):
    rng, repair = np.random.default_rng(2), Repair()
    memory = repair.memory(STREAMS)
    for points in streams:
        made = repair(points, rng.choice(TIMES, STREAMS), memory)
        assert np.isfinite(made).all()
        assert np.linalg.norm(made - made[:, :1], axis=-1).max() < 1.0, "m"
        assert (memory["age"] >= 0).all()


def test_all_of_it_in_a_row(streams):
    """Repaired, filtered, normalised: as live input goes."""
    repair, one = Repair(), OneEuro()
    whole, smooth = repair.memory(STREAMS), one.memory(STREAMS)
    for points in streams[::4]:
        made = frames.normalised(one(repair(points, 1 / 60, whole), 1 / 60, smooth))
        assert np.isfinite(made).all()


def lossy(rng: np.random.Generator, steps: int, n: int) -> np.ndarray:
    """Still hands whose joints come and go; of wrist and knuckles three or more are always there."""
    points = np.broadcast_to(hands(rng, n), (steps, n, 21, 3)).copy()
    gone = rng.random((steps, n, 21)) < 0.3
    gone[..., [0, 5, 17]] = False
    points[gone] = rng.choice([np.nan, np.inf, 1e300, 0.0])
    return points


def test_joints_that_come_and_go_hardly_move_the_hand():
    rng = np.random.default_rng(3)
    points = lossy(rng, 60, 200)
    repair = Repair()
    memory = repair.memory(200)
    repair(points[0], 1 / 60, memory)
    made = np.stack([repair(hand, 1 / 60, memory) for hand in points])
    steps = np.linalg.norm(np.diff(made, axis=0), axis=-1)
    print("largest step", steps.max())
    assert steps.max() < 0.04, "m; joints that a hand at rest stood in for are eased to where they are"
    np.testing.assert_allclose(steps[-1], 0, atol=5e-3)


@pytest.mark.parametrize("small", [1e-3, 1e-6])
def test_a_small_change_in_is_a_small_change_out(small):
    rng = np.random.default_rng(4)
    points = lossy(rng, 60, 200)
    shaken = points + rng.uniform(-small, small, points.shape)

    def passed(stream):
        whole, smooth = repair.memory(200), one.memory(200)
        return np.stack([one(repair(hand, 1 / 60, whole), 1 / 60, smooth) for hand in stream])

    repair, one = Repair(), OneEuro()
    away = np.abs(passed(points) - passed(shaken)).max()
    print("change out / in", away / small)
    assert away < 3 * small


def test_poses_change_with_joints_as_much_as_links_are_short():
    rng = np.random.default_rng(5)
    points = hands(rng, 2000)
    shaken = points + rng.uniform(-1e-6, 1e-6, points.shape)
    away = np.abs(frames.normalised(points) - frames.normalised(shaken)).max()
    assert away < 1e-3, "of links of at least a centimetre"
