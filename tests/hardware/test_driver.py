"""A driver on an emulated bus: what it says of itself, how it brings a hand up, what it sends, how it ends."""

from __future__ import annotations

import numpy as np
import pytest
from hardware.bench import HAND, HOME, Bench, run, wave

from hand_envs.errors import ActionError, BusError, CalibrationError, HardwareError
from hand_envs.hands.limiter import ARM
from hand_envs.hardware.calibration import Calibration
from hand_envs.hardware.driver import HandDriver
from hand_envs.hardware.homing import go


def never():
    raise AssertionError("nobody opens a port for this")


def test_what_it_gives_and_takes_is_known_offline():
    driver = HandDriver(HAND, never)
    assert list(driver.action_features) == [f"{name}.pos" for name in (*ARM, *(m.name for m in HAND.motors))]
    assert len(driver.observation_features) == 2 * len(HOME) + len(HAND.motors)
    assert not driver.is_connected
    assert not driver.is_calibrated


def test_it_gives_what_it_says():
    bench = Bench()
    with bench.driver as driver:
        assert driver.get_observation().keys() == driver.observation_features.keys()
        sent = driver.send_action({"index_curl.pos": 0.05, "arm_x.pos": 9.0})
        assert sent.keys() == driver.action_features.keys()
        assert sent["index_curl.pos"] == pytest.approx(0.05, abs=0.001)
        assert sent["arm_x.pos"] == pytest.approx(0.25 * 0.05)
        with pytest.raises(ActionError, match="index_curl.pos"):
            driver.send_action({"index_curly.pos": 0.0})


def test_without_a_calibration_nothing_is_touched():
    driver = HandDriver(HAND, never)
    with pytest.raises(CalibrationError, match="hand-envs hand calibrate"):
        driver.connect()


def test_it_is_brought_up_in_order():
    bench = Bench()
    bench.driver.connect()
    names = [each.name for each in bench.bus.written if each.id == HAND.motors[0].id]
    order = ["bus_watchdog", "torque_enable", "operating_mode", "position_p_gain", "goal_current", "goal_position"]
    assert [names.index(name) for name in order] == sorted(names.index(name) for name in order)
    torque = [each for each in bench.written("torque_enable") if each.id == HAND.motors[0].id]
    assert [each.value for each in torque] == [0, 0, 1]
    on, goal = torque[-1], bench.written("goal_position")[0]
    assert goal.time < on.time
    watchdogs = bench.written("bus_watchdog")
    assert watchdogs[0].value == 0
    assert watchdogs[-1].value == pytest.approx(0.2)
    assert watchdogs[-1].time > on.time
    assert all(servo.get("operating_mode") == 5 for servo in bench.servos)
    assert all(servo.get("current_limit") == 500 for servo in bench.servos)
    assert bench.torque() == len(HAND.motors)
    before = [servo.position for servo in bench.servos]
    bench.wait(0.1)
    assert np.allclose([servo.position for servo in bench.servos], before, atol=0.01), "nothing has moved"


def test_what_is_kept_is_written_only_where_it_differs():
    bench = Bench()
    bench.driver.connect()
    bench.driver.close()
    bench.bus.written.clear()
    bench.driver.connect()
    assert not [each.name for each in bench.bus.written if each.name in ("operating_mode", "current_limit", "shutdown")]


@pytest.mark.parametrize(
    ("register", "value", "says"),
    [
        ("model_number", 1200, "is a model 1200"),
        ("present_input_voltage", 3.9, "3.9 V"),
        ("present_temperature", 66, "66 deg C"),
    ],
)
def test_a_hand_that_is_not_fit_is_refused_motor_by_motor(register, value, says):
    bench = Bench()
    bench.servos[3].set(register, value)
    with pytest.raises(HardwareError, match=f"middle_side.*{says}"):
        bench.driver.connect()
    assert bench.torque() == 0
    assert not bench.driver.is_connected


def test_a_motor_that_does_not_answer_is_named():
    bench = Bench()
    bench.bus.faults.silent = {HAND.motors[5].id}
    with pytest.raises(HardwareError, match="middle_curl .* does not answer"):
        bench.driver.connect()


def test_a_finger_far_out_of_its_range_is_not_pulled_in():
    bench = Bench()
    bench.bus.plant.positions[0] += 1.2
    bench.bus.plant.high = np.inf
    bench.wait(0.01)
    with pytest.raises(HardwareError, match=r"index_side stands 0\.8\d rad outside"):
        bench.driver.connect()
    assert bench.torque() == 0


def test_it_goes_where_it_is_told():
    bench = Bench()
    bench.driver.connect()
    target = bench.driver.limits.targets(wave(3))
    target[: len(ARM)] = bench.driver.sent[: len(ARM)]
    go(bench.driver, target)
    assert np.allclose(bench.driver.sensed.positions, target, atol=0.15)
    assert bench.expect_safe_goals() > 0


def test_what_was_sent_is_what_the_servos_got():
    bench = Bench()
    bench.driver.connect()
    done = run(bench, 40)[-1]
    goals = np.array([servo.get("goal_position") for servo in bench.servos])
    zero, sign = np.array([motor.zero for motor in HAND.motors]), np.array([motor.sign for motor in HAND.motors])
    assert np.allclose(sign * (goals - zero), done.sent[len(ARM) :], atol=1e-3)
    assert done.clipped.dtype == bool
    assert bench.expect_safe_goals() == 41 * len(HAND.motors)


def test_what_was_decided_before_a_stop_is_not_done_after_it():
    bench = Bench()
    bench.driver.connect()
    generation = bench.driver.latch.generation
    bench.driver.send(HOME, generation)
    bench.driver.stop("stopped")
    bench.driver.clear_fault()
    with pytest.raises(HardwareError, match="before the hand was stopped"):
        bench.driver.send(HOME, generation)


def test_hold_relax_and_freeze():
    bench = Bench()
    bench.driver.connect()
    run(bench, 10)
    goals = [servo.get("goal_position") for servo in bench.servos]
    bench.driver.freeze()
    assert [servo.get("goal_position") for servo in bench.servos] == goals
    bench.driver.hold()
    assert bench.torque() == len(HAND.motors)
    assert {servo.get("goal_current") for servo in bench.servos} == {250}
    bench.driver.relax()
    assert bench.torque() == 0
    assert bench.expect_safe_goals() > 0


def test_it_is_put_down_once_and_in_time():
    bench = Bench()
    bench.driver.connect()
    run(bench, 5)
    began = bench.bus.clock()
    bench.driver.close()
    assert bench.bus.clock() - began <= bench.driver.settings.close
    assert bench.torque() == 0
    told = len(bench.bus.written)
    bench.driver.close()
    assert len(bench.bus.written) == told
    with pytest.raises(HardwareError, match="connect"):
        bench.driver.send(HOME)
    bench.driver.connect()
    assert bench.torque() == len(HAND.motors)


def test_it_is_put_down_in_time_when_nobody_answers():
    bench = Bench()
    bench.driver.connect()
    run(bench, 5)
    bench.bus.faults.silent = set(bench.bus.servos)
    began = bench.bus.clock()
    bench.driver.close()
    assert bench.bus.clock() - began <= bench.driver.settings.close + 0.1
    assert bench.torque() == 0


def test_it_is_put_down_after_a_transaction_was_broken(monkeypatch):
    bench = Bench()
    bench.driver.connect()
    transport = bench.driver.bus.transport
    read = transport.read

    def interrupted(seconds):
        monkeypatch.setattr(transport, "read", read)
        raise KeyboardInterrupt

    monkeypatch.setattr(transport, "read", interrupted)
    with pytest.raises(KeyboardInterrupt), bench.driver:
        bench.driver.sense()
    assert bench.torque() == 0


def test_it_is_put_down_when_the_port_is_gone():
    bench = Bench()
    bench.driver.connect()
    bench.bus.unplug()
    bench.driver.close()
    assert not bench.driver.is_connected
    with pytest.raises(BusError):
        bench.driver.connect()


def test_another_process_does_not_drive_it(monkeypatch):
    bench = Bench()
    bench.driver.connect()
    monkeypatch.setattr("hand_envs.hardware.driver.os.getpid", lambda: -1)
    with pytest.raises(HardwareError, match="process"):
        bench.driver.send(HOME)
    bench.driver.close()
    assert bench.torque() == len(HAND.motors), "a child leaves the parent's hand alone"


def test_another_hands_calibration_is_refused():
    other = Calibration.nominal(HAND, "bench")
    other.motors["index_side"] = other.motors["index_forward"]
    with pytest.raises(CalibrationError, match="index_side"):
        Bench(calibration=other).driver.connect()
