"""The one safety limiter between whoever commands a hand on an arm and what moves it, in the twin and on the wire.

Six numbers of the arm come first (x, y, z in m; yaw, pitch, roll in rad), then one a motor (rad).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Protocol

import numpy as np

from hand_envs.core.arrays import real_numbers
from hand_envs.errors import ActionError, OptionError

Array = np.ndarray

ARM = ("arm_x", "arm_y", "arm_z", "arm_yaw", "arm_pitch", "arm_roll")
"""What moves the palm: m along the first three, rad about the others."""


class Servo(Protocol):
    """What of a profile's motor is limited."""

    @property
    def name(self) -> str: ...
    @property
    def low(self) -> float: ...
    @property
    def high(self) -> float: ...
    @property
    def speed(self) -> float: ...
    @property
    def current(self) -> float: ...


class Servos(Protocol):
    """What of a profile is read here."""

    @property
    def motors(self) -> Sequence[Servo]: ...


@dataclass(frozen=True)
class Workspace:
    """Where the palm may be, and how fast it may move; the table's top is z = 0."""

    low: tuple[float, ...] = (-0.4, -0.4, 0.02, -np.pi, -1.6, -np.pi)
    """m, rad."""
    high: tuple[float, ...] = (0.4, 0.4, 0.6, np.pi, 1.6, np.pi)
    """m, rad."""
    speed: tuple[float, ...] = (0.25, 0.25, 0.25, 1.0, 1.0, 1.0)
    """m/s, rad/s."""
    lead: tuple[float, ...] = (0.05, 0.05, 0.05, 0.25, 0.25, 0.25)
    """How far a target may be from where the palm is (m, rad): what bounds the arm's push."""


@dataclass(frozen=True)
class Limits:
    """What no target exceeds, each (numbers,): the arm's six and the motors'."""

    names: tuple[str, ...]
    low: Array = field(repr=False)
    high: Array = field(repr=False)
    speed: Array = field(repr=False)
    """Of targets, per second."""
    lead: Array = field(repr=False)
    """Of a target over what is measured: what bounds a squeeze."""
    current: Array = field(repr=False)
    """mA; a motor that draws it is not told to go farther. Infinite for the arm, which has none to tell of."""

    def __post_init__(self) -> None:
        for each in fields(self)[1:]:
            given = getattr(self, each.name)
            values = np.array(given, np.float64)
            if values.shape != (len(self.names),) or np.isnan(values).any():
                raise OptionError(f"Limits need {len(self.names)} numbers as {each.name}, got {given!r}.")
            values.flags.writeable = False
            object.__setattr__(self, each.name, values)
        if not (np.isfinite(self.low).all() and np.isfinite(self.high).all() and (self.low < self.high).all()):
            raise OptionError(f"Every low must be below its high, and both finite: {self.low} and {self.high}.")
        if not all((value > 0).all() for value in (self.speed, self.lead, self.current)):
            raise OptionError("Speeds, leads and currents must be above zero.")

    @classmethod
    def of(cls, profile: Servos, workspace: Workspace | None = None, lead: float = 0.5) -> Limits:
        """Those of a hand on an arm.

        Args:
            profile: of the hand.
            workspace: of the palm; the default one if None.
            lead: of a motor's target over its measured angle (rad).
        """
        space, motors = workspace or Workspace(), profile.motors
        return cls(
            names=(*ARM, *(motor.name for motor in motors)),
            low=np.array([*space.low, *(motor.low for motor in motors)]),
            high=np.array([*space.high, *(motor.high for motor in motors)]),
            speed=np.array([*space.speed, *(motor.speed for motor in motors)]),
            lead=np.array([*space.lead, *[lead] * len(motors)]),
            current=np.array([*[np.inf] * len(ARM), *(motor.current for motor in motors)]),
        )

    def targets(self, action: Array) -> Array:
        """Targets of actions in [-1, 1], (..., numbers): -1 is the lower limit, 1 the upper."""
        return np.clip((self.low + self.high) / 2 + action * (self.high - self.low) / 2, self.low, self.high)

    def actions(self, targets: Array) -> Array:
        """The actions that ask for these targets."""
        return (2 * targets - self.low - self.high) / (self.high - self.low)


@dataclass(frozen=True, slots=True)
class Limited:
    """What may be sent, (n, numbers)."""

    sent: Array
    clipped: Array
    """Where that is not what was wanted."""


def limit(
    limits: Limits, wanted: Any, last_sent: Array, measured: Array, dt: float, current: Array | None = None
) -> Limited:
    """The targets nearest to those wanted that are safe, all arrays (n, numbers) or (numbers,).

    In this order, the last being the strictest: a motor at its current cap presses no harder, a target leads what is
    measured by no more than `lead`, it lies within its limits, and it is no farther from the last one sent than `speed`
    allows. So targets that began within the limits stay there, and one found outside of them is led back at that speed.

    Args:
        limits: what they may not exceed.
        wanted: targets; others than finite numbers are refused.
        last_sent: targets as the last call has given them, or where the hand stands if nothing was sent.
        measured: where the hand is.
        dt: since the last ones were sent (s). A late step earns no larger one: give the nominal time.
        current: what the motors draw (mA), zeros for the arm; None if it is not known.
    """
    target = _finite("targets wanted", wanted, np.shape(last_sent))
    last_sent, measured = _finite("targets last sent", last_sent), _finite("measured positions", measured)
    if not (np.isfinite(dt) and dt > 0):
        raise ActionError(f"The time between two targets must be above 0 s, got {dt}.")
    if target.shape[-1:] != (len(limits.names),) or measured.shape != target.shape:
        raise ActionError(f"Expected {len(limits.names)} targets and as many positions, got {np.shape(wanted)}.")
    asked = target
    if current is not None:
        target = _pressing_no_harder(limits, target, last_sent, measured, _finite("currents", current))
    target = np.clip(target, measured - limits.lead, measured + limits.lead)
    target = np.clip(target, limits.low, limits.high)
    reach = limits.speed * dt
    target = np.clip(target, last_sent - reach, last_sent + reach)
    return Limited(target, target != asked)


def _pressing_no_harder(limits: Limits, target: Array, last_sent: Array, measured: Array, current: Array) -> Array:
    """Targets that are no farther from the measured position than the last, on the side on which a motor presses."""
    loaded, pressing = np.abs(current) >= limits.current, last_sent - measured
    low = np.where(loaded & (pressing < 0), last_sent, -np.inf)
    high = np.where(loaded & (pressing > 0), last_sent, np.inf)
    return np.clip(target, low, high)


def _finite(what: str, given: Any, shape: tuple[int, ...] | None = None) -> Array:
    """`given` as finite float64, of this shape."""
    try:
        values = real_numbers(given).astype(np.float64, copy=False)
    except ValueError as error:
        raise ActionError(f"The {what} must be finite numbers, got {error}.") from None
    if shape is not None and values.shape != shape:
        raise ActionError(f"The {what} must have shape {shape}, got {values.shape}.")
    if not np.isfinite(values).all():
        raise ActionError(f"The {what} must be finite numbers, got {values[~np.isfinite(values)][0]}.")
    return values
