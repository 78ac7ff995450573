"""The owner of a bus against emulated servos, on a clock that nobody waits for."""

import math
import threading
from contextlib import suppress

import numpy as np
import pytest

from hand_envs.errors import BusError, NoReplyError, OptionError, ServoError, UnpluggedError
from hand_envs.hardware import instructions, tables
from hand_envs.hardware.bus import Bus
from hand_envs.hardware.clocks import ManualClock
from hand_envs.hardware.codec import HEADER
from hand_envs.hardware.emulated import EmulatedBus
from hand_envs.hardware.instructions import status
from hand_envs.hardware.plants import FirstOrder
from hand_envs.hardware.transports import MemoryTransport

IDS = [0, 1, 2, 3]
STATE = ["present_current", "present_velocity", "present_position"]


@pytest.fixture
def emulated():
    return EmulatedBus(IDS, clock=ManualClock(100.0), plant=FirstOrder([1.0, 2.0, 3.0, 4.0]))


@pytest.fixture
def bus(emulated):
    return Bus(MemoryTransport(emulated))


@pytest.mark.parametrize("fast", [False, True])
def test_everybody_is_read_in_one_exchange(bus, emulated, fast):
    emulated.servos[2].fail(tables.VOLTAGE)
    readings = bus.sync_read([3, 0, 2], STATE, fast=fast)
    assert readings.ids == (3, 0, 2)
    np.testing.assert_allclose(readings["present_position"], [4.0, 1.0, 3.0], atol=tables.TICK / 2)
    assert bus.counts["requests"] == 1
    assert 100.0 < readings.time == bus.clock() < 100.01
    assert readings.alerts == {2}
    assert bus.alerts == {2}


def test_goals_reach_the_plant(bus, emulated):
    for id in IDS:
        bus.write(id, "operating_mode", tables.CURRENT_BASED_POSITION)
        bus.write_checked(id, "torque_enable", 1)
    bus.sync_write("goal_position", dict(zip(IDS, [1.5, 2.5, 3.5, 4.5], strict=True)))
    emulated.clock.advance(1.0)
    np.testing.assert_allclose(bus.sync_read(IDS, STATE)["present_position"], [1.5, 2.5, 3.5, 4.5], atol=0.01)
    bus.broadcast("torque_enable", 0, times=3)
    assert not any(servo.torque for servo in emulated.servos.values())


def test_refusals_say_why(bus):
    bus.write(1, "torque_enable", 1)
    with pytest.raises(
        ServoError, match="Servo 1 refuses 5 into operating_mode: .*locked while torque is on"
    ) as refused:
        bus.write(1, "operating_mode", 5)
    assert (refused.value.id, refused.value.code) == (1, instructions.ACCESS)
    assert bus.counts["retries"] == 0, "a servo that says no has heard"


def test_what_would_be_refused_is_not_sent(bus, emulated):
    for attempt in (
        lambda: bus.sync_write("goal_position", {0: 1.0, 1: math.nan}),
        lambda: bus.sync_write("operating_mode", {0: 5}),
        lambda: bus.broadcast("current_limit", 100),
        lambda: bus.sync_write("goal_position", {}),
        lambda: bus.ping(254),
        lambda: bus.sync_read([1, 1], STATE),
    ):
        with pytest.raises(OptionError):
            attempt()
    assert not emulated.written
    assert not bus.counts


def test_a_servo_that_is_not_there_is_named_and_waited_for_within_bounds(bus):
    began = bus.clock()
    with pytest.raises(NoReplyError, match="No answer from servo 9") as lost:
        bus.sync_read([0, 9, 3], STATE)
    assert lost.value.missing == (9,)
    # One request, and then two proofs that are not given either.
    assert bus.clock() - began < 3 * (0.02 + 3 * 0.0012)
    np.testing.assert_allclose(bus.sync_read([0, 3], STATE)["present_position"], [1, 4], atol=1e-3)


def test_a_deadline_cuts_everything_short(bus, emulated):
    emulated.faults.drop = 1.0
    until = bus.clock() + 0.03
    with pytest.raises(NoReplyError):
        bus.sync_read(IDS, STATE, until=until)
    assert bus.clock() == pytest.approx(until)


def test_lost_answers_are_asked_for_again(emulated):
    bus = Bus(MemoryTransport(emulated), tries=6)
    emulated.faults.drop = 0.1
    for _ in range(50):
        bus.read(1, "present_position")
    assert bus.counts["retries"] > 3


def test_a_late_answer_is_never_that_of_the_next_request(emulated):
    """It comes after its request was given up, when another register of the same size is asked for."""
    bus = Bus(MemoryTransport(emulated), tries=1, patience=0.01)
    emulated.faults.latency = 0.011
    with pytest.raises(NoReplyError):
        bus.read(1, "present_position")
    emulated.faults.latency = 0.005
    assert bus.read(1, "profile_velocity") == 0
    assert bus.read(1, "present_position") == pytest.approx(2.0, abs=1e-3)


def test_a_late_answer_is_no_proof_that_none_is_late(emulated):
    """32 bytes, as many as the first proof has: taken for it, they would leave the proof to be taken for them."""
    bus = Bus(MemoryTransport(emulated), tries=1, patience=0.01)
    names = ["goal_velocity", "present_position"]
    assert tables.block(names)[1] == 32
    emulated.faults.latency = 0.015
    with pytest.raises(NoReplyError):
        bus.sync_read([1], names)
    emulated.faults.latency = 0.008
    readings = bus.sync_read([1], names)
    assert readings["goal_velocity"][0] == 0
    assert readings["present_position"][0] == pytest.approx(2.0, abs=1e-3)


def test_a_late_proof_is_no_proof(emulated):
    """When everything is late for a while, each proof comes when the next is waited for."""
    bus = Bus(MemoryTransport(emulated), tries=1, patience=0.01)
    emulated.faults.latency = 0.015
    for _ in range(3):
        with pytest.raises(NoReplyError):
            bus.read(1, "present_position")
    emulated.faults.latency = 0.005
    said = []
    for _ in range(5):
        with suppress(NoReplyError):
            said.append(bus.read(1, "profile_velocity"))
    assert set(said) == {0.0}


def test_a_request_that_was_answered_needs_no_proof(bus):
    for _ in range(5):
        bus.sync_read(IDS, STATE)
    assert bus.counts["requests"] == 5


def test_what_a_killed_host_had_asked_for_is_no_answer(bus, emulated):
    emulated.receive(instructions.read(1, 132, 4))
    emulated.clock.advance(0.1)
    assert bus.read(1, "profile_velocity") == 0


def test_a_packet_that_never_ends_spoils_one_request_at_most(bus, monkeypatch):
    read, rubbish = bus.transport.read, [HEADER + b"\x01\xf0\x03"]
    monkeypatch.setattr(bus.transport, "read", lambda seconds: read(seconds) + (rubbish.pop() if rubbish else b""))
    bus.ping(1)
    bus.ping(1)
    assert bus.counts["retries"] == 0


def test_a_servo_that_heard_badly_is_asked_again(bus, emulated, monkeypatch):
    obey, answers = emulated._obey, [status(1, instructions.CRC)]

    def hear(packet):
        emulated._answer(answers.pop(), 0.0) if answers else obey(packet)

    monkeypatch.setattr(emulated, "_obey", hear)
    assert bus.read(1, "present_position") == pytest.approx(2.0, abs=1e-3)
    assert bus.counts["retries"] == 1


def test_whoever_interrupts_leaves_a_bus_that_works(bus, emulated, monkeypatch):
    read = bus.transport.read
    for error in (KeyboardInterrupt, ValueError("a bug")):

        def interrupted(seconds, error=error):
            raise error

        monkeypatch.setattr(bus.transport, "read", interrupted)
        with pytest.raises((KeyboardInterrupt, ValueError)):
            bus.read(2, "present_position")
        monkeypatch.setattr(bus.transport, "read", read)
        done = threading.Thread(target=lambda: bus.broadcast("torque_enable", 0))
        done.start()
        done.join(5)
        assert not done.is_alive(), "another thread can have the bus"
        assert bus.read(2, "profile_velocity") == 0, "and the answer that was left behind is no answer to this"


def test_a_signal_handler_may_use_the_bus_in_mid_request(bus, emulated, monkeypatch):
    bus.write(1, "torque_enable", 1)
    read, rung = bus.transport.read, []

    def ringing(seconds):
        if not rung:
            rung.append(True)
            bus.write(1, "torque_enable", 0)
        return read(seconds)

    monkeypatch.setattr(bus.transport, "read", ringing)
    assert bus.read(1, "present_position") == pytest.approx(2.0, abs=1e-3)
    assert not emulated.servos[1].torque


def test_a_signal_handler_does_not_hide_that_an_answer_is_owed(emulated, monkeypatch):
    """It comes between the note that there will be one, and the request."""
    bus = Bus(MemoryTransport(emulated), tries=1, patience=0.01)
    write, rung = bus.transport.write, []

    def ringing(request):
        if not rung:
            rung.append(True)
            bus.write(1, "torque_enable", 0)
            emulated.faults.latency = 0.011
        write(request)

    monkeypatch.setattr(bus.transport, "write", ringing)
    with pytest.raises(NoReplyError):
        bus.read(1, "present_position")
    emulated.faults.latency = 0.005
    assert bus.read(1, "profile_velocity") == 0


def test_two_threads_do_not_get_each_others_answers(emulated):
    bus, wrong = Bus(MemoryTransport(emulated)), []

    def ask(id):
        for _ in range(100):
            position = bus.sync_read([id], ["present_position"])["present_position"][0]
            if abs(position - (id + 1)) > 1e-3 or bus.ping(id).model != 1240:
                wrong.append((id, position))

    threads = [threading.Thread(target=ask, args=(id,)) for id in IDS]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert bus.counts["retries"] == bus.counts["stray"] == 0


def test_an_unplugged_bus_says_so(bus, emulated):
    emulated.unplug()
    for attempt in (lambda: bus.ping(1), lambda: bus.broadcast("torque_enable", 0)):
        with pytest.raises(UnpluggedError, match="unplugged"):
            attempt()


def test_a_closed_bus_says_so(bus):
    with bus:
        pass
    bus.close()
    with pytest.raises(BusError, match="closed"):
        bus.ping(1)


def test_another_process_may_not_use_it(bus, monkeypatch):
    monkeypatch.setattr("os.getpid", lambda: -1)
    with pytest.raises(BusError, match="process that opened it"):
        bus.broadcast("torque_enable", 0)


def test_who_is_there(bus, emulated):
    assert list(bus.ping_all()) == IDS
    emulated.faults.silent.add(2)
    found = bus.ping_all([0, 2, 7])
    assert list(found) == [0]
    assert (found[0].model, found[0].firmware) == (1240, 52)


def test_a_host_that_hears_itself(bus, emulated):
    emulated.faults.echo = True
    np.testing.assert_allclose(bus.sync_read(IDS, STATE, fast=True)["present_position"], [1, 2, 3, 4], atol=1e-3)
    bus.write(1, "led", 1)
    assert emulated.servos[1].get("led") == 1


def test_a_servo_that_keeps_silent_ends_the_answer_of_all(bus, emulated):
    emulated.faults.silent.add(2)
    with pytest.raises(NoReplyError) as lost:
        bus.sync_read(IDS, STATE, fast=True)
    assert lost.value.missing == (0, 1, 2, 3)


def test_old_firmware_answers_no_fast_sync_read():
    bus = Bus(MemoryTransport(EmulatedBus(IDS, clock=ManualClock(), firmware=45)))
    with pytest.raises(NoReplyError):
        bus.sync_read(IDS, STATE, fast=True)
    bus.sync_read(IDS, STATE)
