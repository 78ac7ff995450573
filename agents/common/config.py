"""Configs in files, which may be anybody's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, TypeVar

from hand_envs.errors import OptionError, choices

Config = TypeVar("Config")


def from_data(kind: type[Config], data: Mapping[str, Any], lists: tuple[str, ...]) -> Config:
    """A config from plain data: unknown names are refused, and `lists` become tuples again."""
    names = [each.name for each in fields(kind)]  # type: ignore[arg-type]
    for name in data:
        if name not in names:
            raise OptionError(f"A config has no such field: {choices(name, names)}")
    return kind(**{**data, **{name: tuple(data.get(name, getattr(kind, name))) for name in lists}})
