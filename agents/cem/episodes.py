"""What is kept of each episode: a line that is added, and never changed, in a file that a kill cannot spoil."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np

from hand_envs.errors import DatasetError
from hand_envs.files.atomic import append_line
from hand_envs.files.reading import check_file, reading

Array = np.ndarray
_LARGEST = 2**28  # bytes


@dataclass(frozen=True)
class Episode:
    """One attempt. `prior + residual` is what was executed."""

    prior: Array
    residual: Array
    features: Array
    """Of the picture from before the attempt."""
    reward: float
    success: bool | None
    """What the environment said of it, if it did."""

    def line(self) -> str:
        """Text that gives the same numbers back, bit for bit."""
        arrays = {name: getattr(self, name).tolist() for name in ("prior", "residual", "features")}
        return json.dumps({**arrays, "reward": self.reward, "success": self.success}) + "\n"

    @classmethod
    def of_line(cls, line: str) -> Self:
        """The episode in a line, which may be anybody's."""
        data = json.loads(line)
        if not isinstance(data, dict) or data.keys() != {"prior", "residual", "features", "reward", "success"}:
            raise ValueError("it is no episode")
        prior, residual, features = (_numbers(name, data[name]) for name in ("prior", "residual", "features"))
        if len(prior) != len(residual):
            raise ValueError(f"its prior has {len(prior)} numbers, its residual {len(residual)}")
        reward, success = data["reward"], data["success"]
        if isinstance(reward, bool) or not isinstance(reward, int | float) or not np.isfinite(float(reward)):
            raise ValueError(f"its reward must be a finite number, it is {reward!r:.40}")
        if success is not None and not isinstance(success, bool):
            raise ValueError(f"success must be true, false or null, it is {success!r:.40}")
        return cls(prior, residual, features, float(reward), success)


def _numbers(name: str, given: Any) -> Array:
    """A list of finite numbers."""
    array = np.asarray(given)
    if array.ndim != 1 or array.dtype.kind not in "fi" or not np.isfinite(array).all():
        raise ValueError(f"{name} must be a list of finite numbers")
    return array.astype(np.float64)


class Log:
    """`episodes.jsonl`: what a search is made of, since all else follows from it and the config.

    A line that a kill tore is not there: its episode happens again.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.episodes = read_episodes(path) if path.exists() else []

    def append(self, episode: Episode) -> None:
        """Add an episode, and see it on the disk."""
        line = episode.line().encode()
        try:
            append_line(self.path, line)
        except OSError as error:
            reason = error.strerror or error
            raise DatasetError(f"{self.path} could not be written: {reason}. Make room; --resume goes on.") from error
        self.episodes.append(episode)

    def repair(self) -> None:
        """Remove what a kill left of a line. For whoever may write here."""
        if self.path.exists():
            text = self.path.read_bytes()
            whole = text.rfind(b"\n") + 1
            if whole < len(text):
                os.truncate(self.path, whole)


def read_episodes(path: Path) -> list[Episode]:
    """The episodes in a file; a last line without its end was torn, and does not count."""
    with reading(path):
        if (size := check_file(path)) > _LARGEST:
            raise ValueError(f"it has {size:,} bytes, more than the {_LARGEST:,} that are read")
        lines = path.read_text(encoding="utf-8").split("\n")[:-1]
        found: list[Episode] = []
        for number, line in enumerate(lines, start=1):
            try:
                episode = Episode.of_line(line)
            except (ValueError, TypeError, OverflowError, RecursionError) as error:
                raise ValueError(f"line {number}: {error}") from error
            if found and (len(episode.prior), len(episode.features)) != (len(found[0].prior), len(found[0].features)):
                raise ValueError(f"line {number} is of another environment than the lines before it")
            found.append(episode)
        return found
