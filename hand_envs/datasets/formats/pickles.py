"""Reading pickles that others made, without letting them run anything."""

from __future__ import annotations

import pickle
from collections import OrderedDict
from pathlib import Path
from typing import Any, Literal

import numpy as np

from hand_envs.errors import DatasetError

_KINDS = "biufcSU"  # booleans, numbers and text; never objects, whose pointers a file could make up


class _Dtype:
    """What a pickled dtype says of itself, and only then a dtype."""

    def __init__(self, name: str, *_: Any) -> None:
        self._name = str(name)
        self._order: Literal["<", ">", "="] = "="

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        order = _text(state[1])
        self._order = "<" if order == "<" else ">" if order == ">" else "="

    def resolve(self) -> np.dtype[Any]:
        dtype = np.dtype(self._name).newbyteorder(self._order)
        if dtype.kind not in _KINDS or dtype.fields is not None:
            raise DatasetError(f"It holds an array of {self._name!r}. {_REFUSAL}")
        return dtype


class _Array:
    """What a pickled array says of itself. Built by this module alone, out of plain bytes."""

    def __init__(self, *_: Any) -> None:
        self.value = np.empty(0)

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        _, shape, dtype, is_fortran, data = state
        if not isinstance(dtype, _Dtype):
            raise DatasetError(f"It holds an array without a type. {_REFUSAL}")
        self.value = _from_bytes(data, dtype, tuple(shape), "F" if is_fortran else "C")


def _from_bytes(data: Any, dtype: _Dtype, shape: tuple[int, ...], order: str) -> np.ndarray:
    raw = data.encode("latin1") if isinstance(data, str) else bytes(data)
    return np.frombuffer(raw, dtype.resolve()).reshape(shape, order=order).copy()  # type: ignore[call-overload]


def _scalar(dtype: _Dtype, data: Any = b"") -> Any:
    return _from_bytes(data, dtype, (), "C")[()]


def _buffer(data: Any, dtype: _Dtype, shape: tuple[int, ...], order: str) -> _Array:
    array = _Array()
    array.value = _from_bytes(data, dtype, shape, order)
    return array


def _encode(text: str, encoding: str = "latin1") -> bytes:
    """How Python 3 writes bytes for Python 2."""
    return text.encode("latin1" if encoding != "utf-8" else encoding)


def _empty() -> bytes:
    """How Python 3 writes no bytes for Python 2."""
    return b""


def _text(value: Any) -> str:
    return value.decode("latin1") if isinstance(value, bytes) else str(value)


# What pickled arrays name, in NumPy 1 and 2, and what stands in for it here. Nothing else can be named.
_STAND_INS: dict[tuple[str, str], Any] = {
    ("numpy", "ndarray"): _Array,
    ("numpy", "dtype"): _Dtype,
    ("_codecs", "encode"): _encode,
    ("__builtin__", "bytes"): _empty,
    ("builtins", "bytes"): _empty,
    ("collections", "OrderedDict"): OrderedDict,
}
for _core in ("numpy.core", "numpy._core"):
    _STAND_INS[f"{_core}.multiarray", "_reconstruct"] = _Array
    _STAND_INS[f"{_core}.multiarray", "scalar"] = _scalar
    _STAND_INS[f"{_core}.numeric", "_frombuffer"] = _buffer

_REFUSAL = (
    "A data file has no need of that, and it could run code or corrupt memory, so the file was refused. Allowed are "
    "arrays of numbers and text in lists and dicts."
)


class _ArraysOnly(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _STAND_INS:
            raise DatasetError(f"It asks for {module}.{name}. {_REFUSAL}")
        return _STAND_INS[module, name]


def load_pickle(path: str | Path) -> Any:
    """The lists, dicts and arrays in a pickle of Python 2 or 3; a `DatasetError` for anything else."""
    path = Path(path).expanduser()
    if not path.is_file():
        raise DatasetError(f"No such file: {path}")
    try:
        with path.open("rb") as file:
            return _finished(_ArraysOnly(file, encoding="latin1").load())
    except DatasetError as error:
        raise DatasetError(f"{path}: {error}") from None
    except Exception as error:  # a truncated or foreign file can fail anywhere in the pickle machine
        raise DatasetError(f"{path} cannot be read as a pickle: {error}") from error


def _finished(value: Any) -> Any:
    """`value` with arrays where their stand-ins are."""
    if isinstance(value, _Array):
        return value.value
    if isinstance(value, dict):
        return {_finished(key): _finished(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_finished(part) for part in value)
    return value
