"""A table of a TOML file as it is read: each value is looked at, and what is wrong is said with its key."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable
from typing import Any

from hand_envs.errors import DatasetError, choices


class Table:
    """A table that knows its place in the file, and what of it was read.

    Args:
        values: what the TOML reader gave; anything but a table is refused.
        place: the table's key, "" for the file's own.
    """

    def __init__(self, values: Any, place: str = "") -> None:
        if not isinstance(values, dict):
            raise DatasetError(f"`{place}` is {_shown(values)}; a table was expected.")
        self._values, self.place = values, place
        self._read: set[str] = set()

    def key(self, name: str) -> str:
        """How messages call a value of this table."""
        return f"{self.place}.{name}" if self.place else name

    def text(self, name: str, valid: Iterable[str] = ()) -> str:
        """A text of one line; one of `valid`, if any are given."""
        value = self._take(name)
        if not isinstance(value, str) or not value.isprintable() or not 0 < len(value) <= 200:
            raise self._refused(name, value, "a text of one line was expected")
        valid = tuple(valid)
        if valid and value not in valid:
            raise DatasetError(f"`{self.key(name)}`: {choices(value, valid)}")
        return value

    def flag(self, name: str, default: bool | None = None) -> bool:
        """True or false."""
        value = self._take(name, default)
        if not isinstance(value, bool):
            raise self._refused(name, value, "true or false was expected")
        return value

    def whole(self, name: str, low: int, high: int) -> int:
        """A whole number from `low` to `high`."""
        value = self._take(name)
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise self._refused(name, value, f"a whole number from {low} to {high} was expected")
        return value

    def sign(self, name: str) -> int:
        """1 or -1."""
        value = self._take(name)
        if isinstance(value, bool) or value not in (1, -1):
            raise self._refused(name, value, "1 or -1 was expected")
        return int(value)

    def number(self, name: str, low: float, high: float, default: float | None = None) -> float:
        """A number from `low` to `high`."""
        value = self._take(name, default)
        if not _is_number(value, low, high):
            raise self._refused(name, value, f"a number from {low:g} to {high:g} was expected")
        return float(value)

    def numbers(self, name: str, count: int, low: float, high: float) -> tuple[float, ...]:
        """A list of `count` numbers from `low` to `high`."""
        value = self._take(name)
        if not isinstance(value, list) or len(value) != count or not all(_is_number(each, low, high) for each in value):
            raise self._refused(name, value, f"a list of {count} numbers from {low:g} to {high:g} was expected")
        return tuple(float(each) for each in value)

    def interval(self, name: str, low: float, high: float) -> tuple[float, float]:
        """The two ends of an interval that is not empty."""
        first, last = self.numbers(name, 2, low, high)
        if not first < last:
            raise self._refused(name, [first, last], "the lower end first, and then a higher one, was expected")
        return first, last

    def table(self, name: str) -> Table:
        """A table within this one."""
        return Table(self._take(name), self.key(name))

    def rows(self, name: str, most: int, default: list[Any] | None = None) -> list[Table]:
        """A list of tables."""
        value = self._take(name, default)
        if not isinstance(value, list) or len(value) > most:
            raise self._refused(name, value, f"a list of at most {most} tables was expected")
        return [Table(row, f"{self.key(name)}[{number}]") for number, row in enumerate(value)]

    def expect_no_more(self) -> None:
        """That nothing is left unread: a misspelt key would be a default in disguise."""
        for name in self._values:
            if name not in self._read:
                raise DatasetError(
                    f"`{self.place or 'the file'}` has a key it cannot have: {choices(name, self._read)}"
                )

    def _take(self, name: str, default: Any = None) -> Any:
        self._read.add(name)
        value = self._values.get(name, default)
        if value is None:
            close = difflib.get_close_matches(name, set(self._values) - self._read, n=1)
            meant = f"is {close[0]!r} meant to be it?" if close else "add it to the file."
            raise DatasetError(f"`{self.key(name)}` is missing; {meant}")
        return value

    def _refused(self, name: str, value: Any, expected: str) -> DatasetError:
        return DatasetError(f"`{self.key(name)}` is {_shown(value)}; {expected}.")


def _is_number(value: Any, low: float, high: float) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high


def _shown(value: Any) -> str:
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    text = repr(value) if not isinstance(value, int) or abs(value) < 10**20 else "a number of many digits"
    return text if len(text) <= 60 else f"{text[:60]}..."
