"""Whoever commands, whatever is measured: no target is beyond a limit, too far from the last, or no number."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from fuzz.hostile_values import OBJECTS, numbers

from hand_envs.errors import ActionError
from hand_envs.hands.limiter import Limits, limit

ROUNDING = 1e-9
MOTORS = [SimpleNamespace(name=f"motor_{i}", low=-0.1 * i - 0.1, high=0.3 * i + 0.1, speed=2.0 + i, current=300)
          for i in range(4)]  # fmt: skip
LIMITS = Limits.of(SimpleNamespace(motors=MOTORS))
WIDTH = len(LIMITS.names)


def spread(random: np.random.Generator, n: int) -> np.ndarray:
    """Numbers of every size around the limits, up to the largest there are."""
    return random.uniform(-1, 1, (n, WIDTH)) * 10.0 ** random.integers(-12, 308, (n, WIDTH))


def test_no_target_is_ever_beyond_a_limit(deep):
    random, n = np.random.default_rng(0), 500
    last = random.uniform(LIMITS.low, LIMITS.high, (n, WIDTH))
    stopped = 0
    for _ in range(200 * deep):
        dt = 10.0 ** random.uniform(-4, 1)
        wanted = np.where(random.random((n, 1)) < 0.5, spread(random, n), random.normal(last, 0.1))
        measured = np.where(random.random((n, 1)) < 0.3, spread(random, n), random.normal(last, 0.3))
        current = random.normal(0, 300, (n, WIDTH))
        done = limit(LIMITS, wanted, last, measured, dt, current if random.random() < 0.5 else None)
        assert (done.sent >= LIMITS.low).all()
        assert (done.sent <= LIMITS.high).all()
        assert (np.abs(done.sent - last) <= LIMITS.speed * dt + ROUNDING).all()
        led = (np.abs(last - measured) <= LIMITS.lead) & (measured >= LIMITS.low) & (measured <= LIMITS.high)
        assert (np.abs(done.sent - measured) <= LIMITS.lead + ROUNDING)[led].all()
        assert np.array_equal(done.clipped, done.sent != wanted)
        again = limit(LIMITS, done.sent, last, measured, dt)
        assert np.array_equal(again.sent, done.sent), "what is safe is let through"
        stopped += int(done.clipped.sum())
        last = done.sent
    assert stopped > 0


def test_hostile_targets_are_refused(deep):
    random, last = np.random.default_rng(1), np.clip(np.zeros(WIDTH), LIMITS.low, LIMITS.high)
    for _ in range(300 * deep):
        wanted = numbers(random, (WIDTH,))
        if np.isfinite(wanted).all():
            sent = limit(LIMITS, wanted, last, last, 0.05).sent
            assert ((sent >= LIMITS.low) & (sent <= LIMITS.high)).all()
        else:
            with pytest.raises(ActionError):
                limit(LIMITS, wanted, last, last, 0.05)
    for thing in OBJECTS:
        with pytest.raises(ActionError):
            limit(LIMITS, thing, last, last, 0.05)
