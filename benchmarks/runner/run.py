"""Runs cells: those that are not done yet, each once those it comes after are."""

from __future__ import annotations

import shlex
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from benchmarks.runner.cells import Cell, Earlier, in_order
from benchmarks.runner.cluster import Cluster
from benchmarks.runner.folders import prepare
from benchmarks.runner.local import Executor, Local, Work
from benchmarks.runner.process import GRACE, LOG, Outcome
from benchmarks.runner.progress import CellProgress
from benchmarks.runner.results import Record, Results, unwritable
from hand_envs.errors import HandEnvsError, OptionError

ATTEMPTS = 3  # at a cell whose process is killed; one that raises would raise again
POLL = 0.2  # seconds


@dataclass(frozen=True)
class Options:
    """Where cells run, and where their results go."""

    out: Path = Path("outputs/cells")
    """Folder for results.jsonl, the cells' own folders and the tracebacks of those that failed."""
    executor: Literal["local", "ray"] = "local"
    """Processes of this machine, or a Ray cluster."""
    workers: int = 0
    """Cells at once; 0 for as many as there are cores for."""
    nthread: int = 0
    """Cores of a cell whose job makes use of several; 0 for an equal share here, for one on a cluster."""
    address: str = ""
    """Of a Ray cluster that is there; empty to start one on this machine."""
    folder_limit: int = 64
    """MiB that a cell's folder may have when it travels between machines of a cluster."""


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


def run(cells: Iterable[Cell], options: Options | None = None) -> Summary:
    """Run the cells that are not done yet, and say how it went.

    A cell is done if its line is in `<out>/results.jsonl` with an equal job, equal options, and the present results of
    the cells it comes after. Ctrl+C has the jobs stop; the same command goes on from there.
    """
    options = options or Options()
    ordered = in_order(cells)
    if options.workers < 0 or options.nthread < 0 or options.folder_limit < 1:
        raise OptionError(f"workers and nthread are 0 or more, folder_limit 1 or more; got {options}.")
    with _alone(options.out):
        results = Results(options.out / "results.jsonl")
        running = _Run(ordered, results, options.out)
        with running.progress as progress:
            if results.repaired:
                progress.say("The last line of results.jsonl was torn by a crash and is removed; its cell runs again.")
            for name, change in running.changed.items():
                progress.say(f"{name} runs anew: {change}.")
            if running.pending:
                with _interruptible(running), closing(_executor(options)) as executor:
                    running.go(executor)
        _conclude(running)
    return running.summary


def _executor(options: Options) -> Executor:
    if options.executor == "ray":
        return Cluster(options.address, options.workers, options.nthread, options.folder_limit)
    return Local(options.workers, options.nthread)


class _Run:
    """The cells on their way from `pending` through `running` to the summary."""

    def __init__(self, cells: list[Cell], results: Results, out: Path) -> None:
        self.results, self.out = results, out
        kept, self.changed = results.kept(cells)
        self.summary = Summary({cell.name: kept[cell.name] for cell in cells if cell.name in kept})
        self.pending = {cell.name: cell for cell in cells if cell.name not in kept}
        self.running: dict[Future[Outcome], Cell] = {}
        self.attempts: Counter[str] = Counter()
        self.progress = CellProgress(len(cells), len(kept))
        self.commit = _commit()

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
        ready = [cell for cell in self.pending.values() if all(name in self.summary.records for name in cell.after)]
        for cell in ready[: max(0, executor.room() - len(self.running))]:
            after = {name: self.summary.records[name] for name in cell.after}
            try:
                folder = prepare(self.out, cell, _finished(after))
            except OSError as error:
                raise unwritable(self.out / "cells" / cell.name, error) from error
            earlier = {name: Earlier(record.result, self.out / "cells" / name) for name, record in after.items()}
            self.attempts[cell.name] += 1
            del self.pending[cell.name]
            try:
                self.running[executor.submit(Work(cell, folder, earlier))] = cell
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
            self.attempts[cell.name], outcome.versions, self.commit, outcome.where, datetime.now(UTC).isoformat(),
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


def _conclude(running: _Run) -> None:
    """The last lines of a command."""
    summary, say = running.summary, running.progress.say
    for name, cause in summary.not_run.items():
        say(f"{name} was not run: it comes after {cause}.")
    say(f"{len(summary.records)} of {running.progress.total} cells are done: {running.results.path}")
    if summary.failed:
        say(f"Failed: {', '.join(summary.failed)}. Their tracebacks are in {running.out / 'failures'}.")
    if summary.interrupted:
        say("Interrupted. What is finished is kept.")
    if summary.exit_code:
        say(f"To run the rest: {shlex.join(sys.orig_argv)}")


@contextmanager
def _interruptible(running: _Run) -> Iterator[None]:
    """The first Ctrl+C (or SIGTERM, as batch systems send it) ends the run in good order, the second at once.

    A flag, not an exception: that could come in the middle of writing a result.
    """

    def interrupt(number: int, frame: Any) -> None:
        if running.summary.interrupted:
            raise KeyboardInterrupt
        running.summary.interrupted = True

    before = {}
    with suppress(ValueError):  # signals are the main thread's; without it, Ctrl+C is not ours to hear
        for number in (signal.SIGINT, signal.SIGTERM):
            before[number] = signal.signal(number, interrupt)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _alone(out: Path) -> Iterator[None]:
    """Two runs in one folder would take each other's folders away."""
    import fcntl

    try:
        out.mkdir(parents=True, exist_ok=True)
        file = (out / "lock").open("w")
    except OSError as error:
        raise unwritable(out, error) from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise OptionError(f"Another run is at work in {out}: wait for it, or choose another folder.") from error
        yield


def _commit() -> str | None:
    """The commit of this code, with a `+` if files were changed since; None outside a repository."""
    root = Path(__file__).parents[2]
    if not (root / ".git").exists():  # installed, perhaps within a repository of something else
        return None
    commands = (["rev-parse", "HEAD"], ["status", "--porcelain", "--untracked-files=no"])
    try:
        head, changes = (
            subprocess.run(["git", "-C", root, *command], capture_output=True, text=True, check=True).stdout.strip()
            for command in commands
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return head + ("+" if changes else "")
