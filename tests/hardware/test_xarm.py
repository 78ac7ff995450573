"""The adapter of an xArm against a stand-in for its library."""

import sys

import numpy as np
import pytest

from hand_envs.errors import BusError, MissingDependencyError
from hand_envs.hardware.clocks import ManualClock
from hand_envs.hardware.xarm import CARTESIAN_ONLINE, XArm, placed, row

ORIGIN = (0.4, -0.1, 0.02, np.pi / 2, 0.0, 0.0)
FLANGE = (-0.05, 0.0, 0.03, 0.0, 0.0, np.pi)
QUARTER = np.pi / 2


class Box:
    """A control box whose arm is at once where it is told to be (mm, rad)."""

    connected, error_code = True, 0

    def __init__(self):
        self.calls, self.code = [], 0
        self.place = [300.0, 0.0, 200.0, np.pi, 0.0, 0.0]

    def __getattr__(self, name):
        def call(*values, **options):
            self.calls.append((name, *values, *options.values()))
            return self.code

        return call

    def get_position(self, is_radian):
        return self.code, self.place

    def set_position(self, *place, speed, is_radian, wait):
        assert (speed, is_radian, wait) == (250.0, True, False)
        self.place = list(place)
        return self.code

    def clean_error(self):
        self.error_code = 0


@pytest.fixture
def box():
    return Box()


@pytest.fixture
def arm(box):
    arm = XArm("192.168.1.2", origin=ORIGIN, flange=FLANGE, api=box, clock=ManualClock())
    arm.connect()
    return arm


def test_it_is_steered_by_targets_that_replace_each_other(arm, box):
    assert box.calls == [("motion_enable", True), ("set_mode", CARTESIAN_ONLINE), ("set_state", 0)]


def test_places_by_hand(box):
    """The table is turned left by a quarter and the flange 3 cm above the palm: its x is the base's y."""
    arm = XArm("a", origin=(0.4, -0.1, 0.02, QUARTER, 0, 0), flange=(0, 0, 0.03, 0, 0, 0), api=box, clock=ManualClock())
    arm.connect()
    arm.send(np.array([0.1, 0.2, 0.3, 0, 0, 0]))
    np.testing.assert_allclose(box.place, [200.0, 0.0, 350.0, 0, 0, QUARTER], atol=1e-9)


def test_what_is_sent_is_what_is_read(arm):
    random = np.random.default_rng(0)
    for _ in range(50):
        pose = np.r_[random.uniform(-0.3, 0.3, 3), random.uniform(-1.4, 1.4, 3)]
        arm.send(pose)
        np.testing.assert_allclose(arm.read()[0], pose, atol=1e-9)


def test_rotations_are_yaw_then_pitch_then_roll():
    np.testing.assert_allclose(placed(np.array([0, 0, 0, QUARTER, 0, 0]))[:3, 0], [0, 1, 0], atol=1e-12)
    np.testing.assert_allclose(placed(np.array([0, 0, 0, 0, QUARTER, 0]))[:3, 0], [0, 0, -1], atol=1e-12)
    np.testing.assert_allclose(placed(np.array([0, 0, 0, 0, 0, QUARTER]))[:3, 1], [0, 0, 1], atol=1e-12)
    pose = np.array([1, 2, 3, 0.3, -0.5, 2.0])
    np.testing.assert_allclose(row(placed(pose)), pose, atol=1e-12)


def test_speed_is_what_lies_between_two_readings(arm):
    arm.send(np.array([0, 0, 0.2, np.pi - 0.01, 0, 0]))
    assert not arm.read()[1].any()
    arm._clock.advance(0.05)
    arm.send(np.array([0.01, 0, 0.2, -np.pi + 0.01, 0, 0]))
    _, speed, force = arm.read()
    np.testing.assert_allclose(speed, [0.2, 0, 0, 0.4, 0, 0], atol=1e-6)
    assert not force.any()


def test_collisions_are_told_and_forgotten(arm, box):
    assert arm.collided() == ""
    box.error_code = 31
    assert arm.collided() == "the arm ran into something (error 31)"
    box.error_code = 2
    assert arm.collided() == "the arm reports error 2"
    arm.recover()
    assert arm.collided() == ""


def test_a_lost_connection_is_an_error_but_never_one_of_stopping(arm, box):
    box.code = -2
    for attempt in (arm.read, lambda: arm.send(np.zeros(6)), arm.connect):
        with pytest.raises(BusError, match=r"192\.168\.1\.2 does not .* \(code -2\)"):
            attempt()
    box.calls.clear()
    arm.hold()
    assert box.calls == [("set_state", 4), ("set_mode", CARTESIAN_ONLINE), ("set_state", 0)]
    arm.close()
    assert box.calls[-1] == ("disconnect",)


def test_before_connecting(monkeypatch):
    monkeypatch.setitem(sys.modules, "xarm.wrapper", None)
    arm = XArm("192.168.1.2")
    with pytest.raises(MissingDependencyError, match="pip install xarm-python-sdk"):
        arm.connect()
    with pytest.raises(BusError, match="not connected"):
        arm.read()
    arm.hold()
    arm.recover()
    arm.close()
