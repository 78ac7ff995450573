"""The profile of a hand: what a twin is built from and a driver is told, in one TOML file."""

from __future__ import annotations

import functools
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from hand_envs.errors import DatasetError, OptionError, choices
from hand_envs.files.reading import check_file, reading
from hand_envs.hands.profile_checks import check
from hand_envs.hands.profile_parts import (
    FINGERS,
    Finger,
    Joint,
    Motor,
    Palm,
    Servos,
    read_finger,
    read_joint,
    read_motor,
    read_palm,
    read_servos,
)
from hand_envs.hands.toml_table import Table

__all__ = ["Finger", "HandProfile", "Joint", "Motor", "Palm", "Servos", "names", "profile", "read_profile"]

Array = np.ndarray

FOLDER = Path(__file__).parent / "profiles"
"""The hands that come with the suite, one file each."""

_MOST_BYTES = 2**18
_MOST_MOTORS = 64


@dataclass(frozen=True)
class HandProfile:
    """A hand as data.

    Attributes:
        name: by which it is chosen.
        about: one line for lists.
        approximation: whether its measures are not those of a real hand.
        motors: in the order of commands and observations.
        joints: finger by finger, from the palm to the tip.
        servos: what all motors have in common.
        palm: what the fingers stand on.
        fingers: five, some of them perhaps absent.
    """

    name: str
    about: str
    approximation: bool
    motors: tuple[Motor, ...]
    joints: tuple[Joint, ...]
    servos: Servos
    palm: Palm
    fingers: tuple[Finger, ...]

    @functools.cached_property
    def coupling(self) -> Array:
        """What each motor does to each joint while nothing is touched, (joints, motors)."""
        return self._matrix([joint.ratio for joint in self.joints])

    @functools.cached_property
    def pulleys(self) -> Array:
        """How far each joint lets its motor turn, (joints, motors).

        Springs k_i share one string's tension by their pulleys r_i, k_i q_i = r_i T. For the joints to turn by their
        ratios c_i, and the motor by sum r_i q_i, r_i = c_i k_i / sum c_j^2 k_j.
        """
        weights = np.array([joint.stiffness or 1.0 for joint in self.joints])  # a joint alone has none to share with
        ratios = np.array([joint.ratio for joint in self.joints])
        sums = (self.coupling**2 * weights[:, None]).sum(axis=0)
        return self._matrix(ratios * weights / (sums @ (self.coupling != 0.0).T))

    def _matrix(self, values: Any) -> Array:
        columns = [motor.name for motor in self.motors]
        matrix = np.zeros((len(self.joints), len(columns)))
        for row, (joint, value) in enumerate(zip(self.joints, values, strict=True)):
            matrix[row, columns.index(joint.motor)] = value
        matrix.flags.writeable = False
        return matrix

    def joint_angles(self, motors: Array) -> Array:
        """The joints of the free hand (..., joints) at motor angles (..., motors)."""
        return np.asarray(motors) @ self.coupling.T

    def motor_angles(self, joints: Array) -> Array:
        """Where motors stand (..., motors) while joints are at angles (..., joints), whatever bent these."""
        return np.asarray(joints) @ self.pulleys

    def clip(self, motors: Array) -> Array:
        """Motor angles within their ranges."""
        return np.clip(motors, self.low, self.high)

    @functools.cached_property
    def low(self) -> Array:
        """The least motor angles."""
        return self._of_motors("low")

    @functools.cached_property
    def high(self) -> Array:
        """The greatest motor angles."""
        return self._of_motors("high")

    @functools.cached_property
    def home(self) -> Array:
        """Motor angles of the open hand."""
        return self._of_motors("open")

    @functools.cached_property
    def closed(self) -> Array:
        """Motor angles of a power grasp."""
        return self._of_motors("closed")

    def _of_motors(self, attribute: str) -> Array:
        values = np.array([getattr(motor, attribute) for motor in self.motors], dtype=np.float64)
        values.flags.writeable = False
        return values

    @functools.cached_property
    def digits(self) -> tuple[Finger, ...]:
        """The fingers it has."""
        return tuple(finger for finger in self.fingers if not finger.absent)


def read_profile(path: str | Path) -> HandProfile:
    """The profile in a TOML file; a damaged or contradictory one is a `DatasetError` that names file and key."""
    path = Path(path)
    with reading(path):
        if (size := check_file(path)) > _MOST_BYTES:
            raise DatasetError(f"{path} has {size} bytes, more than the {_MOST_BYTES} that are read.")
        return _read(Table(tomllib.loads(path.read_text(encoding="utf-8"))))


def _read(table: Table) -> HandProfile:
    fingers = table.table("finger")
    found = HandProfile(
        name=table.text("name"),
        about=table.text("about"),
        approximation=table.flag("approximation"),
        motors=tuple(read_motor(row) for row in table.rows("motors", _MOST_MOTORS)),
        joints=tuple(read_joint(row) for row in table.rows("joints", _MOST_MOTORS)),
        servos=read_servos(table.table("servos")),
        palm=read_palm(table.table("palm"), table.table("fingers")),
        fingers=tuple(read_finger(name, fingers.table(name)) for name in FINGERS),
    )
    fingers.expect_no_more()
    table.expect_no_more()
    check(found)
    return found


def names() -> tuple[str, ...]:
    """The hands that come with the suite."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.toml")))


def profile(name_or_path: str | Path) -> HandProfile:
    """A profile that comes with the suite by its name, or any by its file (a path that ends in .toml)."""
    text = str(name_or_path)
    if text.endswith(".toml"):
        return read_profile(text)
    if text not in names():
        raise OptionError(
            f"There is no hand of that name, nor is it the path of a .toml file: {choices(text, names())}"
        )
    return _of_the_suite(text)


@functools.cache
def _of_the_suite(name: str) -> HandProfile:
    return read_profile(FOLDER / f"{name}.toml")
