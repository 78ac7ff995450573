"""Reading pickles that others made, without letting them run anything."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

from hand_envs.errors import DatasetError

# Everything arrays are pickled with, by NumPy 1 and 2 and by Python 2 and 3. None of it runs what the file says.
_ALLOWED = {
    ("numpy", "ndarray"),
    ("numpy", "dtype"),
    *((f"numpy.{core}.multiarray", name) for core in ("core", "_core") for name in ("_reconstruct", "scalar")),
    *((f"numpy.{core}.numeric", "_frombuffer") for core in ("core", "_core")),
    ("_codecs", "encode"),
    ("collections", "OrderedDict"),
}


class _ArraysOnly(pickle.Unpickler):
    """Unpickles containers, numbers, strings and arrays; anything else is an error before it is imported."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _ALLOWED:
            raise DatasetError(
                f"The pickle asks for {module}.{name}. A data file has no need of it, and it could run code, so the "
                "file was refused and nothing in it was run. Allowed are NumPy arrays in lists and dicts."
            )
        return super().find_class(module, name)


def load_pickle(path: str | Path) -> Any:
    """The lists, dicts and arrays in a pickle of Python 2 or 3; a `DatasetError` for anything else."""
    path = Path(path).expanduser()
    if not path.is_file():
        raise DatasetError(f"No such file: {path}")
    try:
        with path.open("rb") as file:
            return _ArraysOnly(file, encoding="latin1").load()
    except DatasetError as error:
        raise DatasetError(f"{path}: {error}") from None
    except Exception as error:  # a truncated or foreign file can fail anywhere in the pickle machine
        raise DatasetError(f"{path} cannot be read as a pickle: {error}") from error
