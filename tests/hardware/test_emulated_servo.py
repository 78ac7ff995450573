"""Emulated servos do what the manual says of real ones."""

import math

import pytest

from hand_envs.errors import BusError, NoReplyError, ServoError
from hand_envs.hardware import instructions, tables
from hand_envs.hardware.bus import Bus
from hand_envs.hardware.clocks import ManualClock
from hand_envs.hardware.emulated import EmulatedBus
from hand_envs.hardware.plants import FirstOrder
from hand_envs.hardware.servo import BOOT
from hand_envs.hardware.transports import MemoryTransport


@pytest.fixture
def emulated():
    return EmulatedBus([1, 2], clock=ManualClock(), plant=FirstOrder([math.pi, 9.0]))


@pytest.fixture
def bus(emulated):
    return Bus(MemoryTransport(emulated))


@pytest.fixture
def servo(emulated):
    return emulated.servos[1]


def refused(code):
    return pytest.raises(ServoError, check=lambda error: error.code == code)


def test_what_is_kept_is_locked_while_torque_is_on(bus, servo):
    bus.write(1, "current_limit", 300)
    bus.write(1, "torque_enable", 1)
    with refused(instructions.ACCESS):
        bus.write(1, "current_limit", 400)
    assert servo.get("current_limit") == 300


def test_a_change_of_mode_resets_gains_and_current(bus, servo):
    bus.write(1, "position_p_gain", 600)
    bus.write(1, "current_limit", 500)
    bus.write(1, "operating_mode", tables.CURRENT_BASED_POSITION)
    assert (servo.get("position_p_gain"), servo.get("goal_current")) == (1100, 500)
    bus.write(1, "position_p_gain", 600)
    bus.write(1, "operating_mode", tables.CURRENT_BASED_POSITION)
    assert servo.get("position_p_gain") == 600, "the mode did not change"


def test_position_limits_hold_in_position_mode_alone(bus, servo):
    bus.write(1, "max_position_limit", 4.0)
    with refused(instructions.LIMIT):
        bus.write(1, "goal_position", 4.1)
    bus.write(1, "operating_mode", tables.CURRENT_BASED_POSITION)
    bus.write(1, "goal_position", 40.0)
    assert servo.get("goal_position") == pytest.approx(40.0, abs=tables.TICK)


def test_a_current_beyond_the_limit_is_refused(bus):
    bus.write(1, "current_limit", 300)
    with refused(instructions.LIMIT):
        bus.write(1, "goal_current", 301)


def test_pieces_of_registers_and_unwritable_ones_are_refused(emulated, servo):
    assert servo.write(116, b"\0\0") == instructions.LENGTH
    assert servo.write(117, b"\0\0\0") == instructions.ACCESS
    assert servo.write(132, bytes(4)) == instructions.ACCESS
    assert servo.write(112, bytes(8)) == 0, "neighbours may be written together"
    assert servo.write(98, b"\x80") == instructions.RANGE
    assert servo.read(250, 10) == (instructions.ACCESS, b"")


def test_whole_turns_are_lost_with_power_and_by_torque_in_position_mode(bus, emulated):
    """Servo 2 stands at 9 rad: more than one turn."""
    two = emulated.servos[2]
    once = 9.0 - 2 * math.pi
    assert bus.read(2, "present_position") == pytest.approx(once, abs=0.001)
    bus.write(2, "operating_mode", tables.EXTENDED_POSITION)
    bus.write(2, "torque_enable", 1)
    bus.write(2, "goal_position", once + 10)
    emulated.clock.advance(5.0)
    assert bus.read(2, "present_position") == pytest.approx(once + 10, abs=0.01)
    assert two.position == pytest.approx(19.0, abs=0.01), "of the shaft"
    bus.reboot(2)
    emulated.clock.advance(1.0)
    assert bus.read(2, "present_position") == pytest.approx(19.0 % (2 * math.pi), abs=0.01)
    assert two.position == pytest.approx(19.0, abs=0.01)
    assert bus.read(2, "goal_position") == pytest.approx(bus.read(2, "present_position"), abs=0.01)


def test_turns_can_be_forgotten_without_torque(bus, emulated):
    bus.write(1, "operating_mode", tables.EXTENDED_POSITION)
    emulated.plant.positions[0] = 3.0 + 4 * math.pi
    emulated.clock.advance(0.1)
    assert bus.read(1, "present_position") == pytest.approx(3.0 + 4 * math.pi, abs=0.001)
    bus.clear_turns(1)
    emulated.clock.advance(0.1)
    assert bus.read(1, "present_position") == pytest.approx(3.0, abs=0.001)
    bus.write(1, "torque_enable", 1)
    with refused(instructions.ACCESS):
        bus.clear_turns(1)


def test_a_profile_limits_speed(bus, emulated):
    bus.write(1, "profile_velocity", 1.0)
    bus.write(1, "torque_enable", 1)
    bus.write(1, "goal_position", math.pi + 1.0)
    emulated.clock.advance(0.5)
    there = bus.read(1, "present_position") - math.pi
    assert 0.4 < there < 0.51
    assert bus.read(1, "moving") == 1
    emulated.clock.advance(1.0)
    assert bus.read(1, "present_position") - math.pi == pytest.approx(1.0, abs=0.01)


def test_a_current_of_none_moves_nothing(bus, emulated):
    bus.write(1, "operating_mode", tables.CURRENT_BASED_POSITION)
    bus.write(1, "goal_current", 0)
    bus.write(1, "torque_enable", 1)
    bus.write(1, "goal_position", 4.0)
    emulated.clock.advance(1.0)
    assert bus.read(1, "present_position") == pytest.approx(math.pi, abs=0.001)


def test_a_stop_draws_the_current_that_is_allowed():
    plant = FirstOrder([3.0], high=3.5)
    emulated = EmulatedBus([1], clock=ManualClock(), plant=plant)
    bus = Bus(MemoryTransport(emulated))
    bus.write(1, "operating_mode", tables.CURRENT_BASED_POSITION)
    bus.write(1, "goal_current", 250)
    bus.write(1, "torque_enable", 1)
    bus.write(1, "goal_position", 4.0)
    emulated.clock.advance(1.0)
    readings = bus.sync_read([1], ["present_current", "present_velocity", "present_position"])
    assert readings["present_position"][0] == pytest.approx(3.5, abs=0.001)
    assert readings["present_current"][0] == 250
    assert readings["present_velocity"][0] == 0


def test_the_watchdog_stops_a_servo_that_nobody_speaks_to(bus, emulated, servo):
    bus.write(1, "profile_velocity", 1.0)
    bus.write(1, "torque_enable", 1)
    bus.write(1, "bus_watchdog", 0.1)
    bus.write(1, "goal_position", 5.0)
    for _ in range(5):
        emulated.clock.advance(0.09)
        bus.ping(2)  # whatever is said to whomever
    assert not servo.tripped
    moving = bus.read(1, "present_position")
    emulated.clock.advance(0.15)
    emulated.advance()
    stopped = bus.read(1, "present_position")
    assert moving < stopped < moving + 0.13
    emulated.clock.advance(1.0)
    assert bus.read(1, "present_position") == pytest.approx(stopped, abs=0.01)
    assert servo.torque
    assert bus.read(1, "bus_watchdog") < 0
    with refused(instructions.RANGE):
        bus.write(1, "goal_position", 3.0)
    with refused(instructions.RANGE):
        bus.write(1, "bus_watchdog", 0.1)
    bus.write(1, "bus_watchdog", 0)
    emulated.clock.advance(0.5)
    assert bus.read(1, "present_position") == pytest.approx(stopped, abs=0.01), "it stays until told anew"
    bus.write(1, "goal_position", 3.0)


def test_a_watchdog_without_torque_sleeps(bus, emulated, servo):
    bus.write(1, "bus_watchdog", 0.02)
    emulated.clock.advance(1.0)
    bus.ping(1)
    assert not servo.tripped


def test_a_shutdown_takes_torque_until_a_reboot(bus, emulated, servo):
    bus.write(1, "torque_enable", 1)
    bus.write(1, "position_p_gain", 600)
    servo.fail(tables.OVERLOAD)
    assert not servo.torque
    assert bus.read(1, "hardware_error_status") == tables.OVERLOAD
    assert bus.alerts == {1}
    bus.write(1, "torque_enable", 1)
    with pytest.raises(BusError, match="took 1 into torque_enable and has 0 there"):
        bus.write_checked(1, "torque_enable", 1)
    bus.reboot(1)
    with pytest.raises(NoReplyError):
        bus.ping(1)
    emulated.clock.advance(BOOT)
    bus.alerts.clear()
    assert bus.read(1, "hardware_error_status") == 0
    assert bus.read(1, "position_p_gain") == 1100, "what is not kept is as at first"
    assert bus.alerts == set()
    bus.write_checked(1, "torque_enable", 1)


def test_an_error_outside_the_shutdown_mask_only_alerts(bus, servo):
    bus.write(1, "torque_enable", 1)
    servo.fail(tables.VOLTAGE)
    bus.ping(1)
    assert servo.torque
    assert bus.alerts == {1}


def test_quiet_servos_answer_pings_alone(bus, servo):
    bus.broadcast("status_return_level", 1)
    bus.read(1, "led")
    with pytest.raises(NoReplyError):
        bus.write(1, "led", 1)
    assert servo.get("led") == 1
    bus.broadcast("status_return_level", 0)
    bus = Bus(bus.transport)  # that knows of no answer that is owed
    bus.ping(1)
    with pytest.raises(NoReplyError):
        bus.read(1, "led")


def test_everything_written_is_kept(bus, emulated):
    emulated.clock.advance(2.0)
    bus.sync_write("goal_position", {1: 3.0, 2: 2.0})
    with refused(instructions.RANGE):
        emulated.servos[1].set("bus_watchdog", -0.02)
        bus.write(1, "goal_position", 1.0)
    rows = [(row.time, row.id, row.name, round(row.value, 3), row.error) for row in emulated.written]
    assert [row[1:] for row in rows] == [
        (1, "goal_position", 3.0, 0),
        (2, "goal_position", 2.0, 0),
        (1, "goal_position", 1.0, instructions.RANGE),
    ]
    assert rows[0][0] == 2.0
