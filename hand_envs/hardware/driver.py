"""The driver of a hand on an arm: what it gives and takes is known before it is connected, and it returns what it sent.

Its outer contract is LeRobot's of a robot: `observation_features`, `action_features`, `connect`, `calibrate`,
`configure`, `get_observation`, `send_action`, `disconnect`. Inside, numbers are in one row: the arm's six, then one a
motor.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

import numpy as np

from hand_envs.errors import ActionError, CalibrationError, choices
from hand_envs.hands.limiter import ARM, Limits, Workspace
from hand_envs.hands.profile import HandProfile
from hand_envs.hardware import bringup
from hand_envs.hardware.arm import Arm, StillArm
from hand_envs.hardware.bus import Bus
from hand_envs.hardware.calibration import Calibration
from hand_envs.hardware.endings import Endings
from hand_envs.hardware.moving import MovingHand
from hand_envs.hardware.pace import RealTimer, Timer
from hand_envs.hardware.servos import Servos
from hand_envs.hardware.settings import Settings
from hand_envs.hardware.stopping import Stopping


class HandDriver(MovingHand):
    """A hand on a bus, and the arm that carries it. It neither moves nor holds before `connect`.

    Args:
        profile: of the hand.
        open_bus: opens its bus.
        calibration: of this hand; without one it can be read but not moved.
        arm: what carries it; None for nothing.
        limits: what no target exceeds; None for the profile's.
        timer: tells the time and waits.
        settings: times and tolerances.
        estops: each is asked in every step whether to stop; a key, a foot switch, a file.
    """

    name = "hand_envs"

    def __init__(
        self,
        profile: HandProfile,
        open_bus: Callable[[], Bus],
        calibration: Calibration | None = None,
        *,
        arm: Arm | None = None,
        limits: Limits | None = None,
        timer: Timer | None = None,
        settings: Settings | None = None,
        estops: Sequence[Callable[[], bool]] = (),
    ) -> None:
        super().__init__(
            profile,
            arm or StillArm(),
            _calibrated(limits or Limits.of(profile, Workspace()), profile, calibration),
            timer or RealTimer(),
            settings or Settings(),
            estops,
        )
        self.calibration = calibration
        self.bus: Bus | None = None
        self.firmware: tuple[int, ...] = ()
        """Versions, a motor each, once connected."""
        self._open_bus = open_bus
        self._endings = Endings(self.close, self.torque_off)

    # --- LeRobot's contract -----------------------------------------------------------------------------------------

    @property
    def observation_features(self) -> dict[str, type]:
        """What `get_observation` gives, known offline: positions, speeds and currents by name."""
        motors = self.names[len(ARM) :]
        keys = [f"{name}.pos" for name in self.names] + [f"{name}.vel" for name in self.names]
        return dict.fromkeys([*keys, *(f"{name}.current" for name in motors)], float)

    @property
    def action_features(self) -> dict[str, type]:
        """What `send_action` takes, known offline: targets by name (m, rad)."""
        return dict.fromkeys((f"{name}.pos" for name in self.names), float)

    @property
    def is_connected(self) -> bool:
        """Whether it stands under torque, or did until a fault."""
        return self._servos is not None

    @property
    def is_calibrated(self) -> bool:
        """Whether it may be moved."""
        return self.calibration is not None

    def connect(self, calibrate: bool = False) -> None:
        """Look at all motors, tell them what they need to know, and stand; nothing moves.

        Args:
            calibrate: LeRobot's; calibrating takes a person, so this only says how.
        """
        self._expect_own_process()
        if self.is_connected:
            return
        if calibrate and not self.is_calibrated:
            raise CalibrationError("Calibrate it with a person beside it: hand-envs hand calibrate --port PORT.")
        try:
            self.configure()
            self.sense()
        except BaseException:
            self.close()
            raise
        self.pace.begin()
        self.deadman.step()
        self.deadman.start()
        self._endings.watch()

    def calibrate(self) -> None:
        """See `hand_envs.hardware.calibrating`: it takes a person."""
        raise CalibrationError("Calibrate it with a person beside it: hand-envs hand calibrate --port PORT.")

    def configure(self) -> None:
        """From whatever state the motors are in to standing under torque, in the order of a safe bring-up."""
        if self.calibration is None:
            raise CalibrationError(
                "This hand is not calibrated and is not moved: hand-envs hand calibrate --port PORT."
            )
        self.calibration.check(self.profile)
        bus = self.open()
        self._revive(bus)
        reports = bringup.inspect(bus, self.profile)
        bringup.expect_fit(reports)
        self.firmware = tuple(report.firmware for report in reports)
        bus.alerts.clear()
        servos = Servos(bus, self.profile, self.calibration, bringup.fast_reads(reports))
        bringup.quiet(servos)
        bringup.configure(servos, self.profile, self.calibration)
        bringup.stand(servos, self.settings.watchdog)
        self.arm.connect()
        self._take(servos)

    def get_observation(self) -> dict[str, float]:
        """Where the hand is, by name; what could not be heard is as before (`sensed.stale`), for a while only."""
        self.latch.check()
        sensed = self.sense()
        self.latch.check()
        found = {f"{name}.pos": value for name, value in zip(self.names, sensed.positions, strict=True)}
        found |= {f"{name}.vel": value for name, value in zip(self.names, sensed.speeds, strict=True)}
        motors = zip(self.names[len(ARM) :], sensed.currents[len(ARM) :], strict=True)
        return {name: float(value) for name, value in {**found, **{f"{n}.current": i for n, i in motors}}.items()}

    def send_action(self, action: Mapping[str, float]) -> dict[str, float]:
        """Go there, as far as is safe; gives the targets that were really sent."""
        for key in action:
            if key not in self.action_features:
                raise ActionError(f"There is no such target: {choices(key, self.action_features)}")
        wanted = [action.get(f"{name}.pos", now) for name, now in zip(self.names, self.sent, strict=True)]
        sent = self.send(wanted).sent
        return {f"{name}.pos": float(value) for name, value in zip(self.names, sent, strict=True)}

    def disconnect(self) -> None:
        """As `close`."""
        self.close()

    # --- going on -----------------------------------------------------------------------------------------------------

    def clear_fault(self) -> None:
        """Somebody has looked and says that it may go on: begin anew, from power to standing."""
        self.close()
        self.arm.recover()
        self.latch.clear()
        self.connect()

    def wake(self) -> None:
        """Stand again, if the servos have stopped by themselves since nobody asked anything of them for long."""
        self.latch.check()
        if not self.is_connected:
            self.connect()
        elif self.deadman.expired or self.deadman.silence >= self.settings.watchdog:
            bringup.stand_again(self.servos, self.settings.watchdog)
            self.sense()
        self.deadman.step()
        self.pace.begin()

    def torque_off(self) -> None:
        """At once, to everybody, without waiting for an answer."""
        if self.bus is not None and os.getpid() == self._process:
            Stopping.at_once(self.bus)

    # --- the bus ----------------------------------------------------------------------------------------------------

    def open(self) -> Bus:
        """The bus, opened when first asked for."""
        if self.bus is None:
            self.bus = self._open_bus()
        return self.bus

    def _revive(self, bus: Bus) -> None:
        """Reboot servos that have shut down: nothing else gives them torque again."""
        there = bus.ping_all([motor.id for motor in self.profile.motors])
        failed = [id for id in there if bus.read(id, "hardware_error_status")]
        for id in failed:
            bus.reboot(id)
        deadline = self.timer.now() + self.settings.reboot
        while failed and self.timer.now() < deadline:
            self.timer.wait(self.timer.now() + 0.1)
            failed = [id for id in failed if id not in bus.ping_all([id])]

    def close(self) -> None:
        """Hold, relax, take torque, let go of the port: whatever fails, in `settings.close`. Again is fine."""
        if os.getpid() != self._process:
            return
        self.deadman.stop()
        self._endings.forget()
        servos, bus, self._servos, self.bus = self._servos, self.bus, None, None
        if servos is not None:
            self._stopping.down(self.settings, held=self.fault is not None)
        with suppress(Exception):  # whatever an arm's own library may raise, the motors come next
            self.arm.close()
        if bus is not None:
            Stopping.at_once(bus)
            bus.close()
        self._sensed = None

    def __enter__(self) -> HandDriver:
        self.connect()
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()


def _calibrated(limits: Limits, profile: HandProfile, calibration: Calibration | None) -> Limits:
    """Limits that are within the calibrated ranges."""
    if calibration is None:
        return limits
    calibration.check(profile)
    low, high = calibration.range(profile)
    return replace(
        limits,
        low=np.maximum(limits.low, [*limits.low[: len(ARM)], *low]),
        high=np.minimum(limits.high, [*limits.high[: len(ARM)], *high]),
    )
