"""One process at a time in a folder that several could be started in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from hand_envs.errors import DatasetError, OptionError

NAME = "lock"
"""The file that is locked; it stays when the lock has gone."""


@contextmanager
def alone_in(folder: str | Path, message: str) -> Iterator[None]:
    """Make a folder and keep other processes out of it, until the block or this process ends.

    Args:
        folder: where.
        message: of the `OptionError` for whoever comes second. Nobody does on Windows, which has no such locks.
    """
    folder = Path(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = (folder / NAME).open("w")
    except OSError as error:
        raise _unwritable(folder, error) from error
    with file:
        try:
            _lock(file)
        except BlockingIOError as error:
            raise OptionError(message) from error
        except OSError as error:  # a network's file system that knows no locks
            raise _unwritable(folder, error) from error
        yield


def _lock(file: IO[str]) -> None:
    try:
        import fcntl
    except ImportError:
        return
    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _unwritable(folder: Path, error: OSError) -> DatasetError:
    reason = error.strerror or error
    return DatasetError(f"{folder} cannot be written to: {reason}. Choose another folder.")
