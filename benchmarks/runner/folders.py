"""The folders of cells: whose they are, and how their content travels to another machine and back."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from benchmarks.runner.cells import Cell
from hand_envs.errors import DatasetError
from hand_envs.files import atomic

MARK = "cell.json"  # in each folder, of what it is
MIB = 2**20


def prepare(out: Path, cell: Cell, after: Mapping[str, str]) -> Path:
    """The cell's folder, as its last attempt left it.

    Checkpoints of other options must not be gone on from, and are worth hours: such a folder is moved to `replaced/`.
    """
    folder = atomic.recover_folder(out / "cells" / cell.name)
    mark = json.dumps({"job": cell.job, "options": cell.options, "after": after}, indent=1)
    if folder.exists() and not _is(folder / MARK, mark):
        replaced = out / "replaced" / cell.name
        replaced.mkdir(parents=True, exist_ok=True)
        folder.rename(replaced / str(len(list(replaced.iterdir())) + 1))
    if not folder.exists():
        folder.mkdir(parents=True)
        (folder / MARK).write_text(mark)
    return folder


def _is(path: Path, text: str) -> bool:
    return path.exists() and path.read_text() == text


def pack(folder: Path, limit: int) -> bytes:
    """A folder's files as a zip; links are left out.

    Args:
        folder: what to pack.
        limit: how large the files may be together, in MiB.
    """
    files = [path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink()]
    if (size := sum(path.stat().st_size for path in files)) > limit * MIB:
        raise DatasetError(
            f"The cell's folder holds {size / MIB:.1f} MiB, and at most {limit} travel between machines: let the job "
            "delete what nobody needs, or raise --folder-limit."
        )
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, strict_timestamps=False) as archive:
        for path in files:
            archive.write(path, path.relative_to(folder).as_posix())
    return packed.getvalue()


def unpack(packed: bytes, folder: Path, limit: int) -> None:
    """Replace a folder by what was packed; it comes from another machine, so nothing is written outside `folder`."""
    try:
        with atomic.replacing_folder(folder) as fresh, zipfile.ZipFile(io.BytesIO(packed)) as archive:
            _check(archive, limit)
            archive.extractall(fresh)
    except zipfile.BadZipFile as error:
        raise DatasetError(f"The files of {folder.name} came back damaged: {error}.") from error


def _check(archive: zipfile.ZipFile, limit: int) -> None:
    for name in archive.namelist():
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts or "\\" in name or ":" in name:
            raise DatasetError(f"A packed folder has a file named {name!r}, which lies outside of it: refused.")
    if sum(info.file_size for info in archive.infolist()) > limit * MIB:
        raise DatasetError(f"A packed folder holds more than {limit} MiB: refused.")
