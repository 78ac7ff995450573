"""Every ending of a process puts the hand down, within a stated time; after a kill the motors stand by themselves."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import ROOT

from hand_envs.hands.profile import profile
from hand_envs.hardware.calibration import Calibration
from hand_envs.hardware.driver import HandDriver
from hand_envs.hardware.endings import Endings
from hand_envs.hardware.ports import emulated_bus, opener
from hand_envs.hardware.settings import Settings
from hand_envs.hardware.terminal import EmulatedPort

WITHIN = Settings().close + 1.0
"""s, on a machine that has other things to do."""


def ended(how: str, *signals: int) -> tuple[int, str]:
    """Status and last words of a process that ends so."""
    command = [sys.executable, str(Path(__file__).with_name("ending.py")), how]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        for number in signals:
            process.send_signal(number)
        out, _ = process.communicate(timeout=60)
    return process.returncode, out


@pytest.mark.parametrize(
    ("how", "number", "status"),
    [
        pytest.param("normal", None, 0, marks=pytest.mark.slow),
        pytest.param("exception", None, 1, marks=pytest.mark.slow),
        pytest.param("steps", signal.SIGINT, -signal.SIGINT, marks=pytest.mark.slow),
        ("hung", signal.SIGINT, -signal.SIGINT),
        ("terminated", signal.SIGTERM, -signal.SIGTERM),
        ("chained", signal.SIGTERM, 3),
    ],
)
def test_the_hand_is_put_down(how, number, status):
    code, out = ended(how, *([number] if number else []))
    torque, seconds = re.match(r"torque (\d+) after ([\d.]+) s", out).groups()
    assert torque == "0"
    assert float(seconds) < WITHIN
    assert code in (status, 1 if status == -signal.SIGINT else status)
    assert ("15" in out.split("chained")[1]) == (how == "chained"), "whoever handled the signal before hears of it"


def test_the_second_signal_takes_torque_at_once():
    done = []

    def gently():
        done.append("gently")
        signal.raise_signal(signal.SIGINT)
        done.append("never")

    before = signal.getsignal(signal.SIGINT)
    endings = Endings(gently, lambda: done.append("at once"))
    endings.watch()
    try:
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    finally:
        endings.forget()
    assert done == ["gently", "at once"]
    assert signal.getsignal(signal.SIGINT) == before


def test_handlers_put_over_ours_stay():
    endings = Endings(lambda: None, lambda: None)
    before = signal.getsignal(signal.SIGTERM)
    endings.watch()
    try:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        endings.forget()
        assert signal.getsignal(signal.SIGTERM) == signal.SIG_IGN
    finally:
        signal.signal(signal.SIGTERM, before)


DRIVING = """
import sys
from hand_envs.hands.profile import profile
from hand_envs.hardware.calibration import Calibration
from hand_envs.hardware.driver import HandDriver
from hand_envs.hardware.ports import opener

hand = profile("dash")
driver = HandDriver(hand, opener(hand, sys.argv[1]), Calibration.nominal(hand, "killed"))
driver.connect()
for number in range(10**6):
    driver.step(driver.limits.high if number // 10 % 2 else driver.limits.low)
    if number == 3:
        print("ready", flush=True)
"""


def become(true: Callable[[], bool], seconds: float) -> bool:
    """Whether it comes true in time; the bus is served by another thread."""
    until = time.monotonic() + seconds
    while not true():
        if time.monotonic() > until:
            return False
        threading.Event().wait(0.005)
    return True


def test_after_a_kill_the_motors_stand_and_the_next_bring_up_clears_it():
    pytest.importorskip("serial")
    hand = profile("dash")
    bus = emulated_bus(hand, clock=time.monotonic)
    with EmulatedPort(bus) as port:
        command = [sys.executable, "-c", DRIVING, port.path]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            process.kill()
        killed = time.monotonic()
        servos = list(bus.servos.values())
        assert become(lambda: all(servo.tripped for servo in servos), 5.0)
        assert time.monotonic() - killed < Settings().watchdog + 1.0
        assert all(servo.torque for servo in servos), "they hold what they have"
        with bus.lock:
            standing = bus.plant.positions.copy()
        driver = HandDriver(hand, opener(hand, port.path), Calibration.nominal(hand, "next"))
        driver.connect()
        with bus.lock:
            assert not any(servo.tripped for servo in servos)
            assert abs(bus.plant.positions - standing).max() < 0.05
        driver.step(driver.sent)
        assert driver.fault is None
        driver.close()
        assert not any(servo.torque for servo in servos)
