"""How the servos of one hand are mounted: a file that says which hand it is of, when it was made, and that it is whole.

```json
{"hand": "leap-desk", "profile": "leap", "date": "2026-11-22T02:00:00+00:00", "checksum": "5f0c...",
 "motors": {"index_side": {"id": 0, "drive_mode": 0, "homing_offset": 2048, "range_min": 1365, "range_max": 2731}}}
```

Ticks are those of the shaft, 4096 a turn. `homing_offset` is where the hand's angle is 0, `drive_mode` 1 if the shaft
turns against it.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from hand_envs.errors import CalibrationError, DatasetError
from hand_envs.files.atomic import write_text
from hand_envs.files.reading import read_json, reading
from hand_envs.hands.profile import HandProfile
from hand_envs.hardware.tables import TICK

TURN = 4096
"""Ticks."""
_FIELDS = ("id", "drive_mode", "homing_offset", "range_min", "range_max")
_MAKE = " Make one: hand-envs hand calibrate --port PORT."


@dataclass(frozen=True)
class Mounting:
    """One servo's; ticks of its shaft."""

    id: int
    drive_mode: int
    homing_offset: int
    range_min: int
    range_max: int

    @property
    def sign(self) -> int:
        """What the shaft turns by, of what the hand's angle does."""
        return -1 if self.drive_mode else 1

    def angle(self, ticks: float) -> float:
        """The hand's angle (rad) at a position of the shaft."""
        return self.sign * (ticks - self.homing_offset) * TICK

    def ticks(self, angle: float) -> float:
        """The shaft's position at an angle of the hand (rad)."""
        return self.homing_offset + self.sign * angle / TICK


@dataclass(frozen=True)
class Calibration:
    """Of one hand."""

    hand: str
    """What its owner calls it."""
    profile: str
    date: str
    """When it was made, ISO 8601."""
    motors: Mapping[str, Mounting]

    @classmethod
    def nominal(cls, profile: HandProfile, hand: str) -> Calibration:
        """As the profile has it: for a hand that was built exactly so, and the twin."""
        mountings = {}
        for motor in profile.motors:
            zero = round(motor.zero / TICK)
            ends = sorted(zero + motor.sign * angle / TICK for angle in (motor.low, motor.high))
            low, high = max(math.ceil(ends[0] - 1e-6), 0), min(math.floor(ends[1] + 1e-6), TURN - 1)
            mountings[motor.name] = Mounting(motor.id, int(motor.sign < 0), zero, low, high)
        return cls(hand, profile.name, datetime.now(UTC).isoformat(timespec="seconds"), mountings)

    @property
    def checksum(self) -> str:
        """SHA-256 of all else."""
        return hashlib.sha256(json.dumps(self._content(), sort_keys=True).encode()).hexdigest()

    def _content(self) -> dict[str, Any]:
        motors = {name: asdict(mounting) for name, mounting in self.motors.items()}
        return {"hand": self.hand, "profile": self.profile, "date": self.date, "motors": motors}

    def range(self, profile: HandProfile) -> tuple[np.ndarray, np.ndarray]:
        """The least and the greatest angles that both the profile and the calibration allow, (motors,) each."""
        low, high = [], []
        for motor in profile.motors:
            mounting = self.motors[motor.name]
            ends = sorted((mounting.angle(mounting.range_min), mounting.angle(mounting.range_max)))
            low.append(max(motor.low, ends[0]))
            high.append(min(motor.high, ends[1]))
        return np.array(low), np.array(high)

    def write(self, path: str | Path) -> Path:
        """Keep it."""
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        return write_text(path, json.dumps({**self._content(), "checksum": self.checksum}, indent=1) + "\n")

    def check(self, profile: HandProfile, hand: str | None = None) -> None:
        """That it is of this hand, and says of each motor what can be."""
        if hand is not None and self.hand != hand:
            raise CalibrationError(f"The calibration is of the hand {self.hand!r}, not of {hand!r}.{_MAKE}")
        if self.profile != profile.name:
            raise CalibrationError(f"The calibration is of a {self.profile!r}, this hand is a {profile.name!r}.{_MAKE}")
        ids = {motor.name: motor.id for motor in profile.motors}
        found = {name: mounting.id for name, mounting in self.motors.items()}
        if ids != found:
            raise CalibrationError(f"The calibration has motors {found}, the profile {ids}.{_MAKE}")
        for name, each in self.motors.items():
            if not 0 <= each.range_min < each.range_max < TURN:
                raise CalibrationError(
                    f"{name} goes from tick {each.range_min} to {each.range_max}, which is not within one turn (0 to "
                    f"{TURN - 1}): mount its horn so that it is, since a servo forgets turns when power is cut."
                )
        low, high = self.range(profile)
        if (bad := np.flatnonzero(low >= high)).size:
            name = profile.motors[bad[0]].name
            raise CalibrationError(f"{name} has no angle that both profile and calibration allow.{_MAKE}")

    @classmethod
    def read(cls, path: str | Path, profile: HandProfile, hand: str | None = None) -> Calibration:
        """From a file; what is missing, damaged, altered or another hand's is a `CalibrationError`."""
        path = Path(path)
        if not path.is_file():
            raise CalibrationError(f"This hand is not calibrated: there is no {path}, so it is not moved.{_MAKE}")
        try:
            with reading(path):
                found, checksum = _read(read_json(path))
                if found.checksum != checksum:
                    raise DatasetError(f"{path} was altered: its checksum is another one.")
            found.check(profile, hand)
        except DatasetError as error:
            raise CalibrationError(f"{error}{_MAKE}") from error
        return found


def _read(content: Any) -> tuple[Calibration, str]:
    """A calibration and the checksum it says it has."""
    texts = [content[name] for name in ("hand", "profile", "date", "checksum")]
    if not all(isinstance(text, str) for text in texts):
        raise DatasetError("hand, profile, date and checksum must be texts.")
    motors = {name: _mounting(name, row) for name, row in content["motors"].items()}
    hand, profile, date, checksum = texts
    return Calibration(hand, profile, date, motors), checksum


def _mounting(name: str, row: Mapping[str, Any]) -> Mounting:
    if set(row) != set(_FIELDS) or not all(type(value) is int for value in row.values()):
        raise DatasetError(f"{name} must have the whole numbers {', '.join(_FIELDS)}, got {row}.")
    if row["drive_mode"] not in (0, 1) or not all(abs(value) < 2**20 for value in row.values()):
        raise DatasetError(f"{name} cannot be mounted so: {row}.")
    return Mounting(**row)


def default_path(hand: str) -> Path:
    """Where the calibration of a hand is kept unless told otherwise."""
    if not hand or not all(letter.isalnum() or letter in "-_" for letter in hand):
        raise CalibrationError(f"A hand's name is letters, digits, - and _, such as leap-desk; got {hand!r}.")
    return Path.home() / ".hand_envs" / "calibration" / f"{hand}.json"
