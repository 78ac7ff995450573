"""What the options of a reset choose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from hand_envs.core.arrays import real_numbers
from hand_envs.core.task import Task
from hand_envs.errors import OptionError, choices

Array = np.ndarray


def reset_options(options: Any, own: tuple[str, ...], task: Task) -> dict[str, Any]:
    """The options of a reset, if they have the names that there are: the environment's `own` and the task's."""
    if options is None:
        return {}
    if not isinstance(options, Mapping):
        raise OptionError(f"The options of a reset are a dict, got {type(options).__name__}.")
    valid = (*own, *task.choosable)
    for name in options:
        if name not in valid:
            raise OptionError(f"reset has no option of that name: {choices(name, valid)}")
    return dict(options)


def choice(options: Mapping[str, Any], task: Task, count: int) -> dict[str, Array] | None:
    """What they choose of the task, a row each of `count`; None for nothing."""
    chosen = {name: _rows(name, options[name], count) for name in task.choosable if name in options}
    if chosen and "state" in options:
        raise OptionError(f"Choose either a state or {', '.join(chosen)}: a state has all of it.")
    return chosen or None


def _rows(name: str, value: Any, count: int) -> Array:
    try:
        rows = real_numbers(value, "iu")
    except ValueError:
        rows = np.zeros(0)
    if rows.dtype.kind not in "iu" or rows.shape not in ((), (count,)) or (rows > np.iinfo(np.int64).max).any():
        raise OptionError(f"{name} must be a whole number, or one for each of the {count} reset, got {value!r}.")
    return np.broadcast_to(rows.astype(np.int64), count)


def one_each(values: Any, count: int) -> list[Any] | None:
    """A list with one thing for each of `count`; None if it is no such list."""
    if isinstance(values, np.ndarray):
        values = list(values) if values.ndim else None
    if not isinstance(values, Sequence) or isinstance(values, str | bytes) or len(values) != count:
        return None
    return list(values)


def mask_of(value: Any, count: int) -> Array:
    """`reset_mask`: which of `count` to reset; all by default."""
    if value is None:
        return np.ones(count, bool)
    try:
        mask = real_numbers(value, "b")
    except ValueError:
        mask = np.zeros(0, bool)
    if mask.shape != (count,) or not mask.any():
        raise OptionError(f"reset_mask must be {count} booleans, at least one of them True, got {value!r}.")
    return mask
