"""One emulated servo: its control table, and what writing to it does."""

from __future__ import annotations

import math

from hand_envs.hardware import instructions, tables
from hand_envs.hardware.tables import X330

SIZE = 256
"""Bytes of a control table."""
BOOT = 0.3
"""s for which a servo that begins anew hears nothing."""
_TURN = 2 * math.pi
_TRIPPED = -1
_MOVING = 0.05  # rad/s
_GOALS = ("goal_pwm", "goal_current", "goal_velocity", "goal_position")
_POSITION_MODES = {tables.POSITION, tables.EXTENDED_POSITION, tables.CURRENT_BASED_POSITION}
_RESET_BY_MODE = ("position_p_gain", "position_i_gain", "position_d_gain", "profile_velocity", "profile_acceleration")
_WRITABLE = sorted((entry for entry in X330.values() if entry.writable), key=lambda entry: entry.address)


class EmulatedServo:
    """A servo as the manual describes it. Position modes are emulated; in others it stays where it is.

    Args:
        id: on its bus.
        position: what the plant says (rad).
        model: model number.
        firmware: its version.
    """

    def __init__(self, id: int, position: float, model: int = 1240, firmware: int = 52) -> None:
        self.table = bytearray(SIZE)
        self._values: dict[str, float] = {}  # of the table, as far as it was asked for
        self.position = position
        """Of the shaft (rad), whole turns included; what the register shows is less sure of these."""
        self.velocity = self.current = 0.0
        self.awake_from = -math.inf
        """s; before that it hears nothing."""
        self._turns = 0.0
        self._path = 0.0
        self._restore(kept=True)
        self.set("id", id)
        self.set("model_number", model)
        self.set("firmware_version", firmware)
        self._begin()

    def _restore(self, kept: bool) -> None:
        for entry in X330.values():
            if kept or not entry.kept:
                self._put(entry.name, entry.default)

    def _begin(self) -> None:
        self._forget_turns()
        self.set("present_position", self.shown)
        self.set("goal_position", self.shown)
        self._put("goal_current", self._raw("current_limit"))
        self._put("goal_pwm", self._raw("pwm_limit"))
        self._path = self.shown

    # --- registers --------------------------------------------------------------------------------------------------

    def get(self, name: str) -> float:
        """What a register says, in its unit."""
        if name not in self._values:
            entry = X330[name]
            self._values[name] = entry.value(bytes(self.table[entry.address : entry.end]))
        return self._values[name]

    def set(self, name: str, value: float) -> None:
        """Have a register say something, whoever may write to it."""
        self._put(name, round(value / X330[name].scale))

    def _put(self, name: str, raw: int) -> None:
        self._store(name, X330[name].bytes_of(raw))

    def _store(self, name: str, content: bytes) -> None:
        entry = X330[name]
        self.table[entry.address : entry.end] = content
        self._values.pop(name, None)

    def _raw(self, name: str) -> int:
        return round(self.get(name) / X330[name].scale)

    @property
    def id(self) -> int:
        """By which it is called on its bus."""
        return int(self.get("id"))

    @property
    def torque(self) -> bool:
        """Whether it pushes."""
        return bool(self.get("torque_enable"))

    @property
    def tripped(self) -> bool:
        """Whether its watchdog has stopped it."""
        return self.get("bus_watchdog") < 0

    @property
    def alert(self) -> bool:
        """Whether it has a hardware error."""
        return bool(self.get("hardware_error_status"))

    @property
    def shown(self) -> float:
        """The position as the register shows it (rad)."""
        return self.position - self._turns + self.get("homing_offset")

    def _forget_turns(self) -> None:
        self._turns = math.floor(self.position / _TURN) * _TURN

    # --- what it is asked -------------------------------------------------------------------------------------------

    def read(self, address: int, size: int) -> tuple[int, bytes]:
        """Error and data."""
        if address + size > SIZE or size == 0:
            return instructions.ACCESS, b""
        return 0, bytes(self.table[address : address + size])

    def write(self, address: int, data: bytes) -> int:
        """The error, 0 if it was written; what is refused changes nothing."""
        chosen = [entry for entry in _WRITABLE if address <= entry.address < address + len(data)]
        covered = sum(entry.size for entry in chosen)
        if not chosen or chosen[0].address != address:
            return instructions.ACCESS
        if chosen[-1].end > address + len(data):
            return instructions.LENGTH
        if covered != len(data) or (self.torque and any(entry.kept for entry in chosen)):
            return instructions.ACCESS
        rows = [(e.name, data[e.address - address : e.end - address]) for e in chosen]
        for name, content in rows:
            if error := self._refusal(name, content):
                return error
        for name, content in rows:
            self._write(name, content)
        return 0

    def _refusal(self, name: str, content: bytes) -> int:
        entry = X330[name]
        raw = int.from_bytes(content, "little", signed=entry.signed)
        if not entry.low <= raw <= entry.high:
            return instructions.RANGE
        if self.tripped and (name in _GOALS or (name == "bus_watchdog" and raw)):
            return instructions.RANGE
        if name == "goal_current" and abs(raw) > self._raw("current_limit"):
            return instructions.LIMIT
        if name == "goal_position" and self.get("operating_mode") == tables.POSITION:
            within = self._raw("min_position_limit") <= raw <= self._raw("max_position_limit")
            return 0 if within else instructions.LIMIT
        return 0

    def _write(self, name: str, content: bytes) -> None:
        before = self.get(name)
        if name == "torque_enable" and content[0] and self._shut_down:
            return
        self._store(name, content)
        if name == "operating_mode" and self.get(name) != before:
            self._mode_changed()
        if name == "torque_enable" and self.torque and not before:
            self._torque_comes_on()

    def _mode_changed(self) -> None:
        for name in _RESET_BY_MODE:
            self._put(name, X330[name].default)
        self._put("goal_current", self._raw("current_limit"))
        if self.get("operating_mode") == tables.POSITION:
            self._forget_turns()

    def _torque_comes_on(self) -> None:
        if self.get("operating_mode") == tables.POSITION:
            self._forget_turns()
        self._path = self.shown

    def forget_turns(self) -> int:
        """Clear whole turns; the error."""
        if self.torque:
            return instructions.ACCESS
        self._forget_turns()
        return 0

    def reboot(self, now: float) -> None:
        """Begin anew: what is not kept is as at first."""
        self.awake_from = now + BOOT
        self._restore(kept=False)
        self._begin()
        self.set("torque_enable", int(self.get("startup_configuration")) & 1)

    # --- what happens to it -----------------------------------------------------------------------------------------

    @property
    def _shut_down(self) -> bool:
        return bool(int(self.get("hardware_error_status")) & int(self.get("shutdown")))

    def fail(self, bits: int) -> None:
        """A hardware error: those of the shutdown mask take its torque until it is rebooted."""
        self.set("hardware_error_status", int(self.get("hardware_error_status")) | bits)
        if self._shut_down:
            self.set("torque_enable", 0)

    def watch(self, silence: float) -> None:
        """Stop if nobody has spoken on the bus for too long (s)."""
        patience = self.get("bus_watchdog")
        if self.torque and 0 < patience < silence - 1e-9:
            self._put("bus_watchdog", _TRIPPED)
            self.set("goal_position", self.shown)
            self._path = self.shown

    def goal(self, dt: float) -> float:
        """Where the shaft is to go in the next `dt` seconds (rad), no faster than its profile."""
        if not self.torque or self.get("operating_mode") not in _POSITION_MODES:
            self._path = self.shown
        else:
            speed = self.get("profile_velocity")
            ahead = self.get("goal_position") - self._path
            self._path += min(max(ahead, -speed * dt), speed * dt) if speed else ahead
        return self._path + self._turns - self.get("homing_offset")

    @property
    def most_current(self) -> float:
        """What it may draw (mA)."""
        limit = self.get("current_limit")
        based_on_current = self.get("operating_mode") == tables.CURRENT_BASED_POSITION
        return min(limit, abs(self.get("goal_current"))) if based_on_current else limit

    def feel(self, position: float, velocity: float, current: float) -> None:
        """What has become of it (rad, rad/s, mA)."""
        self.position, self.velocity, self.current = position, velocity, current

    def show(self, now: float) -> None:
        """Bring its registers up to date."""
        self.set("present_position", self.shown)
        self.set("present_velocity", self.velocity)
        self.set("present_current", self.current)
        self.set("position_trajectory", self._path)
        self.set("moving", abs(self.velocity) > _MOVING)
        self.set("realtime_tick", now % 32.767)
