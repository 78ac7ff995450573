"""The servos of a hand as one: angles of the hand in, ticks out, and the other way round."""

from __future__ import annotations

import math
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np

from hand_envs.errors import HardwareError, NoReplyError, ServoError
from hand_envs.hands.profile import HandProfile
from hand_envs.hardware.bus import Bus
from hand_envs.hardware.calibration import Calibration
from hand_envs.hardware.tables import TICK

Array = np.ndarray

_STATE = ("goal_position", "present_current", "present_velocity", "present_position")
_OUTSIDE = 0.35  # rad beyond its range at which a finger is led back rather than the calibration doubted


@dataclass(frozen=True)
class Reading:
    """What the servos tell of themselves, (motors,) each, in the hand's own angles."""

    angles: Array
    """rad"""
    speeds: Array
    """rad/s"""
    currents: Array
    """mA"""
    time: float
    alerts: frozenset[int]
    """Ids of those that report a hardware error."""


class Servos:
    """Reads and tells all of them. Goals lie on the servos' ticks, within the range that profile and calibration allow.

    Args:
        bus: what they are on.
        profile: of the hand.
        calibration: of this one.
        fast: whether they can all answer in one packet.
    """

    def __init__(self, bus: Bus, profile: HandProfile, calibration: Calibration, fast: bool = False) -> None:
        self.bus, self.fast = bus, fast
        self.names = tuple(motor.name for motor in profile.motors)
        self.ids = tuple(motor.id for motor in profile.motors)
        mountings = [calibration.motors[name] for name in self.names]
        self._sign = np.array([each.sign for each in mountings], np.float64)
        self._zero = np.array([each.homing_offset for each in mountings], np.float64)
        self.caps = np.array([motor.current for motor in profile.motors], np.float64)
        low, high = calibration.range(profile)
        ends = np.sort(self._exact_ticks(np.stack([low, high])), axis=0)
        self._low, self._high = np.ceil(ends[0] - 1e-6), np.floor(ends[1] + 1e-6)
        self.goals = self._zero.copy()
        """Ticks that were last sent, as far as is known."""

    # --- angles and ticks -------------------------------------------------------------------------------------------

    def _exact_ticks(self, angles: Array) -> Array:
        return self._zero + self._sign * angles / TICK

    def _angles(self, ticks: Array) -> Array:
        return self._sign * (ticks - self._zero) * TICK

    @property
    def sent(self) -> Array:
        """The angles that were last sent, (motors,)."""
        return self._angles(self.goals)

    def _by_id(self, values: Array) -> Mapping[int, float]:
        return dict(zip(self.ids, values.tolist(), strict=True))

    # --- what is asked and told --------------------------------------------------------------------------------------

    def read(self, until: float = math.inf) -> Reading:
        """Where they are, by a deadline of the bus's clock; a `BusError` if that was not to be heard.

        They tell their goals as well: nobody answers to a goal, and after one that was lost the next would be two away.
        """
        found = self.bus.sync_read(self.ids, _STATE, fast=self.fast, until=until)
        self.goals = np.clip(np.rint(found["goal_position"] / TICK), self._low, self._high)
        return Reading(
            angles=self._angles(found["present_position"] / TICK),
            speeds=self._sign * found["present_velocity"],
            currents=self._sign * found["present_current"],
            time=found.time,
            alerts=frozenset(found.alerts | self.bus.alerts) & set(self.ids),
        )

    def send(self, angles: Array, reach: Array) -> Array:
        """Send goals: the ticks nearest to these angles, none farther than `reach` (rad) from the last; gives them."""
        ticks, most = np.rint(self._exact_ticks(angles)), np.floor(reach / TICK + 1e-6)
        ticks = np.clip(np.clip(ticks, self._low, self._high), self.goals - most, self.goals + most)
        self._send(ticks)
        return self.sent

    def repeat(self) -> None:
        """Send the last goals again: nothing moves, and the servos hear that somebody is there."""
        self._send(self.goals)

    def _send(self, ticks: Array) -> None:
        self.bus.sync_write("goal_position", self._by_id(ticks * TICK))
        self.goals = ticks

    def stay(self) -> Array:
        """Have the goals where the hand is; for when nothing was sent before. Gives the angles."""
        ticks = np.rint(self._exact_ticks(self.read().angles))
        beyond = np.maximum(self._low - ticks, ticks - self._high) * TICK
        if (beyond > _OUTSIDE).any():
            worst = int(np.argmax(beyond))
            raise HardwareError(
                f"{self.names[worst]} stands {beyond[worst]:.2f} rad outside of its range: move it by hand to where it "
                "belongs; if it is there, calibrate again."
            )
        self.goals = np.clip(ticks, self._low, self._high)
        for id, goal in self._by_id(self.goals * TICK).items():
            self.bus.write(id, "goal_position", goal)
        return self.sent

    def limit_current(self, share: float) -> None:
        """Let each draw no more than this share of its cap."""
        self.bus.sync_write("goal_current", self._by_id(np.rint(self.caps * share)))

    def write_each(self, name: str, value: float) -> None:
        """Write the same to every one, acknowledged and read back."""
        for id in self.ids:
            self.bus.write_checked(id, name, value)

    def watch(self, seconds: float) -> None:
        """Have them stop by themselves when they hear nothing for so long; 0 for never."""
        self.write_each("bus_watchdog", math.ceil(seconds / 0.02 - 1e-6) * 0.02)

    def tripped(self, until: float = math.inf) -> bool:
        """Whether any has stopped because it heard nothing."""
        return bool((self.bus.sync_read(self.ids, ["bus_watchdog"], until=until)["bus_watchdog"] < 0).any())

    def limp(self, until: float = math.inf) -> list[int]:
        """Take all torque, told to all at once and then to each; the ids of those that have not said that it is done.

        Args:
            until: s by the bus's clock, after which no more of them is waited for.
        """
        left = list(self.ids)
        self.bus.broadcast("torque_enable", 0, times=3)
        for id in self.ids:
            if self.bus.clock() >= until:
                break
            with suppress(NoReplyError, ServoError):
                self.bus.write(id, "torque_enable", 0)
                left.remove(id)
        return left

    def condition(self, number: int, until: float = math.inf) -> dict[str, Any]:
        """Voltage (V), temperature (deg C), torque and current cap (mA) of one; slow, so not asked of all."""
        ids = (self.ids[number],)
        state = self.bus.sync_read(ids, ["present_input_voltage", "present_temperature"], until=until)
        torque = self.bus.sync_read(ids, ["torque_enable", "hardware_error_status"], until=until)
        goal = self.bus.sync_read(ids, ["goal_current"], until=until)
        return {
            "voltage": float(state["present_input_voltage"][0]),
            "temperature": float(state["present_temperature"][0]),
            "torque": bool(torque["torque_enable"][0]),
            "current": float(goal["goal_current"][0]),
            "error": int(torque["hardware_error_status"][0]),
        }
