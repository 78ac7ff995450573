"""A hand at a port, for who has it on the desk: looked at, calibrated, driven."""

from __future__ import annotations

import select
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from hand_envs.core.simulation import Simulation
from hand_envs.hands.built import hand_scene
from hand_envs.hands.profile import HandProfile
from hand_envs.hardware import bringup
from hand_envs.hardware.arm import TwinArm
from hand_envs.hardware.calibrating import Calibrating
from hand_envs.hardware.calibration import Calibration
from hand_envs.hardware.connecting import calibration_of
from hand_envs.hardware.driver import HandDriver
from hand_envs.hardware.emulated import EmulatedBus
from hand_envs.hardware.operators import Console, Operator, Scripted
from hand_envs.hardware.pace import RealTimer, Timer
from hand_envs.hardware.ports import EMULATED, EmulatedTimer, emulated_bus, opener
from hand_envs.hardware.tables import TICK
from hand_envs.hardware.twin import TwinPlant

READS = 100
SLOW = 0.01
"""s for a reading of all motors, beyond which something is not set as it should be."""
_REMEDY = (
    "slow: have the adapter's latency timer at 1 ms (echo 1 | sudo tee /sys/bus/usb-serial/devices/PORT/latency_timer)"
)


@dataclass(frozen=True)
class Looked:
    """What a look at a hand has found."""

    reports: list[bringup.Report]
    line: str
    fine: bool

    def rows(self) -> list[dict[str, object]]:
        """A row a motor."""
        return [{**asdict(report), "problems": "; ".join(report.problems) or "none"} for report in self.reports]


class Desk:
    """What can be done with a hand that is not driven.

    Args:
        port: serial, or "emulated".
        profile: of the hand.
    """

    def __init__(self, port: str, profile: HandProfile) -> None:
        self.port, self.profile = port, profile
        self._emulated = emulated_bus(profile) if port == EMULATED else None
        self._open = opener(profile, port, self._emulated)

    def look(self) -> Looked:
        """At every motor, and how fast and well all are heard."""
        with closing(self._open()) as bus:
            reports = bringup.inspect(bus, self.profile)
            ids = [report.id for report in reports if not report.problems]
            times = []
            fast = bringup.fast_reads(reports)
            for _ in range(READS if len(ids) == len(reports) else 0):
                began = bus.clock()
                bus.sync_read(ids, ["present_position"], fast=fast)
                times.append(bus.clock() - began)
            counts = ", ".join(f"{count} {what}" for what, count in sorted(bus.counts.items()) if count)
        if not times:
            return Looked(reports, f"Not all motors are fit. On the line: {counts}", fine=False)
        half, most = 1000 * np.median(times), 1000 * np.quantile(times, 0.99)
        slow = f"; {_REMEDY}" if half > 1000 * SLOW else ""
        return Looked(
            reports, f"All are heard in {half:.1f} ms, 99 % in {most:.1f} ms{slow}. On the line: {counts}", True
        )

    def calibrate(self, name: str, sweep: bool = True) -> Calibration:
        """With a person beside it; beside an emulated hand stands an emulated person."""
        timer: Timer = RealTimer()
        operator: Operator = Console()
        done = _enter_pressed
        if self._emulated is not None:
            timer = EmulatedTimer(self._emulated)
            person = EmulatedPerson(self._emulated, self.profile)
            operator, done = person, person.bent
        with closing(self._open()) as bus:
            work = Calibrating(bus, self.profile, name, timer)
            work.zero(operator)
            if sweep:
                work.sweep(operator, done)
            work.signs(operator)
            return work.found


def _enter_pressed() -> bool:
    if not select.select([sys.stdin], [], [], 0)[0]:
        return False
    sys.stdin.readline()
    return True


class EmulatedPerson(Scripted):
    """Lays an emulated hand flat, bends its fingers, and says yes.

    Args:
        bus: whose servos turn as they are bent.
        profile: of the hand.
    """

    def __init__(self, bus: EmulatedBus, profile: HandProfile) -> None:
        super().__init__()
        self._plant = bus.plant
        self._timer = EmulatedTimer(bus)
        self._poses: Iterator[np.ndarray] = iter(())
        mountings = Calibration.nominal(profile, EMULATED).motors
        self._low, self._zero, self._high = (
            np.array([mountings[motor.name].ticks(angle) for motor, angle in zip(profile.motors, angles, strict=True)])
            for angles in (
                [motor.low for motor in profile.motors],
                np.zeros(len(profile.motors)),
                [motor.high for motor in profile.motors],
            )
        )

    def ready(self, what: str) -> bool:
        self._turn(self._zero)
        self._poses = iter([self._low, self._high, self._zero])
        return super().ready(what)

    def bent(self) -> bool:
        """Bend on; whether everything has been bent."""
        pose = next(self._poses, None)
        if pose is not None:
            self._turn(pose)
        return pose is None

    def _turn(self, ticks: np.ndarray) -> None:
        self._plant.positions = ticks * TICK  # type: ignore[attr-defined]
        self._timer.wait(self._timer.now() + 0.01)


def driver_at(port: str, profile: HandProfile, name: str | None = None, calibration: Path | None = None) -> HandDriver:
    """A driver of the hand at a port. Behind an emulated bus stands the twin, calibrated as its profile has it."""
    if port != EMULATED:
        return HandDriver(profile, opener(profile, port), calibration_of(profile, calibration, name))
    twin = Simulation(hand_scene(profile))
    for joint, angle in zip(profile.joints, profile.joint_angles(profile.home), strict=True):
        twin.joint(joint.name).qpos[:] = angle
    twin.forward()
    bus = emulated_bus(profile, TwinPlant(twin, profile))
    found = calibration_of(profile, calibration or Calibration.nominal(profile, name or EMULATED), name)
    return HandDriver(profile, opener(profile, port, bus), found, arm=TwinArm(twin), timer=EmulatedTimer(bus))
