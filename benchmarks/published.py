"""Results that stay: the outcomes behind published numbers, one line a cell in `benchmarks/results/<benchmark>.jsonl`.

publish("residual", summary.records.values())   # what `--publish` of every command does
published("residual")["door/ik/noise-0.05/seed-1/table1"].result
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path, PurePath, PureWindowsPath
from typing import Any

from benchmarks.runner.origin import commit, versions
from benchmarks.runner.results import Record, parsed
from hand_envs.errors import OptionError
from hand_envs.files.atomic import write_text

FOLDER = Path(__file__).parent / "results"
_MACHINES = ("where", "attempts")  # what a record says of a machine, and not of the result


def published(benchmark: str) -> dict[str, Record]:
    """The records of a benchmark by name; none where nothing was published."""
    path = FOLDER / f"{benchmark}.jsonl"
    return parsed(path.read_bytes(), path) if path.exists() else {}


def publish(benchmark: str, records: Iterable[Record], uncommitted: bool = False) -> Path:
    """Put records beside those that are there, in place of those with the same names; returns the file.

    Args:
        benchmark: the name of the file.
        records: of finished cells.
        uncommitted: take also what no commit can give again; the records say so.
    """
    records = list(records)
    if not uncommitted:
        for record in records:
            refuse_uncommitted(record.commit, record.name)
    path = FOLDER / f"{benchmark}.jsonl"
    new = {record.name: record for record in records}
    asked = {_row(name): _but_seeds(record.options) for name, record in new.items()}
    old = {name: each for name, each in published(benchmark).items() if _fits(each, asked)}
    everything = old | new
    text = "".join(_line(everything[name]) for name in sorted(everything))
    return write_text(path, text)


def record(name: str, job: str, options: Mapping[str, Any], result: Mapping[str, Any], seconds: float = 0.0) -> Record:
    """Of something that was not run as a cell."""
    finished = datetime.now(UTC).isoformat()
    return Record(name, job, dict(options), {}, dict(result), seconds, versions(), commit(), finished)


def refuse_uncommitted(made_by: str | None, what: str) -> None:
    """Only results that a commit gives again are published."""
    if made_by is None or made_by.endswith("+"):
        state = f"by {made_by[:12]} with changes that are not committed" if made_by else "outside of a repository"
        raise OptionError(
            f"{what} was made {state}: commit and run it anew (in another --out), or publish it all the same with "
            "--uncommitted."
        )


def refuse_now() -> None:
    """Before hours of work instead of after them."""
    refuse_uncommitted(commit(), "What would be published")


def _fits(record: Record, asked: Mapping[str, Any]) -> bool:
    """Whether it may stay beside new ones: seeds of one row that were run differently cannot be added up."""
    row = _row(record.name)
    return row not in asked or _but_seeds(record.options) == asked[row]


def _row(name: str) -> str:
    return re.sub(r"(?<=seed-)\d+", "*", name)


def _but_seeds(options: Any) -> Any:
    if isinstance(options, dict):
        return {name: _but_seeds(each) for name, each in options.items() if name != "seed"}
    return _anywhere(options)


def _line(record: Record) -> str:
    kept = {name: value for name, value in asdict(record).items() if name not in _MACHINES}
    return json.dumps(_anywhere(kept), sort_keys=True) + "\n"


def _anywhere(value: Any) -> Any:
    """Without the folders of a machine: of paths that lead out of the repository, the last part."""
    if isinstance(value, dict):
        return {name: _anywhere(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_anywhere(each) for each in value]
    if isinstance(value, str) and "\n" not in value:
        for kind in (PurePath, PureWindowsPath):
            path = kind(value)
            if path.is_absolute() or path.parts[:1] in (("..",), ("~",)):
                return path.name
    return value
