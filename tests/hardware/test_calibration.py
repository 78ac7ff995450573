"""Calibrations: kept, read, refused; and made with a person beside the hand, who here is emulated."""

from __future__ import annotations

import json

import numpy as np
import pytest

from hand_envs.errors import CalibrationError, HardwareError
from hand_envs.hands.profile import profile
from hand_envs.hardware.attached import Desk, EmulatedPerson
from hand_envs.hardware.calibration import Calibration, default_path
from hand_envs.hardware.operators import Scripted
from hand_envs.hardware.tables import TICK

HAND, LEAP = profile("dash"), profile("leap")


@pytest.mark.parametrize("hand", [HAND, LEAP], ids=["dash", "leap"])
def test_as_the_profile_has_it(hand, tmp_path):
    made = Calibration.nominal(hand, "desk")
    made.check(hand, "desk")
    low, high = made.range(hand)
    assert np.allclose(low, [motor.low for motor in hand.motors], atol=TICK)
    assert np.allclose(high, [motor.high for motor in hand.motors], atol=TICK)
    path = made.write(tmp_path / "new" / "hand.json")
    assert Calibration.read(path, hand, "desk") == made


def test_ticks_are_angles_of_the_hand():
    mounting = Calibration.nominal(HAND, "desk").motors["index_side"]
    assert mounting.angle(2048) == 0.0
    assert mounting.angle(2048 + 1024) == pytest.approx(np.pi / 2)
    turned = type(mounting)(**{**vars(mounting), "drive_mode": 1})
    assert turned.angle(2048 + 1024) == pytest.approx(-np.pi / 2)
    assert turned.ticks(turned.angle(1000)) == pytest.approx(1000)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"hand": "other"}, "altered"),
        ({"checksum": "0" * 64}, "altered"),
        ({"motors": {}}, "altered"),
        ({"date": 5}, "texts"),
    ],
)
def test_an_altered_one_is_refused(changes, says, tmp_path):
    path = Calibration.nominal(HAND, "desk").write(tmp_path / "hand.json")
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))
    with pytest.raises(CalibrationError, match=says):
        Calibration.read(path, HAND)


def test_another_hands_is_refused(tmp_path):
    path = Calibration.nominal(HAND, "desk").write(tmp_path / "hand.json")
    with pytest.raises(CalibrationError, match="of the hand 'desk', not of 'shelf'"):
        Calibration.read(path, HAND, "shelf")
    with pytest.raises(CalibrationError, match="of a 'dash', this hand is a 'leap'"):
        Calibration.read(path, LEAP)
    with pytest.raises(CalibrationError, match="not calibrated: there is no"):
        Calibration.read(tmp_path / "none.json", HAND)
    for name in ("", "../up", "a/b", "a b"):
        with pytest.raises(CalibrationError, match="letters, digits"):
            default_path(name)


def test_a_range_that_passes_the_wrap_is_refused():
    made = Calibration.nominal(HAND, "desk")
    made.motors["index_side"] = type(made.motors["index_side"])(1, 0, 100, -50, 300)
    with pytest.raises(CalibrationError, match="not within one turn"):
        made.check(HAND)


def test_a_person_bends_the_hand_and_it_is_calibrated():
    made = Desk("emulated", HAND).calibrate("desk")
    made.check(HAND, "desk")
    low, high = made.range(HAND)
    nominal = Calibration.nominal(HAND, "desk").range(HAND)
    assert np.allclose(low, nominal[0] + 0.03, atol=2 * TICK), "a margin inside of where it was bent to"
    assert np.allclose(high, nominal[1] - 0.03, atol=2 * TICK)


def test_a_hand_that_is_not_flat_is_not_calibrated(monkeypatch):
    monkeypatch.setattr(EmulatedPerson, "ready", Scripted.ready)
    with pytest.raises(CalibrationError, match=r"thumb_side stands \+1.50 rad"):
        Desk("emulated", HAND).calibrate("desk")


def test_a_motor_that_turns_the_wrong_way_is_found(monkeypatch):
    monkeypatch.setattr(EmulatedPerson, "confirm", lambda self, question: "index_forward" not in question)
    with pytest.raises(CalibrationError, match="index_forward turns against its sign: set sign = -1"):
        Desk("emulated", HAND).calibrate("desk", sweep=False)


def test_fingers_that_were_not_bent_have_no_range(monkeypatch):
    monkeypatch.setattr(EmulatedPerson, "bent", lambda self: True)
    with pytest.raises(CalibrationError, match="not bent far enough"):
        Desk("emulated", HAND).calibrate("desk")


def test_a_blocked_finger_is_found_and_the_hand_is_limp_again():
    desk = Desk("emulated", HAND)
    desk._emulated.plant.step = lambda goals, torque, currents, dt: (
        desk._emulated.plant.positions,
        np.zeros(len(goals)),
        np.zeros(len(goals)),
    )
    with pytest.raises(CalibrationError, match="index_side was to turn by 0.12 rad"):
        desk.calibrate("desk", sweep=False)
    assert not any(servo.torque for servo in desk._emulated.servos.values())


def test_a_person_may_stop(monkeypatch):
    monkeypatch.setattr(EmulatedPerson, "ready", lambda self, what: False)
    with pytest.raises(HardwareError, match="operator"):
        Desk("emulated", HAND).calibrate("desk")
