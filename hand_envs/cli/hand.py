"""A hand on a wire: looked at, calibrated, brought home, moved, recorded; `--port emulated` tries it without one."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import numpy as np
import tyro

from hand_envs.cli.browse import Json
from hand_envs.errors import FaultError, OptionError, choices
from hand_envs.hands.limiter import ARM
from hand_envs.hands.profile import profile
from hand_envs.hardware.attached import Desk, driver_at
from hand_envs.hardware.calibration import default_path
from hand_envs.hardware.driver import HandDriver
from hand_envs.hardware.emulating import serve
from hand_envs.hardware.homing import go
from hand_envs.hardware.ports import EMULATED
from hand_envs.hardware.recorder import Recorder, recorded

Hand = Annotated[str, tyro.conf.arg(metavar="dash|leap|FILE.toml")]
Name = Annotated[str | None, tyro.conf.arg(metavar="NAME")]


def doctor(port: str, hand: Hand = "dash", as_json: Json = False) -> None:
    """Look at every motor and at the line to them; nothing is written, nothing moves. Exits with 1 if not all is well.

    Args:
        port: a serial port such as /dev/ttyUSB0, or emulated.
        hand: dash, leap, or the file of a profile.
        as_json: machine-readable.
    """
    desk = Desk(port, profile(hand))
    found = desk.look()
    if as_json:
        print(json.dumps(found.rows(), indent=2))
    else:
        _print(found.rows(), found.line)
    if not found.fine:
        sys.exit(1)


def _print(rows: list[dict[str, object]], line: str) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(*rows[0], box=None)
    for row in rows:
        table.add_row(*map(str, row.values()))
    console = Console()
    console.print(table, width=None if console.is_terminal else 200)
    print(line)


def emulate(hand: Hand = "dash", path: Path | None = None) -> None:
    """Emulate a hand at a device file, in real time, for whatever opens a serial port; until Ctrl+C.

    Args:
        hand: dash, leap, or the file of a profile.
        path: where the device file is to be; in a temporary folder if not given.
    """
    serve(profile(hand), path)


def calibrate(
    port: str, hand: Hand = "dash", name: Name = None, path: Path | None = None, sweep: bool = True, anew: bool = False
) -> None:
    """Find out how the motors are mounted, with you beside the hand, and keep it. A hand is not moved without.

    Args:
        port: a serial port such as /dev/ttyUSB0, or emulated.
        hand: dash, leap, or the file of a profile.
        name: what you call this hand; as its profile if not given, emulated-dash for an emulated one.
        path: where to keep it; ~/.hand_envs/calibration/NAME.json if not given.
        sweep: have every finger bent by you, to find its range; without, it is the profile's.
        anew: replace the one that is there.
    """
    found = profile(hand)
    name = name or (f"{EMULATED}-{found.name}" if port == EMULATED else found.name)
    path = path or default_path(name)
    if path.exists() and not anew:
        raise OptionError(f"{path} is there already: --anew replaces it.")
    calibration = Desk(port, found).calibrate(name, sweep)
    print(f"{calibration.write(path)}: {calibration.hand}, {calibration.date}, {calibration.checksum[:12]}")


def home(port: str, hand: Hand = "dash", name: Name = None, calibration: Path | None = None) -> None:
    """Open the hand, slowly, and put it down.

    Args:
        port: a serial port such as /dev/ttyUSB0, or emulated.
        hand: dash, leap, or the file of a profile.
        name: what you call this hand.
        calibration: its file, if it is not kept under its name.
    """
    with driver_at(port, profile(hand), name, calibration) as driver:
        _go(driver, driver.profile.home)


def move(
    targets: tyro.conf.Positional[tuple[str, ...]],
    port: str,
    hand: Hand = "dash",
    name: Name = None,
    calibration: Path | None = None,
) -> None:
    """Turn motors to angles (rad), slowly, say where they are then, and put the hand down.

    Args:
        targets: such as index_curl=0.5 thumb_side=1.0; 0 is flat, closing is positive; or open, or closed.
        port: a serial port such as /dev/ttyUSB0, or emulated.
        hand: dash, leap, or the file of a profile.
        name: what you call this hand.
        calibration: its file, if it is not kept under its name.
    """
    with driver_at(port, profile(hand), name, calibration) as driver:
        _go(driver, _angles(driver, targets))


def _angles(driver: HandDriver, targets: tuple[str, ...]) -> np.ndarray:
    """Motor angles, those not named as they are."""
    poses = {"open": driver.profile.home, "closed": driver.profile.closed}
    names = driver.names[len(ARM) :]
    angles = driver.sent[len(ARM) :].copy()
    for target in targets:
        motor, equals, text = target.partition("=")
        if target in poses:
            angles = poses[target].copy()
        elif not equals or motor not in names:
            raise OptionError(f"A target is MOTOR=ANGLE: {choices(motor, (*names, *poses))}")
        else:
            angles[names.index(motor)] = _number(target, text)
    return angles


def _number(target: str, text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = float("nan")
    if not np.isfinite(number):
        raise OptionError(f"{target}: the angle is a number of rad, such as 0.5.")
    return number


def _go(driver: HandDriver, angles: np.ndarray) -> None:
    go(driver, np.concatenate([driver.sent[: len(ARM)], angles]))
    motors = zip(driver.names, driver.sent, driver.sensed.positions, driver.sensed.currents, strict=True)
    for name, sent, position, current in list(motors)[len(ARM) :]:
        print(f"{name:16} {position:+.3f} rad, told {sent:+.3f}, {current:+.0f} mA")


def record(
    path: tyro.conf.Positional[Path],
    port: str,
    hand: Hand = "dash",
    name: Name = None,
    calibration: Path | None = None,
    seconds: float = 10.0,
    play: Path | None = None,
) -> None:
    """Record what is asked for, sent and measured, a line of JSON a step, while the hand opens and closes.

    Args:
        path: of the file to write; it must not be there yet.
        port: a serial port such as /dev/ttyUSB0, or emulated.
        hand: dash, leap, or the file of a profile.
        name: what you call this hand.
        calibration: its file, if it is not kept under its name.
        seconds: for how long.
        play: a recording whose targets are played again instead.
    """
    found = profile(hand)
    rows = None if play is None else _targets(play, (*ARM, *(motor.name for motor in found.motors)))
    with driver_at(port, found, name, calibration) as driver:
        recorder = Recorder(path, driver)
        try:
            for wanted in rows if rows is not None else _open_and_close(driver, seconds):
                recorder.step(wanted, driver.step(wanted).sent)
                if driver.fault is not None:
                    raise FaultError(f"The hand has stopped: {driver.fault}. What came before is in {path}.")
        finally:
            recorder.close()
    print(f"{path}: {driver.pace.overruns} late steps")


def _targets(path: Path, names: tuple[str, ...]) -> list[np.ndarray]:
    session, steps = recorded(path)
    if tuple(session["names"]) != names:
        raise OptionError(f"{path} is of another hand: its motors are {', '.join(session['names'][len(ARM) :])}.")
    return [np.array(step["wanted"]) for step in steps]


def _open_and_close(driver: HandDriver, seconds: float) -> list[np.ndarray]:
    """From open towards closed and back, every 4 s."""
    arm, home, closed = driver.sent[: len(ARM)], driver.profile.home, driver.profile.closed
    period = driver.settings.period
    phases = 0.5 - 0.5 * np.cos(2 * np.pi / 4.0 * period * np.arange(max(round(seconds / period), 1)))
    return [np.concatenate([arm, home + 0.8 * phase * (closed - home)]) for phase in phases]
