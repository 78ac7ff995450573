"""A task on a wire: from a port to the world in which its episodes run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from hand_envs.core.simulation import Simulation
from hand_envs.core.task import Task
from hand_envs.errors import CalibrationError, OptionError
from hand_envs.hands.limiter import ARM, Limits
from hand_envs.hands.profile import HandProfile
from hand_envs.hardware.arm import Arm, TwinArm
from hand_envs.hardware.calibration import Calibration, default_path
from hand_envs.hardware.driver import HandDriver
from hand_envs.hardware.emulated import EmulatedBus
from hand_envs.hardware.operators import operator_of
from hand_envs.hardware.pace import RealTimer
from hand_envs.hardware.ports import EMULATED, EmulatedTimer, emulated_bus, opener
from hand_envs.hardware.settings import Settings
from hand_envs.hardware.twin import TwinPlant
from hand_envs.hardware.world import HandWorld

Array = np.ndarray


def open_world(
    task: Task,
    profile: HandProfile,
    limits: Limits,
    home: Any,
    port: str | None,
    *,
    calibration: str | Path | Calibration | None = None,
    arm: Arm | None = None,
    operator: Any = None,
) -> HandWorld:
    """Where a task of a robot hand takes place on a wire. The port is opened by the first reset.

    Args:
        task: its scene is the twin's.
        profile: of the hand.
        limits: what no target exceeds.
        home: targets at which episodes begin, (6 + motors,).
        port: a serial port such as /dev/ttyUSB0, or "emulated".
        calibration: of the hand, or its file; None for the file of the hand named as its profile is.
        arm: what carries the hand; None for nothing, or on an emulated bus for the twin's.
        operator: see `operators.operator_of`; None for the console, or on an emulated bus for nobody.
    """
    if not port:
        raise OptionError(
            f"A hand on a wire needs its port: port='/dev/ttyUSB0', or '{EMULATED}' to try it without one."
        )
    twin = Simulation(task.scene(), varied=task.variations.values())
    settings = Settings(period=task.frame_skip * twin.timestep)
    if port != EMULATED:
        driver = HandDriver(
            profile,
            opener(profile, port),
            calibration_of(profile, calibration),
            arm=arm,
            limits=limits,
            timer=RealTimer(),
            settings=settings,
        )
        return HandWorld(driver, twin, home, operator_of(operator), task.horizon)
    plant = TwinPlant(twin, profile)
    bus = emulated_bus(profile, plant)
    driver = HandDriver(
        profile,
        opener(profile, port, bus),
        calibration_of(profile, calibration or Calibration.nominal(profile, EMULATED)),
        arm=arm or TwinArm(twin),
        limits=limits,
        timer=EmulatedTimer(bus),
        settings=settings,
    )
    judge = None if operator is None else operator_of(operator)
    return HandWorld(driver, twin, home, judge, task.horizon, placed=lambda targets: _felt(targets, driver, bus, plant))


def _felt(targets: Array, driver: HandDriver, bus: EmulatedBus, plant: TwinPlant) -> None:
    """The emulated servos stand where the twin was put, and its arm is told to stay there."""
    plant.sim.ctrl[0] = targets
    driver.arm_placed(targets[: len(ARM)])
    for servo, shaft in zip(bus.servos.values(), plant.shafts(), strict=True):
        servo.feel(float(shaft), 0.0, 0.0)
        servo.show(bus.clock())


def calibration_of(
    profile: HandProfile, given: str | Path | Calibration | None = None, hand: str | None = None
) -> Calibration:
    """The calibration of a hand: itself, from its file, or from where that of a hand of this name is kept."""
    if isinstance(given, Calibration):
        given.check(profile, hand)
        return given
    if given is not None and not isinstance(given, str | Path):
        raise CalibrationError(f"Expected a calibration or the path of one, got {given!r}.")
    return Calibration.read(given or default_path(hand or profile.name), profile, hand)
