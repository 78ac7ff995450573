"""Every ending of a process puts the hand down, within a stated time."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT

from hand_envs.hardware.endings import Endings
from hand_envs.hardware.settings import Settings

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
        ("normal", None, 0),
        ("exception", None, 1),
        ("steps", signal.SIGINT, -signal.SIGINT),
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

    endings = Endings(gently, lambda: done.append("at once"))
    endings.watch()
    try:
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    finally:
        endings.forget()
    assert done == ["gently", "at once"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


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
