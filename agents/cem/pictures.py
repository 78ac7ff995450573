"""Pictures of attempts as files: whatever an environment shows, array by array."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from hand_envs.files import atomic
from hand_envs.files.reading import read_npz, reading

Array = np.ndarray
_LARGEST = 2**28  # bytes
_ONLY = "observation"  # the name of what has none


def parts_of(observation: Any) -> dict[str, Array]:
    """An observation's arrays by name, those within tables too."""
    if not isinstance(observation, dict):
        return {_ONLY: np.asarray(observation)}
    found: dict[str, Array] = {}
    for name in sorted(observation):
        inside = parts_of(observation[name])
        found |= {name if part == _ONLY else f"{name}.{part}": value for part, value in inside.items()}
    return found


def write_picture(path: Path, observation: Any) -> Path:
    """Write what was seen, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic.replacing(path) as beside, beside.open("wb") as file:
        np.savez_compressed(file, **parts_of(observation))  # type: ignore[arg-type]
    return path


def read_picture(path: Path) -> dict[str, Array]:
    """What was seen, as `parts_of` gives it."""
    with reading(path):
        found = read_npz(path, _LARGEST)
        if not found:
            raise ValueError("there is no array in it")
        return found
