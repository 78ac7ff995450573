"""What goes wrong on a bus: what the driver makes of it, what it says, and that the hand is left as it should be."""

from __future__ import annotations

import numpy as np
import pytest
from hardware.bench import HAND, HOME, Bench, run, wave

from hand_envs.errors import BusError, FaultError
from hand_envs.hardware.arm import StillArm
from hand_envs.hardware.settings import Settings
from hand_envs.hardware.tables import OVERLOAD, TICK


def connected(**options) -> Bench:
    bench = Bench(**options)
    bench.driver.connect()
    run(bench, 5)
    return bench


def expect_latched(bench: Bench, kind: str) -> None:
    """It has stopped for this reason, refuses everything, and goes on once it is cleared."""
    driver = bench.driver
    assert driver.fault is not None
    assert driver.fault.kind == kind
    for ask in (lambda: driver.send(HOME), driver.get_observation, driver.wake):
        with pytest.raises(FaultError, match="clear_fault"):
            ask()
    driver.clear_fault()
    assert driver.fault is None
    assert len(run(bench, 10)) == 10
    assert bench.torque() == len(HAND.motors)
    bench.expect_safe_goals()


def test_what_is_not_heard_is_the_last_reading_and_said_to_be():
    bench = connected()
    before, goals = bench.driver.sensed, [servo.get("goal_position") for servo in bench.servos]
    bench.bus.faults.drop = 1.0
    bench.driver.sense()
    now = bench.driver.sensed
    assert now.stale
    assert now.time == before.time
    assert np.array_equal(now.positions, before.positions)
    done = bench.driver.send(bench.driver.limits.targets(wave(40)))
    assert [servo.get("goal_position") for servo in bench.servos] == goals, "targets are frozen while it is not known"
    assert done.clipped.any()
    bench.bus.faults.drop = 0.0
    bench.driver.sense()
    assert not bench.driver.sensed.stale


def test_silence_becomes_a_fault_in_time():
    bench = connected()
    bench.bus.faults.drop = 1.0
    heard = bench.driver.sensed.time
    run(bench, 20)
    assert bench.driver.fault.kind == "silent"
    settings = bench.driver.settings
    assert bench.driver.fault.time - heard <= settings.silent + 2 * settings.period
    assert bench.torque() == 0, "what is told reaches the servos even if nothing comes back"
    bench.bus.faults.drop = 0.0
    expect_latched(bench, "silent")


def test_an_unplugged_port_is_a_fault_at_once_and_the_motors_stand():
    bench = connected()
    bench.bus.unplug()
    bench.driver.step(HOME)
    assert bench.driver.fault.kind == "unplugged"
    moved = bench.bus.plant.positions.copy()
    bench.wait(1.0)
    assert all(servo.tripped for servo in bench.servos)
    standing = bench.bus.plant.positions.copy()
    bench.wait(1.0)
    assert np.array_equal(bench.bus.plant.positions, standing)
    assert np.abs(standing - moved).max() < 0.2
    bench.bus.plug_in()
    expect_latched(bench, "unplugged")


@pytest.mark.parametrize("number", [0, 7])
def test_an_alert_stops_all_and_a_reboot_brings_the_motor_back(number):
    bench = connected()
    bench.servos[number].fail(OVERLOAD)
    run(bench, 3)
    assert HAND.motors[number].name in bench.driver.fault.detail
    assert bench.torque() == 0
    expect_latched(bench, "alert")
    assert not bench.servos[number].alert
    assert bench.servos[number].get("goal_current") == HAND.motors[number].current, "it is told anew what it forgot"


def test_a_motor_that_restarted_by_itself_is_noticed():
    bench = connected()
    bench.servos[4].reboot(bench.bus.clock() - 1.0)
    run(bench, len(HAND.motors) + 1)
    expect_latched(bench, "restarted")


def test_a_hot_motor_stops_all_a_warm_one_is_spared():
    bench = connected()
    bench.servos[2].set("present_temperature", 60)
    run(bench, len(HAND.motors) + 1)
    assert {servo.get("goal_current") for servo in bench.servos} == {300}
    bench.servos[2].set("present_temperature", 66)
    run(bench, len(HAND.motors) + 1)
    assert bench.driver.fault.kind == "hot"
    bench.servos[2].set("present_temperature", 40)
    expect_latched(bench, "hot")


def test_a_motor_that_works_too_hard_for_long_is_spared(monkeypatch):
    monkeypatch.setattr("hand_envs.hardware.health.OVER", 1.0)
    bench = connected()
    bench.bus.plant.high = bench.bus.plant.positions.copy()  # every finger is blocked
    target = bench.driver.limits.high.copy()
    shares = []
    for _ in range(60):
        bench.driver.step(target)
        shares.append(bench.servos[0].get("goal_current"))
    assert shares[0] == 500
    assert 300 in shares[20:]


def test_a_host_that_was_away_finds_the_motors_standing():
    bench = connected()
    bench.driver.send(bench.driver.limits.targets(wave(30)))
    bench.wait(0.5)
    assert all(servo.tripped for servo in bench.servos)
    assert bench.torque() == len(HAND.motors)
    done = bench.driver.step(HOME)
    assert np.array_equal(done.sent, bench.driver.sent)
    expect_latched(bench, "watchdog")


def test_one_who_waits_between_episodes_is_no_fault():
    bench = connected()
    bench.wait(3.0)
    bench.driver.wake()
    assert bench.driver.fault is None
    assert not any(servo.tripped for servo in bench.servos)
    assert len(run(bench, 10)) == 10
    bench.expect_safe_goals()


def test_the_deadman_feeds_a_slow_policy_but_not_a_hung_one():
    bench = connected()
    for _ in range(30):
        bench.wait(0.05)
        bench.driver.deadman.tick()
    assert not any(servo.tripped for servo in bench.servos), "1.5 s after the last step"
    bench.driver.step(HOME)
    assert bench.driver.fault is None
    for _ in range(50):
        bench.wait(0.05)
        bench.driver.deadman.tick()
    assert all(servo.tripped for servo in bench.servos), "2.5 s after it"
    bench.driver.step(HOME)
    expect_latched(bench, "deadman")


def test_the_deadman_lets_a_person_take_their_time():
    bench = connected()
    with bench.driver.deadman.waiting():
        for _ in range(60):
            bench.wait(0.05)
            bench.driver.deadman.tick()
    assert not any(servo.tripped for servo in bench.servos)
    bench.driver.step(HOME)
    assert bench.driver.fault is None


def test_steps_that_are_late_are_counted_and_not_made_up_for():
    bench = connected()
    times = []
    for number in range(20):
        if number == 10:
            bench.wait(0.12)
        bench.driver.step(bench.driver.limits.targets(wave(number)))
        times.append(bench.driver.timer.now())
    assert bench.driver.pace.overruns == 1
    assert bench.driver.pace.in_a_row == 0
    assert np.diff(times).min() > 0.045, "no burst"


def test_too_many_late_steps_in_a_row_are_a_fault():
    bench = connected()
    for _ in range(5):
        assert bench.driver.fault is None
        bench.driver.send(HOME)
        bench.wait(0.06)
        bench.driver.wait()
    expect_latched(bench, "overrun")


def test_an_estop_stops_within_a_step():
    pressed = [False]
    bench = connected(estops=[lambda: pressed[0]])
    pressed[0] = True
    bench.driver.step(HOME)
    assert bench.torque() == 0
    pressed[0] = False
    expect_latched(bench, "stopped")


def test_an_arm_that_runs_into_something_stops_the_hand():
    class Clumsy(StillArm):
        ran_into = ""
        held = 0

        def collided(self):
            return self.ran_into

        def recover(self):
            self.ran_into = ""

        def hold(self):
            self.held += 1

    arm = Clumsy()
    bench = connected(arm=arm)
    arm.ran_into = "the table"
    bench.driver.step(HOME)
    assert bench.driver.fault.detail == "the table"
    assert arm.held == 1
    expect_latched(bench, "collision")


def test_a_stop_holds_then_relaxes_within_its_time():
    bench = connected(settings=Settings(hold=0.2, relax=0.3))
    bench.bus.written.clear()
    began = bench.bus.clock()
    bench.driver.stop()
    assert 0.5 <= bench.bus.clock() - began <= 0.7
    currents = [each.value for each in bench.written("goal_current") if each.id == HAND.motors[0].id]
    assert currents[0] == 250
    assert currents == sorted(currents, reverse=True)
    assert currents[-1] == 0
    off = bench.written("torque_enable")[0].time
    assert off - began >= 0.5, "torque goes last"


def test_what_a_killed_host_leaves_is_cleared_by_the_next():
    bench = connected()
    bench.driver.send(bench.driver.limits.targets(wave(30)))
    bench.driver._endings.forget()  # killed: nothing of it runs any more
    bench.wait(bench.driver.settings.watchdog + 0.02)
    standing = bench.bus.plant.positions.copy()
    bench.wait(1.0)
    assert np.abs(bench.bus.plant.positions - standing).max() < TICK
    assert all(servo.tripped and servo.torque for servo in bench.servos)
    follower = Bench()
    follower.driver._open_bus, follower.driver.timer = bench.driver._open_bus, bench.driver.timer
    follower.driver.connect()
    assert not any(servo.tripped for servo in bench.servos)
    assert np.abs(bench.bus.plant.positions - standing).max() < 0.01, "and nothing has moved by that"


class Broken(StillArm):
    """An arm whose cable is out, once somebody pulls it."""

    broken = False

    def _expect_whole(self):
        if self.broken:
            raise BusError("The arm does not answer.")

    def read(self):
        self._expect_whole()
        return super().read()

    def send(self, pose):
        self._expect_whole()

    hold = _expect_whole

    def recover(self):
        self.broken = False


@pytest.mark.parametrize("when", ["send", "sense"])
def test_an_arm_that_does_not_answer_stops_the_hand(when):
    arm = Broken()
    bench = connected(arm=arm)
    arm.broken = True
    if when == "send":
        bench.driver.step(HOME)
    else:
        assert bench.driver.sense().stale
    assert bench.torque() == 0
    expect_latched(bench, "arm")


def test_a_cap_that_was_lost_on_the_wire_is_told_again():
    bench = connected()
    bench.servos[3].set("goal_current", 1000)
    run(bench, len(HAND.motors) + 1)
    assert bench.servos[3].get("goal_current") == HAND.motors[3].current
