"""Options of an environment on a command line."""

from __future__ import annotations

import json
from typing import Any

from hand_envs.errors import OptionError


def parse_option(text: str) -> tuple[str, Any]:
    """`noise=0.1` as a name and a value, which is a number, true, false or null where it reads as one."""
    name, equals, value = text.partition("=")
    if not equals or not name.isidentifier():
        raise OptionError(f"An option of the environment is written name=value, got {text!r}.")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value
