"""What happened on a wire, a line of JSON a step: a kill leaves all lines but perhaps the last.

The first line is of the session: hand, checksum of its calibration, firmware, nominal period. A step has its true
time, what was asked for and what was sent, and what the servos told.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import numpy as np

from hand_envs.errors import DatasetError
from hand_envs.files.reading import check_file, reading
from hand_envs.hardware.driver import HandDriver

Array = np.ndarray

_MOST_BYTES = 2**30


class Recorder:
    """Appends to a file.

    Args:
        path: of a file that is not there yet.
        driver: connected.
    """

    def __init__(self, path: str | Path, driver: HandDriver) -> None:
        self._driver = driver
        self.path = Path(path)
        try:
            self._file: IO[str] = self.path.open("x", encoding="utf-8")
        except OSError as error:
            raise DatasetError(f"{path} cannot be written: {error.strerror}. Choose another name.") from error
        calibration = driver.calibration
        self._write(
            {
                "names": list(driver.names),
                "period": driver.settings.period,
                "hand": calibration.hand if calibration else None,
                "profile": driver.profile.name,
                "calibration": calibration.checksum if calibration else None,
                "firmware": driver.firmware,
            }
        )

    def step(self, wanted: Array, sent: Array) -> None:
        """Note a step that has just been done."""
        driver, sensed = self._driver, self._driver.sensed
        counts = driver.servos.bus.counts if driver.is_connected else {}
        self._write(
            {
                "time": sensed.time,
                "now": driver.timer.now(),
                "wanted": np.asarray(wanted).tolist(),
                "sent": sent.tolist(),
                "positions": sensed.positions.tolist(),
                "speeds": sensed.speeds.tolist(),
                "currents": sensed.currents.tolist(),
                "stale": sensed.stale,
                "overruns": driver.pace.overruns,
                "retries": counts.get("retries", 0),
                "fault": str(driver.fault) if driver.fault else "",
            }
        )

    def _write(self, row: dict[str, Any]) -> None:
        self._file.write(json.dumps(row) + "\n")
        self._file.flush()

    def close(self) -> None:
        """No more."""
        self._file.close()


def recorded(path: str | Path) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The session and the steps in a file; a last line that a kill has cut is left out."""
    path = Path(path)
    with reading(path):
        if (size := check_file(path)) > _MOST_BYTES:
            raise DatasetError(f"{path} has {size} bytes, more than the {_MOST_BYTES} that are read.")
        session, *steps = _rows(path)
        width = len(session["names"])
        for step in steps:
            for name in ("wanted", "sent", "positions", "speeds", "currents"):
                values = np.asarray(step[name], np.float64)
                if values.shape != (width,) or not np.isfinite(values).all():
                    raise DatasetError(f"A step's {name} must be {width} finite numbers.")
    return session, steps


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    lines = path.read_text(encoding="utf-8").split("\n")
    for line in lines[:-1]:
        yield json.loads(line)
