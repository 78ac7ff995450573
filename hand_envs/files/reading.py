"""Reading files that may be anybody's: whatever is wrong with one is an error that names it."""

from __future__ import annotations

import contextlib
import json
import math
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from hand_envs.errors import DatasetError, HandEnvsError, MissingDependencyError

_MOST_JSON = 2**24  # bytes; what the suite reads is a few kilobytes
_KINDS = "biuf"  # booleans and numbers
_MOST_HEADER = 4096  # bytes, of an array in an .npz


@contextlib.contextmanager
def reading(path: str | Path, remedy: str = "") -> Iterator[None]:
    """Whatever goes wrong inside, which may be anything with a damaged file, becomes a `DatasetError` naming the file.

    Args:
        path: the file or folder that is read.
        remedy: what to do about it, added to the message.
    """
    try:
        yield
    except MissingDependencyError:
        raise
    except HandEnvsError as error:
        said = printable(str(error))
        named = said if str(path) in said else f"{path}: {said}"
        raise DatasetError(named.removesuffix(".") + remedy if remedy else named) from error
    except MemoryError as error:
        raise DatasetError(f"{path} cannot be read: it asks for more memory than there is.{remedy}") from error
    except Exception as error:  # readers of damaged files fail in every way there is
        raise DatasetError(f"{path} cannot be read: {_said(error)}{remedy}") from error


def printable(text: str) -> str:
    """Text without what a terminal would obey: some of it may come from the file."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def _said(error: Exception) -> str:
    """What an error says, in one line that is not as long as a hostile file may make it."""
    words = printable(" ".join(str(error).split())) or type(error).__name__
    return words if len(words) <= 300 else f"{words[:300]}..."


def check_file(path: Path) -> int:
    """The size of a file, if it is one: a pipe or a device would be read for ever."""
    if not path.is_file():
        raise DatasetError(f"There is no file {path}.")
    return path.stat().st_size


def read_json(path: Path) -> Any:
    """The JSON in a file of reasonable size."""
    if (size := check_file(path)) > _MOST_JSON:
        raise DatasetError(f"{path} has {size} bytes, more than the {_MOST_JSON} that are read.")
    return json.loads(path.read_text(encoding="utf-8"))


def json_in(array: np.ndarray) -> Any:
    """The JSON whose bytes are an array of an .npz file."""
    if array.nbytes > _MOST_JSON:
        raise DatasetError(f"Its text has {array.nbytes} bytes, more than the {_MOST_JSON} that are read.")
    return json.loads(array.tobytes().decode())


def read_npz(path: Path, most_bytes: int, most_arrays: int = 10_000, kinds: str = _KINDS) -> dict[str, np.ndarray]:
    """The arrays of numbers in an .npz file, if they are no larger than `most_bytes` together: checked beforehand.

    `kinds` are NumPy's of what an array may hold, `U` for text.
    """
    check_file(path)
    with zipfile.ZipFile(path) as archive:
        parts = archive.infolist()
        size = sum(part.file_size for part in parts)
        if size > most_bytes + _MOST_HEADER * len(parts) or len(parts) > most_arrays:
            raise DatasetError(
                f"It unpacks to {len(parts)} arrays of {size} bytes, more than the {most_bytes} allowed."
            )
        found = {}
        for part in parts:
            if part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise DatasetError(f"{part.filename} is packed in a way that NumPy does not use.")
            with archive.open(part) as file:
                found[part.filename.removesuffix(".npy")] = _array(file, part, kinds)  # type: ignore[arg-type]
    return found


def _array(file: BinaryIO, part: zipfile.ZipInfo, kinds: str) -> np.ndarray:
    """One array, whose announced size is compared with what is there before room is made for it."""
    version = np.lib.format.read_magic(file)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, fortran, dtype = read(file, max_header_size=_MOST_HEADER)
    if dtype.kind not in kinds or dtype.fields is not None:
        raise DatasetError(f"{part.filename} holds {dtype}; only arrays of numbers are read")
    if min(shape, default=0) < 0 or math.prod(shape) * dtype.itemsize > part.file_size:
        raise DatasetError(f"{part.filename} says it is of shape {shape}, but has {part.file_size} bytes.")
    data = np.frombuffer(file.read(), dtype)
    return data.reshape(shape, order="F" if fortran else "C").copy()
