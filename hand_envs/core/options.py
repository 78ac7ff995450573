"""What an option may be; anything else is refused in one sentence."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from hand_envs.errors import OptionError, choices


def one_of(option: str, value: str, valid: tuple[str, ...]) -> str:
    """`value` if it is among `valid`; the error that says so if not."""
    if not isinstance(value, str) or value not in valid:
        raise OptionError(f"Unknown {option}: {choices(value, valid)}")
    return value


def number_within(option: str, value: float, low: float, high: float, what: str = "a number") -> float:
    """`value` if it is a number from `low` to `high`; the error that says so if not."""
    is_number = isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool)
    if not is_number or not low <= value <= high:
        raise OptionError(f"{option} must be {what} from {low:g} to {high:g}, got {value!r:.80}.")
    return value


def yes_or_no(option: str, value: bool) -> bool:
    """`value` if it is True or False; the error that says so if not."""
    if not isinstance(value, bool):
        raise OptionError(f"{option} is True or False, got {value!r:.80}.")
    return value


def name_or_path(option: str, value: str | Path) -> str | Path:
    """`value` if it is text or a path; the error that says so if not."""
    if not isinstance(value, str | Path) or not str(value) or "\0" in str(value):
        raise OptionError(f"{option} must be a name or a path, got {value!r:.80}.")
    return value
