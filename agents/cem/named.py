"""What a user plugs in by its address: a prior, a reward, an encoder."""

from __future__ import annotations

import importlib
from collections.abc import Iterable
from typing import Any

from hand_envs.errors import OptionError, choices


def named(kind: str, address: str, known: Iterable[str]) -> Any:
    """The callable at `package.module:name`; `known` are the names that need no address."""
    module, colon, name = address.partition(":")
    if not colon:
        raise OptionError(f"Unknown {kind}: {choices(address, [*known, 'package.module:name'])}")
    try:
        found = getattr(importlib.import_module(module), name, None)
    except (ImportError, ValueError) as error:
        raise OptionError(f"The {kind} {address} cannot be imported: {error}.") from error
    if not callable(found):
        raise OptionError(f"The {kind} {address} is nothing that can be called.")
    return found
