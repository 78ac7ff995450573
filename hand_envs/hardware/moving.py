"""A hand under torque: a step at a time, what can go wrong in one, and ways to stop."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

import numpy as np

from hand_envs.errors import BusError, HardwareError, UnpluggedError
from hand_envs.hands.limiter import ARM, Limited, Limits
from hand_envs.hands.profile import HandProfile
from hand_envs.hardware.arm import Arm
from hand_envs.hardware.deadman import Deadman
from hand_envs.hardware.health import Health
from hand_envs.hardware.latch import Fault, Latch
from hand_envs.hardware.motion import Motion
from hand_envs.hardware.pace import Pace, Timer
from hand_envs.hardware.servos import Reading, Servos
from hand_envs.hardware.settings import Sensed, Settings
from hand_envs.hardware.stopping import Stopping

Array = np.ndarray


class MovingHand:
    """Steps of a hand that stands under torque, once `_take` has been given its servos.

    Args:
        profile: of the hand.
        arm: what carries it.
        limits: what no target exceeds.
        timer: tells the time and waits.
        settings: times and tolerances.
        estops: each is asked in every step whether to stop.
    """

    def __init__(
        self,
        profile: HandProfile,
        arm: Arm,
        limits: Limits,
        timer: Timer,
        settings: Settings,
        estops: Sequence[Callable[[], bool]],
    ) -> None:
        self.profile, self.arm, self.limits = profile, arm, limits
        self.timer, self.settings, self.estops = timer, settings, tuple(estops)
        self.names = limits.names
        self.latch = Latch()
        self.pace = Pace(timer, settings.period)
        self.deadman = Deadman(self._feed, timer, 0.3 * settings.watchdog, settings.patience)
        self._servos: Servos | None = None
        self._sensed: Sensed | None = None
        self._told = False  # whether something was sent since the hand was heard
        self._process = os.getpid()

    def _take(self, servos: Servos) -> None:
        """From now on these are moved; they stand under torque."""
        self._motion = Motion(servos, self.arm, self.limits, self.settings.period)
        self._stopping = Stopping(self._motion, self.timer)
        self._health = Health(servos, self.profile.servos.temperature)
        self._servos = servos

    @property
    def servos(self) -> Servos:
        """The motors, if it is connected."""
        if self._servos is None:
            raise HardwareError("The hand is not connected: connect() first.")
        return self._servos

    @property
    def sensed(self) -> Sensed:
        """What was heard last."""
        if self._sensed is None:
            raise HardwareError("Nothing has been heard of the hand yet: connect() first.")
        return self._sensed

    @property
    def sent(self) -> Array:
        """The targets that were sent last, (6 + motors,)."""
        _ = self.servos
        return self._motion.sent

    @property
    def fault(self) -> Fault | None:
        """Why it has stopped, if it has."""
        return self.latch.fault

    def arm_placed(self, pose: Array) -> None:
        """The arm was put there by other means: its targets go on from that."""
        self._motion.arm_placed(pose)

    def send(self, wanted: Any, generation: int | None = None) -> Limited:
        """Go to targets (6 + motors,), as far as is safe. While it is not known where the hand is, the last ones stay.

        Args:
            wanted: m and rad.
            generation: `latch.generation` when this was decided; what was decided before a stop is refused after it.
        """
        self._expect_own_process()
        self.latch.check()
        if generation is not None and generation != self.latch.generation:
            raise HardwareError("This was decided before the hand was stopped, and is not done after it.")
        if self._told:
            self.sense()
        if not self._awake():
            return self._motion.compared(wanted)
        try:
            done = self._motion.send(wanted, self.sensed)
        except BusError as error:
            self.stop("unplugged" if isinstance(error, UnpluggedError) else "arm", str(error))
            return self._motion.compared(wanted)
        self._told = True
        self.deadman.step()
        return done

    def sense(self) -> Sensed:
        """Listen to hand and arm. What is not heard is not made up: it is the last, and called stale."""
        self._expect_own_process()
        now = self.timer.now()
        try:
            reading = self.servos.read(self.servos.bus.clock() + self.settings.period / 2)
        except BusError as error:
            if self._sensed is None:
                raise
            self._sensed = replace(self._sensed, stale=True)
            if isinstance(error, UnpluggedError):
                self.stop("unplugged", str(error))
            elif now - self._sensed.time > self.settings.silent:
                self.stop("silent", str(error))
        else:
            self._sense_arm_and(reading)
        return self.sensed

    def _sense_arm_and(self, reading: Reading) -> None:
        """Put what the servos tell and what the arm tells into one row, and look whether anything is wrong."""
        try:
            pose, speed, force = self.arm.read()
        except BusError as error:
            if self._sensed is None:
                raise
            self._sensed = replace(self._sensed, stale=True)
            self.stop("arm", str(error))
            return
        parts = ((pose, reading.angles), (speed, reading.speeds), (force, reading.currents))
        positions, speeds, currents = (np.concatenate(part) for part in parts)
        self._sensed, self._told = Sensed(positions, speeds, currents, self.timer.now()), False
        self._look(reading.alerts)

    def step(self, wanted: Any) -> Limited:
        """Send, wait until the step is over, listen. A fault on the way is found in `fault`."""
        done = self.send(wanted)
        if self.fault is None:
            self.wait()
        if self.fault is None:
            self.sense()
        return done

    def wait(self) -> bool:
        """Wait for the end of this step; whether it had passed already."""
        late = self.pace.wait()
        if self.pace.in_a_row >= self.settings.overruns:
            self.stop("overrun", f"{self.pace.in_a_row} steps in a row")
        return late

    def _awake(self) -> bool:
        """Whether the servos still listen; if they or the deadman gave up meanwhile, that is a fault."""
        if self.fault is not None:
            return False
        if self.deadman.expired:
            self.stop("deadman", f"{self.settings.patience:g} s")
        elif self.deadman.silence >= self.settings.watchdog:
            try:
                if self.servos.tripped(self.servos.bus.clock() + self.settings.period / 2):
                    self.stop("watchdog", f"{self.deadman.silence:.2f} s")
            except BusError as error:
                self.stop("silent", str(error))
        return self.fault is None

    def _look(self, alerts: frozenset[int]) -> None:
        """Whether anything is wrong that a reading, the arm, or somebody beside it tells of."""
        if alerts:
            names = [name for name, id in zip(self.servos.names, self.servos.ids, strict=True) if id in alerts]
            self.stop("alert", ", ".join(names))
        elif what := self.arm.collided():
            self.stop("collision", what)
        elif any(pressed() for pressed in self.estops):
            self.stop("stopped", "e-stop")
        else:
            self._check_health()

    def _check_health(self) -> None:
        try:
            self._health.work(self.sensed.currents[len(ARM) :], self.settings.period)
            if found := self._health.look():
                self.stop(*found)
        except UnpluggedError as error:
            self.stop("unplugged", str(error))
        except BusError:  # of one servo, once; the next reading tells whether it is more
            return

    def _feed(self) -> None:
        if self._servos is not None and self.fault is None:
            self._servos.bus.sync_read(self._servos.ids, ["present_position"])

    def _expect_own_process(self) -> None:
        if os.getpid() != self._process:
            raise HardwareError("The hand belongs to the process that made its driver. Make one where it is used.")

    # --- stopping ---------------------------------------------------------------------------------------------------

    def stop(self, kind: str = "stopped", detail: str = "") -> None:
        """Hold briefly, then relax, and stay so until the fault is cleared."""
        if not self.latch.set(Fault(kind, detail, self.timer.now())) or self._servos is None:
            return
        self._hold_arm()
        if kind in ("watchdog", "deadman"):  # they stand already
            return
        self._stopping.hold(self.settings.hold)
        self._stopping.relax(self.settings.relax, self.settings.close)

    def hold(self) -> None:
        """Stand where the hand is, with less current."""
        self._hold_arm()
        self._stopping.hold(self.settings.hold)

    def _hold_arm(self) -> None:
        with suppress(BusError):  # the hand's own hold must not depend on it
            self.arm.hold()

    def relax(self) -> None:
        """Let the grip fade, then take torque: a soft hand opens."""
        self._stopping.relax(self.settings.relax, self.settings.close)

    def freeze(self) -> None:
        """Stay under torque with the last goals; nothing new."""
        self.servos.repeat()
        self.deadman.step()
