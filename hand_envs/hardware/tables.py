"""What lies where in a servo, and what its numbers mean."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hand_envs.errors import OptionError, choices

TICK = 2 * math.pi / 4096
"""rad"""
RPM = 2 * math.pi / 60
"""rad/s"""
FIRST_IN_RAM = 64
"""Address; what lies before is kept without power, and cannot be written to while torque is on."""


@dataclass(frozen=True)
class Register:
    """A number in a servo's control table.

    Values are in its unit, or plain integers if it has none; raw numbers are what goes over the wire.
    """

    name: str
    address: int
    size: int
    """Bytes."""
    unit: str = ""
    scale: float = 1
    """Units of one raw step."""
    low: int = 0
    """Raw; what may be written is from here to `high`."""
    high: int = 0
    writable: bool = True
    default: int = 0
    signed: bool = False
    """Two's complement."""

    @property
    def kept(self) -> bool:
        """Whether it is kept without power."""
        return self.address < FIRST_IN_RAM

    @property
    def end(self) -> int:
        """Address behind it."""
        return self.address + self.size

    def value(self, data: bytes) -> float:
        """What these bytes say."""
        return int.from_bytes(data, "little", signed=self.signed) * self.scale

    def data(self, value: float) -> bytes:
        """The bytes of a value; an OptionError if it is no number, or one that does not belong there."""
        raw = round(value / self.scale) if math.isfinite(value) else None
        if not self.writable:
            raise OptionError(f"{self.name} can only be read.")
        if raw is None or not self.low <= raw <= self.high:
            lowest, highest = self.low * self.scale, self.high * self.scale
            raise OptionError(f"{self.name} takes {lowest:g} to {highest:g} {self.unit}".rstrip() + f", got {value}.")
        return self.bytes_of(raw)

    def bytes_of(self, raw: int) -> bytes:
        """The bytes of a raw number."""
        return raw.to_bytes(self.size, "little", signed=self.signed)


def _byte(name: str, address: int, high: int = 255, default: int = 0, writable: bool = True) -> Register:
    return Register(name, address, 1, high=high, default=default, writable=writable)


def _gain(name: str, address: int, default: int) -> Register:
    return Register(name, address, 2, high=16383, default=default)


_FAR = 1_048_575  # ticks: 256 turns
_FASTEST = 0.229 * RPM

_REGISTERS = (
    Register("model_number", 0, 2, default=1240, writable=False),
    _byte("firmware_version", 6, default=52, writable=False),
    _byte("id", 7, high=252, default=1),
    _byte("baud_rate", 8, high=6, default=1),
    Register("return_delay_time", 9, 1, "s", 2e-6, high=254, default=250),
    _byte("drive_mode", 10, high=13),
    _byte("operating_mode", 11, high=16, default=3),
    Register("homing_offset", 20, 4, "rad", TICK, -1_044_479, 1_044_479, signed=True),
    Register("temperature_limit", 31, 1, "deg C", high=100, default=70),
    Register("max_voltage_limit", 32, 2, "V", 0.1, 31, 70, default=70),
    Register("min_voltage_limit", 34, 2, "V", 0.1, 31, 70, default=35),
    Register("pwm_limit", 36, 2, high=885, default=885),
    Register("current_limit", 38, 2, "mA", high=2352, default=2352),
    Register("velocity_limit", 44, 4, "rad/s", _FASTEST, high=2047, default=350),
    Register("max_position_limit", 48, 4, "rad", TICK, high=4095, default=4095),
    Register("min_position_limit", 52, 4, "rad", TICK, high=4095),
    _byte("startup_configuration", 60, high=3),
    _byte("shutdown", 63, high=63, default=52),
    _byte("torque_enable", 64, high=1),
    _byte("led", 65, high=1),
    _byte("status_return_level", 68, high=2, default=2),
    _byte("hardware_error_status", 70, writable=False),
    _gain("position_d_gain", 80, 500),
    _gain("position_i_gain", 82, 0),
    _gain("position_p_gain", 84, 1100),
    Register("bus_watchdog", 98, 1, "s", 0.02, high=127, signed=True),
    Register("goal_pwm", 100, 2, low=-885, high=885, default=885, signed=True),
    Register("goal_current", 102, 2, "mA", low=-2352, high=2352, default=2352, signed=True),
    Register("goal_velocity", 104, 4, "rad/s", _FASTEST, -2047, 2047, signed=True),
    Register("profile_acceleration", 108, 4, "rad/s^2", 214.577 * RPM / 60, high=32767),
    Register("profile_velocity", 112, 4, "rad/s", _FASTEST, high=32767),
    Register("goal_position", 116, 4, "rad", TICK, -_FAR, _FAR, signed=True),
    Register("realtime_tick", 120, 2, "s", 0.001, writable=False),
    _byte("moving", 122, writable=False),
    _byte("moving_status", 123, writable=False),
    Register("present_pwm", 124, 2, writable=False, signed=True),
    Register("present_current", 126, 2, "mA", writable=False, signed=True),
    Register("present_velocity", 128, 4, "rad/s", _FASTEST, writable=False, signed=True),
    Register("present_position", 132, 4, "rad", TICK, writable=False, signed=True),
    Register("velocity_trajectory", 136, 4, "rad/s", _FASTEST, writable=False, signed=True),
    Register("position_trajectory", 140, 4, "rad", TICK, writable=False, signed=True),
    Register("present_input_voltage", 144, 2, "V", 0.1, default=50, writable=False),
    Register("present_temperature", 146, 1, "deg C", default=30, writable=False),
)

X330: Mapping[str, Register] = {register.name: register for register in _REGISTERS}
"""Of XC330 and XL330 alike, by the names of the manual."""
MODELS = {1240: "XC330-M288", 1200: "XL330-M288"}
"""By model number."""
POSITION, EXTENDED_POSITION, CURRENT_BASED_POSITION = 3, 4, 5
"""Operating modes; only the first minds the position limits that are set in a servo."""
FAST_SYNC_READ_SINCE = 46
"""Firmware version."""
VOLTAGE, OVERHEATING, ENCODER, ELECTRICAL_SHOCK, OVERLOAD = 1, 4, 8, 16, 32
"""Bits of `hardware_error_status`."""


def register(name: str, table: Mapping[str, Register] = X330) -> Register:
    """The register of that name."""
    if name not in table:
        raise OptionError(f"Unknown register: {choices(name, table)}")
    return table[name]


def block(names: Sequence[str], table: Mapping[str, Register] = X330) -> tuple[int, int]:
    """Address and size of the piece of table from the first to the last of these."""
    chosen = [register(name, table) for name in names]
    if not chosen:
        raise OptionError("Name at least one register to read.")
    first = min(entry.address for entry in chosen)
    return first, max(entry.end for entry in chosen) - first
