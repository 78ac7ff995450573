"""The emulated bus behind a device file, opened as real ports are."""

import os
import signal
import subprocess
import sys
import threading

import numpy as np
import pytest

serial = pytest.importorskip("serial", reason="needs the extra: pip install 'hand-envs[hardware]'")
if os.name != "posix":
    pytest.skip("there are no pseudo terminals here", allow_module_level=True)

from hand_envs.errors import BusError, NoReplyError, UnpluggedError  # noqa: E402
from hand_envs.hardware import terminal  # noqa: E402
from hand_envs.hardware.bus import Bus  # noqa: E402
from hand_envs.hardware.emulated import EmulatedBus  # noqa: E402
from hand_envs.hardware.faults import Faults  # noqa: E402
from hand_envs.hardware.plants import FirstOrder  # noqa: E402
from hand_envs.hardware.terminal import EmulatedPort  # noqa: E402
from hand_envs.hardware.transports import open_serial  # noqa: E402

IDS = list(range(16))
STATE = ["present_current", "present_velocity", "present_position"]
PATIENCE = 0.2  # s: the machine may be busy with other tests


@pytest.fixture
def emulated():
    return EmulatedBus(IDS, plant=FirstOrder(np.linspace(1, 4, 16)), faults=Faults(seed=3))


@pytest.fixture
def port(emulated):
    with EmulatedPort(emulated) as port:
        yield port


@pytest.fixture
def bus(port):
    with Bus(open_serial(port.path), patience=PATIENCE) as bus:
        yield bus


def positions(bus, **options):
    return bus.sync_read(IDS, STATE, **options)["present_position"]


@pytest.mark.parametrize("fast", [False, True])
def test_a_hand_is_read_and_moved(bus, emulated, fast):
    np.testing.assert_allclose(positions(bus, fast=fast), np.linspace(1, 4, 16), atol=1e-3)
    for id in IDS[:2]:
        bus.write_checked(id, "torque_enable", 1)
    bus.sync_write("goal_position", {0: 1.2, 1: 1.4})
    bus.ping(0)
    with emulated.lock:
        assert emulated.servos[1].get("goal_position") == pytest.approx(1.4, abs=1e-3)
        assert not emulated.servos[2].torque


def test_the_port_is_nobody_elses(bus, port):
    with pytest.raises(BusError, match="another process has it"):
        open_serial(port.path)


def test_a_port_that_is_not_there_is_named(tmp_path):
    with pytest.raises(BusError, match="nowhere cannot be opened at 1000000 baud"):
        open_serial(str(tmp_path / "nowhere"))


def test_pulling_the_plug_is_one_error_until_it_is_back(bus, port):
    port.unplug()
    for attempt in (lambda: positions(bus), lambda: bus.broadcast("torque_enable", 0), lambda: bus.ping(1)):
        with pytest.raises(UnpluggedError, match="gone"):
            attempt()
    bus.close()
    port.plug_in()
    with Bus(open_serial(port.path), patience=PATIENCE) as again:
        assert len(positions(again)) == 16


def test_pulling_the_plug_while_somebody_waits(port, emulated):
    emulated.faults.drop = 1.0
    with Bus(open_serial(port.path), patience=5.0) as bus:
        pulled = threading.Timer(0.05, port.unplug)
        pulled.start()
        with pytest.raises(UnpluggedError):
            bus.ping(1)
        pulled.join()


def test_a_plug_pulled_while_the_terminal_waits_for_the_host_stops_nobody(bus, monkeypatch):
    waits = [OSError(9, "Bad file descriptor")] * 3
    select = terminal.select.select

    def failing(*what):
        if waits and threading.current_thread().name == "emulated bus":
            raise waits.pop()
        return select(*what)

    monkeypatch.setattr(terminal.select, "select", failing)
    assert bus.ping(1).model == 1240
    assert not waits


def test_closing_from_another_thread_ends_the_wait(port, emulated):
    emulated.faults.drop = 1.0
    bus, ended = Bus(open_serial(port.path), patience=0.3, tries=1), []

    def ask():
        with pytest.raises(NoReplyError):
            bus.ping(1)
        ended.append(True)

    asking = threading.Thread(target=ask)
    asking.start()
    bus.close()
    asking.join(5)
    assert ended


def test_a_bad_line_costs_time_and_gives_no_wrong_value(port, emulated):
    faults = emulated.faults
    faults.drop = faults.flip = faults.truncate = faults.stray = faults.request_flip = 0.003
    expected = np.linspace(1, 4, 16)
    with Bus(open_serial(port.path), patience=0.05, tries=20) as bus:
        for number in range(30):
            np.testing.assert_allclose(positions(bus, fast=number % 2 == 0), expected, atol=1e-3)
        assert bus.counts["retries"] > 0


HOST = """
import sys
from hand_envs.hardware import terminal  # noqa: E402
from hand_envs.hardware.bus import Bus
from hand_envs.hardware.transports import open_serial
with Bus(open_serial(sys.argv[1]), patience=5.0) as bus:
    bus.write(1, "torque_enable", 1)
    try:
        print("waiting", flush=True)
        while True:
            bus.read(1, "present_position")
    finally:
        bus.broadcast("torque_enable", 0, times=3)
        bus.write_checked(1, "torque_enable", 0)
"""


def test_ctrl_c_in_the_midst_of_a_read_leaves_a_bus_that_can_switch_off(port, emulated):
    host = subprocess.Popen([sys.executable, "-c", HOST, port.path], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        assert host.stdout.readline() == b"waiting\n"
        with emulated.lock:
            assert emulated.servos[1].torque
        host.send_signal(signal.SIGINT)
        _, errors = host.communicate(timeout=30)
    finally:
        host.kill()
    assert b"KeyboardInterrupt" in errors
    assert b"Error" not in errors
    with emulated.lock:
        assert not emulated.servos[1].torque
