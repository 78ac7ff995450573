"""From power to standing ready: who is there, whether they are fit, and what they are told before any of them moves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hand_envs.errors import BusError, HardwareError
from hand_envs.hands.profile import HandProfile
from hand_envs.hardware import tables
from hand_envs.hardware.bus import Bus, Pong
from hand_envs.hardware.calibration import Calibration
from hand_envs.hardware.servos import Servos

GAINS = {"position_p_gain": 800, "position_i_gain": 0, "position_d_gain": 200}
"""Raw, as such servos are commonly run in hands."""
ACCELERATION = 0.0
"""rad/s^2 of the servos' own profile; 0 for none, since the limiter has done it."""
FASTER = 2.0
"""The servos' own speed limit, in multiples of the limiter's: what is left if that fails."""
_ERRORS = {
    tables.VOLTAGE: "voltage",
    tables.OVERHEATING: "overheated",
    tables.ENCODER: "encoder",
    tables.ELECTRICAL_SHOCK: "electrical shock",
    tables.OVERLOAD: "overload",
}


def errors_in(bits: int) -> str:
    """A hardware error in words."""
    return ", ".join(word for bit, word in _ERRORS.items() if bits & bit) or f"error {bits}"


@dataclass(frozen=True)
class Report:
    """One motor, looked at."""

    name: str
    id: int
    model: int = 0
    firmware: int = 0
    voltage: float = 0.0
    temperature: float = 0.0
    error: int = 0
    problems: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.name} (id {self.id}): {'; '.join(self.problems) or 'fine'}"


def inspect(bus: Bus, profile: HandProfile) -> list[Report]:
    """Look at every motor; nothing is written."""
    there = bus.ping_all([motor.id for motor in profile.motors])
    reports = []
    for motor in profile.motors:
        if motor.id not in there:
            reports.append(Report(motor.name, motor.id, problems=("does not answer",)))
            continue
        try:
            reports.append(_look(bus, profile, motor.name, motor.id, there[motor.id]))
        except BusError as error:
            reports.append(Report(motor.name, motor.id, problems=(str(error),)))
    return reports


def _look(bus: Bus, profile: HandProfile, name: str, id: int, pong: Pong) -> Report:
    voltage, temperature = bus.read(id, "present_input_voltage"), bus.read(id, "present_temperature")
    error = int(bus.read(id, "hardware_error_status"))
    expected, (lowest, highest) = profile.servos, profile.servos.voltage
    problems = []
    if pong.model != expected.number:
        problems.append(f"is a model {pong.model}, the profile has {expected.model} ({expected.number})")
    if not lowest <= voltage <= highest:
        problems.append(f"has {voltage:.1f} V, not {lowest:g} to {highest:g} V")
    if temperature >= expected.temperature:
        problems.append(f"has {temperature:.0f} deg C, must be below {expected.temperature:g}")
    if error:
        problems.append(f"reports a hardware error: {errors_in(error)}")
    return Report(name, id, pong.model, pong.firmware, voltage, temperature, error, tuple(problems))


def expect_fit(reports: Sequence[Report]) -> None:
    """That nothing is wrong with any."""
    if wrong := [str(report) for report in reports if report.problems]:
        raise HardwareError(
            f"The hand is not moved, {len(wrong)} of its {len(reports)} motors are not fit: " + ". ".join(wrong) + "."
        )


def fast_reads(reports: Sequence[Report]) -> bool:
    """Whether all can answer in one packet."""
    return all(report.firmware >= tables.FAST_SYNC_READ_SINCE for report in reports)


def quiet(servos: Servos) -> None:
    """Take torque and forget a watchdog that has stopped them, which whoever was here last may have left."""
    servos.bus.broadcast("bus_watchdog", 0)
    servos.bus.broadcast("torque_enable", 0)
    servos.write_each("bus_watchdog", 0)
    servos.write_each("torque_enable", 0)


def configure(servos: Servos, profile: HandProfile, calibration: Calibration) -> None:
    """Tell limp servos what they keep and what they forget. What they keep is written only where it differs."""
    for motor in profile.motors:
        mounting = calibration.motors[motor.name]
        kept = {
            "operating_mode": tables.CURRENT_BASED_POSITION,
            "return_delay_time": 0.0,
            "homing_offset": 0.0,
            "shutdown": tables.OVERHEATING | tables.ELECTRICAL_SHOCK | tables.OVERLOAD,
            "startup_configuration": 0,
            "current_limit": motor.current,
            # Minded in other modes only; there for whoever runs the servo in one.
            "min_position_limit": mounting.range_min * tables.TICK,
            "max_position_limit": mounting.range_max * tables.TICK,
        }
        for name, value in kept.items():
            if abs(servos.bus.read(motor.id, name) - value) > 1e-9:
                servos.bus.write_checked(motor.id, name, value)
        rest = {**GAINS, "profile_acceleration": ACCELERATION, "profile_velocity": FASTER * motor.speed}
        for name, value in {**rest, "goal_current": motor.current}.items():
            servos.bus.write_checked(motor.id, name, value)


def stand(servos: Servos, watchdog: float) -> None:
    """Put torque on, with goals where the hand is.

    The watchdog comes last but before any motion: a host that dies on the way home leaves a hand that stands.
    """
    servos.stay()
    servos.write_each("torque_enable", 1)
    servos.watch(watchdog)


def stand_again(servos: Servos, watchdog: float) -> None:
    """After the servos have stopped by themselves and stand: go on from where they are, under torque all the time."""
    if not servos.tripped():
        servos.repeat()
        return
    servos.write_each("bus_watchdog", 0)
    servos.stay()
    servos.watch(watchdog)
