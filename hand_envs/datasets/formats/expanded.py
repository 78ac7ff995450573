"""How large nested lists would be if what they share were written out: a small file can share a billion times."""

from __future__ import annotations

from typing import Any

import numpy as np

from hand_envs.errors import DatasetError

_MOST_DEPTH = 32  # lists within lists
_CONTAINER, _NUMBER = 64, 8  # bytes, of a list beside its items, and of an item


def check_expanded(value: Any, most_bytes: int) -> None:
    """That lists do not hold themselves, and would not grow beyond measure for whoever reads on through all of them."""
    weights: dict[int, int] = {}
    depths: dict[int, int] = {}
    opened: set[int] = set()
    waiting: list[tuple[Any, bool]] = [(value, False)]
    while waiting:
        item, is_done = waiting.pop()
        parts = _parts(item)
        if is_done:
            weights[id(item)] = _CONTAINER + sum(weights.get(id(part), _NUMBER + _bytes(part)) for part in parts)
            depths[id(item)] = 1 + max((depths.get(id(part), 0) for part in parts), default=0)
            opened.discard(id(item))
            if weights[id(item)] > most_bytes or depths[id(item)] > _MOST_DEPTH:
                raise DatasetError(f"Its lists are within each other in a way that grows beyond {most_bytes} bytes.")
        elif id(item) in opened:
            raise DatasetError("It holds a list that holds itself.")
        elif parts and id(item) not in weights:
            opened.add(id(item))
            waiting.append((item, True))
            waiting.extend((part, False) for part in parts if isinstance(part, list | tuple | dict))


def _parts(item: Any) -> list[Any] | tuple[Any, ...]:
    if isinstance(item, dict):
        return list(item.values())
    return item if isinstance(item, list | tuple) else ()


def _bytes(item: Any) -> int:
    if isinstance(item, np.ndarray | np.generic):
        return item.nbytes
    return len(item) if isinstance(item, str | bytes | bytearray) else 0
