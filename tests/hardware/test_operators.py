"""Whoever says what a try was worth."""

from __future__ import annotations

import io

import numpy as np
import pytest

from hand_envs.errors import HardwareError, OptionError
from hand_envs.hardware.operators import Calling, Console, Scripted, Verdict, operator_of


def console(*lines: str) -> tuple[Console, io.StringIO]:
    said = io.StringIO()
    return Console(source=io.StringIO("".join(f"{line}\n" for line in lines)), sink=said), said


@pytest.mark.parametrize("bad", [-0.1, 1.1, float("nan"), float("inf"), "0.5", None, [0.5], np.zeros(2), 1j])
def test_a_score_is_a_number_from_0_to_1(bad):
    with pytest.raises(OptionError, match="from 0"):
        Verdict(bad)


def test_scores():
    assert [Verdict(score).score for score in (0, 1, 0.5, np.float32(0.5), True)] == [0.0, 1.0, 0.5, 0.5, 1.0]


def test_at_the_console_until_it_is_an_answer():
    asked, said = console("good", "7", "0.8", "", "q", "maybe", "yes", "r")
    assert asked.verdict() == Verdict(0.8)
    assert said.getvalue().count("A number from 0 to 1") == 2
    assert asked.ready("Put the cup back")
    assert not asked.ready("Put the cup back")
    assert asked.confirm("Did it close?")
    assert asked.verdict().again


def test_an_end_of_input_is_nobody():
    asked, _ = console()
    with pytest.raises(HardwareError, match="nobody to ask"):
        asked.verdict()


def test_scripted_and_called():
    script = Scripted([0.2, None, 0.9])
    assert [script.verdict() for _ in range(4)] == [Verdict(0.2), Verdict(0.0, again=True), Verdict(0.9), Verdict(0.9)]
    assert Calling(lambda: 0.3).verdict() == Verdict(0.3)
    with pytest.raises(OptionError):
        Calling(lambda: 3).verdict()


def test_what_is_an_operator():
    assert isinstance(operator_of(None), Console)
    assert isinstance(operator_of("console"), Console)
    assert operator_of(0.4).verdict().score == 0.4
    assert operator_of([0.1, 0.2]).verdict().score == 0.1
    assert operator_of(lambda: 0.6).verdict().score == 0.6
    script = Scripted()
    assert operator_of(script) is script
    with pytest.raises(OptionError):
        operator_of("somebody")
