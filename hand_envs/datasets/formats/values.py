"""What readers of all formats check of the values they find."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from hand_envs.core.simulation import State
from hand_envs.core.task import Task
from hand_envs.errors import DatasetError

Array = np.ndarray


def numbers(value: Any, source: str, name: str) -> Array:
    """An array of finite numbers."""
    try:
        plain = np.asarray(value)
        if plain.dtype.kind not in "biuf":
            raise TypeError(f"they are of type {plain.dtype}")
        array = plain.astype(np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise DatasetError(f"{source} has {name} that are no numbers: {error}") from error
    if not np.isfinite(array).all():
        raise DatasetError(f"{source} has {name} that are not finite.")
    return array


def start_of(task: Task, format_name: str, record: Mapping[str, Any], source: str) -> State:
    """Where an episode starts, as the task understands a format's record of it."""
    if task.user is not None:
        raise DatasetError(
            f"{source} is of a hand alone, and a user acts in {type(task).__name__}: name the task's own id."
        )
    try:
        start = task.start_from(format_name, record)
    except KeyError as error:
        raise DatasetError(
            f"{source} lacks {error} in the record of its start, which has {', '.join(map(str, record))}. Does it "
            f"belong to another task than {type(task).__name__}?"
        ) from None
    return {name: numbers(value, source, f"a start whose {name}") for name, value in start.items()}


def seed_of(value: Any, source: str) -> int | None:
    """A seed, if there is one."""
    if value is None:
        return None
    whole = np.asarray(value)
    if whole.shape != () or whole.dtype.kind not in "iu" or whole < 0:
        raise DatasetError(f"{source} has the seed {str(value)[:80]}; a seed is a whole number of at least 0.")
    return int(whole)
