"""Whether a state from outside fits: looked at whole, before anything is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import mujoco
import numpy as np

from hand_envs.core.arrays import real_numbers
from hand_envs.errors import StateError, choices

LARGEST = float(mujoco.mjMAXVAL)
"""Beyond this MuJoCo calls a position, velocity or acceleration unstable, and resets."""

_MAX_STEPS = 2**53  # whole numbers that a float64 still holds
_EPISODE = ("episode.elapsed", "episode.success_once")


@dataclass(frozen=True)
class Part:
    """What a part of a state has to be."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    low: float | None = None
    high: float | None = None

    def read(self, name: str, given: Any) -> np.ndarray:
        """`given` as this part, or the `StateError` that says what is wrong with it."""
        value = _numbers(name, given)
        if value.shape != self.shape:
            raise StateError(
                f"The state's {name!r} has shape {value.shape}, this scene needs {self.shape}. Was it taken from "
                "another environment?"
            )
        if self.dtype.kind != "f":
            _expect_whole(name, value, self.dtype)
        for bad, bound in ((self.low, np.less), (self.high, np.greater)):
            if bad is not None and bound(value, bad).any():
                raise StateError(
                    f"The state's {name!r} must be from {self.low} to {self.high}, got {_shown(value)}. Was it taken "
                    "from another environment?"
                )
        return value.astype(self.dtype)


def read_parts(state: Mapping[str, Any], needed: Mapping[str, Part], optional: Mapping[str, Part]) -> dict[str, Any]:
    """All the parts that are `needed`, and the `optional` ones that there are; derived ones not in use are let be."""
    _expect_mapping(state)
    for name in needed:
        if name not in state:
            raise StateError(
                f"The state lacks {name!r}; it has {', '.join(map(str, state))}. Was it taken from another environment?"
            )
    known = {**needed, **optional}
    parts = {}
    for name, given in state.items():
        if name in known:
            parts[name] = known[name].read(name, given)
        elif not name.startswith("derived.") and name not in _EPISODE:
            raise StateError(f"A state has no such part: {choices(name, needed)}")
    return parts


def numbers_of(state: Any) -> dict[str, np.ndarray]:
    """Every part of a state or of a start as an array of finite numbers of a size that can be simulated."""
    _expect_mapping(state)
    return {name: _numbers(name, given) for name, given in state.items()}


def steps_of(state: Mapping[str, np.ndarray]) -> int:
    """How many steps of its episode were taken in a state."""
    elapsed = state.get("episode.elapsed", np.array(0))
    if elapsed.shape != () or not 0 <= elapsed < _MAX_STEPS or elapsed != np.floor(elapsed):
        raise StateError(f"The state's 'episode.elapsed' must be a number of steps, got {_shown(elapsed)}.")
    return int(elapsed)


def success_of(state: Mapping[str, np.ndarray]) -> bool:
    """Whether its episode had succeeded already in a state."""
    success = state.get("episode.success_once", np.array(False))
    if success.shape != () or success not in (0, 1):
        raise StateError(f"The state's 'episode.success_once' must be True or False, got {_shown(success)}.")
    return bool(success)


def _expect_mapping(state: Any) -> None:
    if not isinstance(state, Mapping):
        raise StateError(f"A state is a dict of arrays, as get_state() returns; got {type(state).__name__}.")
    if not all(isinstance(name, str) for name in state):
        raise StateError(f"The parts of a state have names, got {', '.join(map(repr, state))}.")


def _numbers(name: str, given: Any) -> np.ndarray:
    try:
        value = real_numbers(given, "biuf")
    except ValueError as error:
        raise StateError(f"The state's {name!r} must be an array of numbers, got {error}.") from None
    if not np.isfinite(value).all():
        raise StateError(f"The state's {name!r} holds values that are not finite.")
    remembered = name.startswith(("memory.", "episode."))  # what is remembered is not simulated
    if not remembered and ((value > LARGEST) | (value < -LARGEST)).any():
        raise StateError(f"The state's {name!r} holds values too large to simulate: beyond {LARGEST:g}.")
    return value


def _expect_whole(name: str, value: np.ndarray, dtype: np.dtype[Any]) -> None:
    low, high = (0, 1) if dtype.kind == "b" else (int(np.iinfo(dtype).min), int(np.iinfo(dtype).max))
    for each in value.ravel().tolist():  # as Python's numbers, which do not overflow
        if each != each // 1 or not low <= each <= high:
            raise StateError(f"The state's {name!r} must be whole numbers from {low} to {high}, got {each}.")


def _shown(value: np.ndarray) -> str:
    return np.array2string(value, threshold=8)
