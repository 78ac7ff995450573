"""Files and folders replaced as a whole: a kill or a full disk leaves the old one or the new, never half of it.

What is written lies beside its place, hidden, until it is complete and on the disk; then it is renamed. One writer at a
time: whoever can be started twice takes a lock.
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from hand_envs.errors import DatasetError

_OF_WRITING = {getattr(errno, name) for name in ("ENOSPC", "EDQUOT", "EFBIG", "EIO", "EROFS") if hasattr(errno, name)}
"""What writing to a file that is open can end with."""


def write_text(path: str | Path, text: str) -> Path:
    """Write a text file, or leave the one that is there."""
    return write_bytes(path, text.encode())


def write_bytes(path: str | Path, content: bytes) -> Path:
    """Write a file, or leave the one that is there."""
    with replacing(path) as beside, beside.open("wb") as file:
        file.write(content)
    return Path(path)


@contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """A path to write a file to, with the suffix of `path`, which it becomes when the block ends without an error."""
    path = Path(path)
    beside = path.with_name(f".{path.stem}.part{path.suffix}")
    try:
        with _naming(path, beside):
            yield beside
        with _naming(path):
            _flush(beside)
            os.replace(beside, path)
            _flush(path.parent)
    except BaseException:
        with suppress(OSError):
            beside.unlink()
        raise


@contextmanager
def replacing_folder(folder: str | Path) -> Iterator[Path]:
    """An empty folder to fill, which becomes `folder` when the block ends without an error."""
    folder = Path(folder)
    making = folder.with_name(f".{folder.name}.making")
    try:
        with _naming(folder):
            shutil.rmtree(making, ignore_errors=True)
            making.mkdir(parents=True)
        with _naming(folder, making):
            yield making
        replace_folder(making, folder)
    except BaseException:
        shutil.rmtree(making, ignore_errors=True)
        raise


def replace_folder(making: str | Path, folder: str | Path) -> None:
    """Put a finished folder in the place of another, which is deleted only when the new one stands there.

    A kill between the two renames leaves the old one aside; `recover_folder` puts it back.
    """
    making, folder = Path(making), Path(folder)
    with _naming(folder):
        for path in (*making.rglob("*"), making):
            _flush(path)
        recover_folder(folder)
        if folder.exists():
            os.replace(folder, _aside(folder))
        try:
            os.replace(making, folder)
        except OSError:
            with suppress(OSError):
                recover_folder(folder)
            raise
        _flush(folder.parent)
        shutil.rmtree(_aside(folder), ignore_errors=True)


def recover_folder(folder: str | Path) -> Path:
    """Undo what a kill left of `replace_folder`. For whoever may write there; readers look at what is `standing`."""
    folder = Path(folder)
    aside = _aside(folder)
    if aside.exists():
        if folder.exists():
            shutil.rmtree(aside, ignore_errors=True)
        else:
            os.replace(aside, folder)
    return folder


def _aside(folder: Path) -> Path:
    return folder.with_name(f".{folder.name}.old")


def _flush(path: Path) -> None:
    """On the disk, not only in the system's memory. Windows has no such thing for folders, and not without writing."""
    if path.is_dir() and os.name == "nt":
        return
    descriptor = os.open(path, os.O_RDWR if os.name == "nt" else os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _naming(path: Path, beside: Path | None = None) -> Iterator[None]:
    """Errors become those of writing `path`: all of them, or in a block of the caller's, those about `beside`."""
    try:
        yield
    except OSError as error:
        if beside is not None and not _is_about(beside, error):
            raise
        reason = error.args[0][0][-1] if isinstance(error, shutil.Error) else error.strerror or error
        raise DatasetError(f"{path} could not be written: {reason}. Make room or choose another folder.") from error


def _is_about(beside: Path, error: OSError) -> bool:
    """Whether an error in the caller's block is one of writing to `beside`, or to a file in it."""
    if isinstance(error, shutil.Error):  # of copying a whole folder, which holds the errors as texts
        return True
    named = [name for name in (error.filename, error.filename2) if isinstance(name, str | bytes | os.PathLike)]
    if not named:  # an open file, or a library that says no more than that it could not write
        return error.errno in _OF_WRITING or (error.errno is None and type(error) is OSError)
    place = Path(os.path.abspath(beside))
    return any(Path(os.path.abspath(os.fsdecode(name))).is_relative_to(place) for name in named)


def standing(folder: str | Path) -> Path:
    """Where to read a folder that is replaced: its place, or where a replacement under way or killed has put it aside.

    Nothing is moved: `recover_folder` would be in the way of whoever is just replacing it.
    """
    folder = Path(folder)
    return _aside(folder) if not folder.exists() and _aside(folder).exists() else folder


def append_line(path: Path, line: bytes) -> None:
    """Add a line to a file and see it on the disk; where that fails, the file is as it was, and an OSError says why."""
    with path.open("ab", buffering=0) as file:
        size = file.tell()
        try:
            if file.write(line) < len(line):  # what a disk does that has become full meanwhile
                raise OSError("the disk took only a part of the line")
            os.fsync(file.fileno())
        except OSError:
            file.truncate(size)
            raise
