"""Typed fields that a file can hold and anybody may write: what all configs are."""

from __future__ import annotations

import dataclasses
import math
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self, get_args, get_origin

from hand_envs.errors import OptionError, choices


@dataclass(frozen=True)
class Fields:
    """What is made of numbers, text, and lists and tables of them; refused unless each is as its type says.

    A subclass adds its fields, and says in `__post_init__` within what they are.
    """

    former: ClassVar[Mapping[str, str]] = {}
    """Names that fields had before, and have in older files and on older command lines."""

    def __post_init__(self) -> None:
        _settle(self)

    def as_data(self) -> dict[str, Any]:
        """Plain data for a file."""
        given = dataclasses.asdict(self).items()
        return {name: list(value) if isinstance(value, tuple) else value for name, value in given}

    @classmethod
    def from_data(cls, data: Any) -> Self:
        """What is in a file."""
        if not isinstance(data, Mapping):
            raise OptionError(f"A config is a table of fields, got {data!r:.80}.")
        return cls(**cls.known(data))

    @classmethod
    def known(cls, given: Mapping[str, Any]) -> dict[str, Any]:
        """Fields by the names they have today; unknown ones are refused."""
        known = [each.name for each in dataclasses.fields(cls)]
        fields = {cls.former.get(name, name): value for name, value in given.items()}
        for name in fields:
            if name not in known:
                raise OptionError(f"A config has no such field: {choices(name, known)}")
        return fields

    def within(self, least: float, most: float, *names: str) -> None:
        """Refuse fields out of a range."""
        for name in names:
            if not least <= getattr(self, name) <= most:
                raise OptionError(f"{name} must be from {least:,} to {most:,}, got {getattr(self, name)}.")

    def above(self, least: float, *names: str) -> None:
        """Refuse fields that are not greater."""
        for name in names:
            if not getattr(self, name) > least:
                raise OptionError(f"{name} must be above {least}, got {getattr(self, name)}.")


def _settle(config: Any) -> None:
    """Every field of a frozen dataclass as its type says, or an error."""
    kinds = typing.get_type_hints(type(config))
    for each in dataclasses.fields(config):
        object.__setattr__(config, each.name, _settled(each.name, getattr(config, each.name), kinds[each.name]))


def _settled(name: str, value: Any, kind: Any) -> Any:
    """A value of a field as its type says: a whole number, a finite one, text, a list of such, or a table."""
    origin, parts = get_origin(kind), get_args(kind)
    if origin is types.UnionType:
        return None if value is None else _settled(name, value, parts[0])
    if origin is tuple:
        if isinstance(value, list | tuple) and len(value) <= 10_000:
            return tuple(_settled(name, each, parts[0]) for each in value)
    elif origin is not None:  # a mapping
        if isinstance(value, Mapping) and all(isinstance(each, str) for each in value):
            return dict(value)
    elif kind is str or kind is bool:
        if isinstance(value, kind):
            return value
    elif not isinstance(value, bool):
        number = _number(value, kind)
        if number is not None:
            return number
    expected = {str: "text", bool: "true or false", int: "a whole number", float: "a finite number"}
    what = expected.get(kind, "a list" if origin is tuple else "a table of named values")
    raise OptionError(f"{name} must be {what}, got {value!r:.80}.")


def _number(value: Any, kind: type[int] | type[float]) -> float | int | None:
    """Also NumPy's; None if it is none."""
    try:
        number = kind(value) if not isinstance(value, str | bytes) else math.nan
        return number if number == value and math.isfinite(number) else None
    except (TypeError, ValueError, OverflowError):
        return None
