"""Arrays from outside: what is a number is taken, and what only looks like one is not."""

from __future__ import annotations

from typing import Any

import numpy as np

_FLOAT64 = np.dtype(np.float64)
_COMMON = (_FLOAT64, np.dtype(np.float32))  # of nearly every action, so these are not looked at for long


def real_numbers(given: Any, kinds: str = "iuf") -> np.ndarray:
    """`given` as a plain array of real numbers; a ValueError that says what it is instead.

    Strings of digits, complex numbers, objects and masked arrays can all be made to be floats, and lose on the way what
    they meant.

    Args:
        given: an array, or what NumPy makes one of.
        kinds: NumPy's letters for what it may hold: i, u and f are numbers, b booleans.
    """
    if type(given) is np.ndarray and given.dtype in _COMMON:
        return given
    if _masked(given):
        raise ValueError("an array with masked values")
    try:
        array = np.asarray(given)
    except Exception as error:
        raise ValueError(f"no array ({error})") from error
    if array.dtype.kind not in kinds:
        raise ValueError(f"an array of {_SPOKEN.get(array.dtype.kind, str(array.dtype))}")
    if array.dtype.kind == "f" and array.dtype not in _COMMON:
        with np.errstate(over="ignore"):
            return array.astype(_FLOAT64)
    return array


def _masked(given: Any) -> bool:
    if isinstance(given, list | tuple):
        return any(isinstance(row, np.ma.MaskedArray) for row in given)
    return isinstance(given, np.ma.MaskedArray)


_SPOKEN = {
    "b": "booleans",
    "c": "complex numbers",
    "O": "objects, or of rows of different lengths",
    "S": "bytes",
    "U": "text",
    "V": "records",
    "m": "durations",
    "M": "dates",
}
