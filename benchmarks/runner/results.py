"""The file of results: one line of JSON a finished cell, whole or not there at all."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.runner.cells import Cell
from hand_envs.errors import DatasetError
from hand_envs.files import atomic


@dataclass(frozen=True)
class Record:
    """A finished cell, and how it came about."""

    name: str
    job: str
    options: dict[str, Any]
    after: dict[str, str]
    """The cells it came after, and when these were finished: if one is run anew, so is this."""
    result: dict[str, Any]
    seconds: float
    versions: dict[str, str]
    commit: str | None
    """Of the code, with a `+` where it was changed since."""
    finished: str
    attempts: int = 1
    where: str = ""
    """On which machine."""

    def changed(self, cell: Cell, after: Mapping[str, str]) -> str:
        """What is different in the cell as it is asked for now; empty if nothing is."""
        if self.job != cell.job:
            return f"its job was {self.job}"
        if differ := list(_differences(self.options, cell.options)):
            return "; ".join(differ)
        return "" if self.after == after else "a cell it comes after has another result"


def _differences(old: Mapping[str, Any], new: Mapping[str, Any], within: str = "") -> Iterator[str]:
    """What differs, by name; of options within options only those."""
    for name in sorted(old.keys() | new.keys()):
        before, now = (options.get(name, "absent") for options in (old, new))
        if isinstance(before, Mapping) and isinstance(now, Mapping):
            yield from _differences(before, now, f"{within}{name}.")
        elif before != now:
            yield f"{within}{name} was {before!r}, is {now!r}"


class Results:
    """All lines of a results file; of two with one name the later counts.

    A crash can tear the last line. It is cut off, so that the next one starts on a line of its own.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.repaired = False
        try:
            text = path.read_bytes() if path.exists() else b""
            if text and not text.endswith(b"\n"):
                text = self._repair(text)
        except OSError as error:
            raise unwritable(path, error) from error
        self.records = parsed(text, path)

    def _repair(self, text: bytes) -> bytes:
        """A last line that only lacks its end is whole: an editor may have saved it so."""
        whole, last = text[: text.rfind(b"\n") + 1], text[text.rfind(b"\n") + 1 :]
        try:
            json.loads(last)
        except ValueError:
            self.repaired = True
            os.truncate(self.path, len(whole))
            return whole
        atomic.write_bytes(self.path, text + b"\n")
        return text

    def kept(self, cells: list[Cell]) -> tuple[dict[str, Record], dict[str, str]]:
        """The cells that need not run, and of those that were run with something different, what.

        Args:
            cells: each behind those it comes after.
        """
        kept: dict[str, Record] = {}
        changed: dict[str, str] = {}
        for cell in cells:
            if (record := self.records.get(cell.name)) is None:
                continue
            after = {name: kept[name].finished for name in cell.after if name in kept}
            if change := record.changed(cell, after):
                changed[cell.name] = change
            else:
                kept[cell.name] = record
        return kept, changed

    def append(self, record: Record) -> None:
        """Write a line and see it on the disk."""
        line = json.dumps(asdict(record)).encode() + b"\n"
        try:
            atomic.append_line(self.path, line)
        except OSError as error:
            raise unwritable(self.path, error) from error
        self.records[record.name] = record


def parsed(text: bytes, path: Path) -> dict[str, Record]:
    """The records in the lines of a file, by name; of two with one name the later counts."""
    records = {}
    for number, line in enumerate(text.splitlines(), start=1):
        try:
            record = Record(**json.loads(line))
        except (ValueError, TypeError) as error:
            raise DatasetError(
                f"Line {number} of {path} is not a cell's result ({error}). Remove that line to run its cell again, or "
                "choose another folder."
            ) from error
        records[record.name] = record
    return records


def unwritable(path: Path, error: OSError) -> DatasetError:
    """A full disk, a folder of somebody else."""
    return DatasetError(
        f"Cannot write {path}: {error.strerror or error}. Cells finished so far are kept. Make room there, or choose "
        "another folder, and run the same command again."
    )
