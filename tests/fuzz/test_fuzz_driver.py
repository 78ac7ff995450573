"""Commands of every kind while everything goes wrong: no goal beyond a limit is sent, no old pose is called fresh."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from fuzz.hostile_values import numbers
from hardware.bench import HOME, Bench

from hand_envs.errors import ActionError, HandEnvsError
from hand_envs.hands.limiter import ARM
from hand_envs.hardware.tables import TICK

COMMANDS = 250
CHECKED = 250  # commands between looks at what was written


def wanted(random: np.random.Generator, bench: Bench) -> np.ndarray:
    limits = bench.driver.limits
    kind = random.integers(4)
    if kind == 0:
        return numbers(random, (len(HOME),))
    if kind == 1:
        return random.uniform(-1, 1, len(HOME)) * 10.0 ** random.integers(-3, 300)
    return limits.targets(random.uniform(-1.2, 1.2, len(HOME)))


def disturb(random: np.random.Generator, bench: Bench) -> None:
    """Now and then something new goes wrong, or stops to."""
    faults, chance = bench.bus.faults, random.random
    if chance() < 0.1:
        for name in ("drop", "flip", "truncate", "stray", "request_drop", "request_flip"):
            setattr(faults, name, chance() * 0.1 if chance() < 0.3 else 0.0)
        faults.latency = 0.03 * chance() if chance() < 0.2 else 0.0
        faults.jitter = 0.005 * chance()
        faults.silent = {int(random.choice(list(bench.bus.servos)))} if chance() < 0.1 else set()
    if chance() < 0.005:
        random.choice(bench.servos).fail(int(random.choice([1, 4, 16, 32])))
    if chance() < 0.005:
        random.choice(bench.servos).reboot(bench.bus.clock())
    if chance() < 0.003:
        bench.bus.unplug()
    if chance() < 0.02:
        bench.wait(float(random.uniform(0.0, 0.4)))
    if chance() < 0.05:  # somebody pushes a finger
        number = random.integers(len(bench.servos))
        bench.bus.plant.positions[number] += random.normal(0, 0.2)


def mend(bench: Bench) -> None:
    """All is well again, and the hand begins anew."""
    bench.bus.faults.__init__()
    bench.bus.plug_in()
    for servo in bench.servos:
        servo.set("present_temperature", 30)
    plant = bench.bus.plant
    plant.positions = np.clip(plant.positions, plant.low, plant.high)
    bench.wait(0.5)
    if bench.driver.fault:
        bench.driver.clear_fault()
    else:
        bench.driver.close()
        bench.driver.connect()
    expect_at_rest(bench)


def shafts(bench: Bench) -> np.ndarray:
    """The hand's true angles."""
    mountings = [bench.driver.calibration.motors[motor.name] for motor in bench.hand.motors]
    return np.array([m.angle(p / TICK) for m, p in zip(mountings, bench.bus.plant.positions, strict=True)])


def expect_at_rest(bench: Bench) -> None:
    """A bring-up has its first goals where the hand is, or where its range ends."""
    limits = bench.driver.limits
    here = np.clip(shafts(bench), limits.low[len(ARM) :], limits.high[len(ARM) :])
    assert np.abs(bench.driver.sent[len(ARM) :] - here).max() < 0.06


def expect_fresh(bench: Bench) -> None:
    """What is not called stale is where the hand is, but for what it moves while it tells."""
    sensed = bench.driver.sensed
    assert np.isfinite(sensed.positions).all()
    if not sensed.stale and bench.driver.fault is None:
        assert bench.driver.timer.now() - sensed.time < bench.driver.settings.period
        assert np.abs(sensed.positions[len(ARM) :] - shafts(bench)).max() < 0.35


def attack(commands: int, seed: int) -> Counter:
    random, bench, counts = np.random.default_rng(seed), Bench(), Counter()
    bench.bus.period = 0.005  # s, coarser than it is elsewhere: ten thousand commands take minutes
    bench.driver.connect()
    for number in range(commands):
        disturb(random, bench)
        try:
            done = bench.driver.step(wanted(random, bench))
            counts["sent"] += 1
            assert np.isfinite(done.sent).all()
            counts["stale"] += bench.driver.sensed.stale
            expect_fresh(bench)
        except ActionError:
            counts["refused"] += 1
        if fault := bench.driver.fault:
            counts[fault.kind] += 1
            mend(bench)
        if (number + 1) % CHECKED == 0 or number + 1 == commands:
            counts["goals"] += bench.expect_safe_goals()
            bench.bus.written.clear()
    began = bench.bus.clock()
    bench.driver.close()
    assert bench.bus.clock() - began < 2.2
    return counts


def test_whatever_goes_wrong(deep):
    counts = attack(COMMANDS * deep, seed=0)
    assert counts["sent"] > 0.7 * COMMANDS * deep
    assert counts["refused"] > 0
    assert counts["goals"] > 0


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_ten_thousand_commands_while_everything_goes_wrong(seed):
    counts = attack(2500, seed)
    assert {"alert", "unplugged", "watchdog", "silent"} <= set(counts), counts


def test_a_bring_up_on_a_bad_bus_moves_nothing_or_succeeds(deep):
    random, stood = np.random.default_rng(5), 0
    for seed in range(12 * deep):
        bench = Bench()
        faults = bench.bus.faults
        faults.__init__(drop=0.05 * random.random(), flip=0.05 * random.random(), stray=0.1, seed=seed)
        before = bench.bus.plant.positions.copy()
        try:
            bench.driver.connect()
            stood += 1
        except HandEnvsError:
            assert not bench.driver.is_connected
        assert np.abs(bench.bus.plant.positions - before).max() < 0.02
        bench.driver.close()
    assert stood > 0
