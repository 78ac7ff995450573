"""The cells of a run on their way: waiting, running, done or failed."""

from __future__ import annotations

import os
import sys
from collections import Counter
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.runner.cells import Cell
from benchmarks.runner.folders import prepare
from benchmarks.runner.local import Executor
from benchmarks.runner.origin import commit
from benchmarks.runner.process import GRACE, LOG, Order, Outcome
from benchmarks.runner.progress import CellProgress
from benchmarks.runner.results import Record, Results, unwritable
from hand_envs.errors import HandEnvsError

ATTEMPTS = 3  # at a cell whose process is killed; one that raises would raise again
POLL = 0.2  # seconds


@dataclass
class Summary:
    """What came of a run."""

    records: dict[str, Record] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    """Cells that failed, and how: a traceback, or what killed them."""
    not_run: dict[str, str] = field(default_factory=dict)
    """Cells that come after one that failed, and which."""
    interrupted: bool = False

    @property
    def results(self) -> dict[str, dict[str, Any]]:
        """What the jobs returned."""
        return {name: record.result for name, record in self.records.items()}

    @property
    def exit_code(self) -> int:
        """0 if all cells are done, 1 if some failed, 130 after Ctrl+C."""
        return 130 if self.interrupted else int(bool(self.failed))


class Schedule:
    """The cells on their way from `pending` through `running` to the summary."""

    def __init__(self, cells: list[Cell], results: Results, out: Path) -> None:
        self.results, self.out = results, out
        kept, self.changed = results.kept(cells)
        self.summary = Summary({cell.name: kept[cell.name] for cell in cells if cell.name in kept})
        self.pending = {cell.name: cell for cell in cells if cell.name not in kept}
        self.running: dict[Future[Outcome], Cell] = {}
        self.attempts: Counter[str] = Counter()
        self.progress = CellProgress(len(cells), len(kept))
        self.commit = commit()

    def go(self, executor: Executor) -> None:
        """Until all is done, or `summary.interrupted` is set."""
        while (self.pending or self.running) and not self.summary.interrupted:
            self._start(executor)
            for future in wait(self.running, POLL, FIRST_COMPLETED).done:
                self._take(self.running.pop(future), future.result())
            self.progress.running(cell.name for cell in self.running.values())
        if self.running:
            self._stop(executor)

    def _start(self, executor: Executor) -> None:
        paths = tuple(os.path.abspath(path) for path in sys.path)
        ready = [cell for cell in self.pending.values() if all(name in self.summary.records for name in cell.after)]
        ready.sort(key=lambda cell: not cell.after)  # what ends something begun comes before what begins another
        for cell in ready[: max(0, executor.room() - len(self.running))]:
            after = {name: self.summary.records[name] for name in cell.after}
            try:
                folder = prepare(self.out, cell, _finished(after))
            except OSError as error:
                raise unwritable(self.out / "cells" / cell.name, error) from error
            earlier = {
                name: (record.result, str((self.out / "cells" / name).absolute())) for name, record in after.items()
            }
            order = Order(cell.job, dict(cell.options), str(folder.absolute()), earlier, paths)
            self.attempts[cell.name] += 1
            del self.pending[cell.name]
            try:
                self.running[executor.submit(order)] = cell
            except HandEnvsError as error:
                self._fail(cell, str(error))

    def _stop(self, executor: Executor) -> None:
        self.progress.say("Stopping: jobs have a few seconds to write their checkpoints.")
        executor.stop()
        for future in wait(self.running, GRACE + 10).done:
            if (outcome := future.result()).kind == "done":
                self._take(self.running[future], outcome)

    def _take(self, cell: Cell, outcome: Outcome) -> None:
        if outcome.kind == "done":
            self._keep(cell, outcome)
        elif outcome.kind == "raised":
            self._fail(cell, outcome.text)
        elif self.attempts[cell.name] < ATTEMPTS:
            self.progress.say(f"{cell.name} runs again: {outcome.text.splitlines()[0]}")
            self.pending[cell.name] = cell
        else:
            self._fail(cell, f"Given up after {ATTEMPTS} attempts. {outcome.text}")

    def _keep(self, cell: Cell, outcome: Outcome) -> None:
        after = _finished({name: self.summary.records[name] for name in cell.after})
        record = Record(
            cell.name, cell.job, dict(cell.options), after, outcome.result, round(outcome.seconds, 3),
            outcome.versions, self.commit, datetime.now(UTC).isoformat(), self.attempts[cell.name], outcome.where,
        )  # fmt: skip
        self.results.append(record)
        self.summary.records[cell.name] = record
        with suppress(FileNotFoundError):
            self._failure(cell.name).unlink()
        self.progress.finished(cell.name, record.seconds, (each.name for each in self.running.values()))

    def _fail(self, cell: Cell, text: str) -> None:
        self.summary.failed[cell.name] = text
        path = self._failure(cell.name)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"{text.rstrip()}\n\nWhat it printed: {self.out / 'cells' / cell.name / LOG}\n")
        except OSError as error:
            raise unwritable(path, error) from error
        self.progress.say(f"{cell.name} failed: {text.rstrip().splitlines()[-1]} ({path})")
        self._drop_dependants(cell.name)

    def _drop_dependants(self, failed: str) -> None:
        for name in [cell.name for cell in self.pending.values() if failed in cell.after]:
            if self.pending.pop(name, None):
                self.summary.not_run[name] = failed
                self._drop_dependants(name)

    def _failure(self, name: str) -> Path:
        return self.out / "failures" / f"{name}.txt"


def _finished(after: dict[str, Record]) -> dict[str, str]:
    return {name: record.finished for name, record in after.items()}
