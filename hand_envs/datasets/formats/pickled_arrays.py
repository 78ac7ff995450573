"""What pickles say of arrays, and the arrays that it makes; nothing that a file names is ever called."""

from __future__ import annotations

import math
import re
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import numpy as np

from hand_envs.errors import DatasetError

REFUSAL = (
    "A data file has no need of that, and it could run code or corrupt memory, so the file was refused. Allowed are "
    "arrays of numbers and text in lists and dicts."
)
_TYPES = re.compile(r"[?biufcSU]\d{0,6}")  # booleans, numbers and text; never objects: a file could make up pointers
_MOST_DIMENSIONS = 16


class DtypeMark:
    """A dtype as a pickle tells of it: first its type, then its byte order."""

    def __init__(self, name: Any, *_: Any) -> None:
        if not isinstance(name, str) or not _TYPES.fullmatch(name):
            raise DatasetError(f"It holds an array of {str(name)[:40]!r}. {REFUSAL}")
        self.dtype: np.dtype[Any] = np.dtype(name)

    def build(self, state: Any) -> None:
        """Take the byte order from what NumPy has written beside it."""
        if not isinstance(state, tuple) or len(state) != 8 or any(part is not None for part in state[2:5]):
            raise DatasetError(f"It holds an array of unusual type. {REFUSAL}")
        order = state[1].decode("latin1") if isinstance(state[1], bytes) else state[1]
        if order not in ("<", ">", "=", "|"):
            raise DatasetError(f"It holds an array of byte order {str(order)[:40]!r}. {REFUSAL}")
        self.dtype = self.dtype.newbyteorder(order)  # type: ignore[arg-type]


class ArrayMark:
    """The place of an array that a pickle has announced; its content follows."""

    def __init__(self, *_: Any) -> None:
        self.array: np.ndarray | None = None

    def build(self, state: Any) -> None:
        """Make the array."""
        if self.array is not None or not isinstance(state, tuple) or len(state) != 5:
            raise DatasetError(f"It tells of an array in an unusual way. {REFUSAL}")
        _, shape, dtype, is_fortran, data = state
        self.array = from_bytes(data, dtype, shape, "F" if is_fortran is True or is_fortran == 1 else "C")


def from_bytes(data: Any, dtype: Any, shape: Any, order: Any = "C") -> np.ndarray:
    """An array of plain bytes; that they fit shape and type is checked before room is made."""
    if isinstance(data, str):
        data = data.encode("latin1")
    if not isinstance(dtype, DtypeMark) or not isinstance(data, bytes | bytearray):
        raise DatasetError(f"It holds an array of objects, or without a type. {REFUSAL}")
    whole = isinstance(shape, tuple) and all(type(length) is int and length >= 0 for length in shape)
    if not whole or len(shape) > _MOST_DIMENSIONS:
        raise DatasetError(f"It holds an array of shape {str(shape)[:60]}. {REFUSAL}")
    size = dtype.dtype.itemsize
    if math.prod(shape) * size != len(data):
        raise DatasetError(f"It holds an array of shape {shape} of {dtype.dtype} that has {len(data)} bytes.")
    if order not in ("C", "F"):
        raise DatasetError(f"It holds an array in the order {str(order)[:40]!r}. {REFUSAL}")
    if not data:
        return np.empty(shape, dtype.dtype)
    return np.frombuffer(data, dtype.dtype).reshape(shape, order=order).copy()  # type: ignore[call-overload]


def _scalar(dtype: Any, data: Any = b"") -> Any:
    return from_bytes(data, dtype, ())[()]


def _buffer(data: Any, dtype: Any, shape: Any, order: Any) -> np.ndarray:
    return from_bytes(data, dtype, shape, order)


def _encode(text: Any, encoding: Any = "latin1") -> bytes:
    """How Python 3 writes bytes for Python 2."""
    if not isinstance(text, str) or encoding not in ("latin1", "utf-8"):
        raise DatasetError(f"It encodes something that is no text. {REFUSAL}")
    return text.encode(encoding)


def _empty() -> bytes:
    """How Python 3 writes no bytes for Python 2."""
    return b""


def _dict(pairs: Any = ()) -> dict[Any, Any]:
    """An OrderedDict, which Python 2 writes as pairs."""
    if not isinstance(pairs, list | tuple) or not all(isinstance(pair, list) and len(pair) == 2 for pair in pairs):
        raise DatasetError(f"It holds an unusual dict. {REFUSAL}")
    return dict(((checked_key(key), value) for key, value in pairs))


def checked_key(key: Any) -> Any:
    """A key of a dict, if it is a kind that data has and that cannot be made to collide."""
    if isinstance(key, str | bytes) or key is None or (type(key) in (int, bool) and abs(key) < 2**31):
        return key
    raise DatasetError(f"It has a dict with a key of type {type(key).__name__}. {REFUSAL}")


class Name:
    """A name that pickled arrays use, and what is done here when a file calls it."""

    def __init__(self, make: Callable[..., Any]) -> None:
        self.make = make


# In NumPy 1 and 2. Nothing else can be named.
_NAMES: dict[tuple[str, str], Name] = {
    ("numpy", "ndarray"): Name(ArrayMark),
    ("numpy", "dtype"): Name(DtypeMark),
    ("_codecs", "encode"): Name(_encode),
    ("__builtin__", "bytes"): Name(_empty),
    ("builtins", "bytes"): Name(_empty),
    ("collections", OrderedDict.__name__): Name(_dict),
}
for _core in ("numpy.core", "numpy._core"):
    _NAMES[f"{_core}.multiarray", "_reconstruct"] = Name(ArrayMark)
    _NAMES[f"{_core}.multiarray", "scalar"] = Name(_scalar)
    _NAMES[f"{_core}.numeric", "_frombuffer"] = Name(_buffer)


def named(module: Any, name: Any) -> Name:
    """What stands for a name in a pickle; an error for all that arrays do not need."""
    if not isinstance(module, str) or not isinstance(name, str) or (module, name) not in _NAMES:
        raise DatasetError(f"It asks for {str(module)[:80]}.{str(name)[:80]}. {REFUSAL}")
    return _NAMES[module, name]
