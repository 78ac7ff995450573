"""Files and folders replaced as a whole: a kill or a full disk leaves the old one or the new, never half of it.

What is written lies beside its place, hidden, until it is complete and on the disk; then it is renamed. One writer at a
time: whoever can be started twice takes a lock.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from hand_envs.errors import DatasetError


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
        with _naming(path):
            yield beside
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
    """Undo what a kill left of `replace_folder`: whoever opens a folder that is replaced calls this first."""
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
    """On the disk, not only in the system's memory; some systems have no such thing for folders."""
    if path.is_dir() and os.name == "nt":
        return
    descriptor = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = error.strerror or error
        raise DatasetError(f"{path} could not be written: {reason}. Make room or choose another folder.") from error


def standing(folder: str | Path) -> Path:
    """Where to read a folder: there, or aside where a kill left it; moving it back is for whoever has the lock."""
    folder = Path(folder)
    aside = _aside(folder)
    return aside if aside.exists() and not folder.exists() else folder
