"""The One Euro filter, by hand, and what must not disturb it."""

from __future__ import annotations

import numpy as np
import pytest

from hand_envs.errors import OptionError
from hand_envs.poses.filters import OneEuro


def test_one_step_by_hand():
    """From 0 to 1 in 0.1 s: a_d = 0.628/1.628, v = 10 a_d, f = 1.5 + 2 v, y = 2 pi f 0.1 / (1 + 2 pi f 0.1)."""
    value = OneEuro(cutoff=1.5, beta=2.0, together=False).sequence(np.array([[0.0], [1.0]]), 0.1)[1, 0]
    speed = 10 * (0.2 * np.pi) / (1 + 0.2 * np.pi)
    turn = 2 * np.pi * (1.5 + 2 * speed) * 0.1
    assert value == pytest.approx(turn / (1 + turn))


def test_still_hands_are_stiller_and_quick_ones_lag_little():
    rng, dt = np.random.default_rng(0), 1 / 60
    still = rng.normal(0, 2e-3, (600, 1, 3))
    assert OneEuro().sequence(still, dt)[60:].std() < 0.5 * still.std()
    time = np.arange(600) * dt
    quick = np.stack([0.2 * np.sin(4 * time), 0 * time, 0 * time], axis=-1)[:, None]
    lag = np.abs(OneEuro().sequence(quick, dt) - quick).max()
    assert lag < 0.5 * np.abs(OneEuro(beta=0.0).sequence(quick, dt) - quick).max()


def test_a_turned_stream_is_filtered_alike():
    rng = np.random.default_rng(0)
    turn = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    values = rng.normal(size=(50, 21, 3)).cumsum(axis=0) * 1e-2
    np.testing.assert_allclose(
        OneEuro().sequence(values @ turn, 0.01), OneEuro().sequence(values, 0.01) @ turn, atol=1e-12
    )


def test_time_is_measured():
    """Half the rate of a ramp at twice the time: about the same curve."""
    ramp = np.linspace(0, 1, 401)[:, None, None] * np.ones(3)
    fine = OneEuro().sequence(ramp, 0.005)
    np.testing.assert_allclose(OneEuro().sequence(ramp[::2], 0.01)[-1], fine[-1], atol=3e-3)


@pytest.mark.parametrize("dt", [0.0, -1.0, np.nan, -np.inf])
def test_no_time_changes_nothing(dt):
    one = OneEuro()
    memory = one.memory(2, (3,))
    first = one(np.ones((2, 3)), 0.01, memory)
    np.testing.assert_array_equal(one(np.full((2, 3), 5.0), dt, memory), first)


def test_missing_values_stand_still_and_come_back():
    one, lacking = OneEuro(), np.ones((2, 3))
    memory = one.memory(2, (3,))
    assert (one(np.full((2, 3), np.nan), 0.01, memory) == 0).all()
    one(lacking, 0.01, memory)
    lacking[1, 2] = np.inf
    assert (one(lacking, 0.01, memory) == 1).all()
    for _ in range(200):
        last = one(np.full((2, 3), 2.0), 0.01, memory)
    np.testing.assert_allclose(last, 2.0, atol=1e-2)


def test_streams_do_not_disturb_each_other():
    values = np.random.default_rng(0).normal(size=(30, 4, 21, 3))
    one = OneEuro()
    memory = one.memory(4)
    steps = np.array([0.01, 0.02, 0.0, 0.03])
    together = np.stack([one(value, steps, memory) for value in values])
    for stream, dt in enumerate(steps):
        np.testing.assert_allclose(together[:, stream], one.sequence(values[:, stream], dt))


def test_what_is_refused():
    with pytest.raises(OptionError, match="cutoff"):
        OneEuro(cutoff=0)
    with pytest.raises(OptionError, match=r"\(2, 21, 3\); got \(21, 3\)"):
        OneEuro()(np.zeros((21, 3)), 0.01, OneEuro().memory(2))
