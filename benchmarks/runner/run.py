"""Runs cells: those that are not done yet, each once those it comes after are."""

from __future__ import annotations

import shlex
import signal
import sys
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from benchmarks.runner.cells import Cell, in_order
from benchmarks.runner.cluster import Cluster
from benchmarks.runner.local import Executor, Local
from benchmarks.runner.results import Results
from benchmarks.runner.schedule import Schedule, Summary
from hand_envs.errors import OptionError
from hand_envs.files.lock import alone_in


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


def run(cells: Iterable[Cell], options: Options | None = None) -> Summary:
    """Run the cells that are not done yet, and say how it went.

    A cell is done if its line is in `<out>/results.jsonl` with an equal job, equal options, and the present results of
    the cells it comes after. Ctrl+C has the jobs stop; the same command goes on from there.
    """
    options = options or Options()
    ordered = in_order(cells)
    if options.workers < 0 or options.nthread < 0 or options.folder_limit < 1:
        raise OptionError(f"workers and nthread are 0 or more, folder_limit 1 or more; got {options}.")
    busy = f"Another run is at work in {options.out}: wait for it, or choose another folder."
    with alone_in(options.out, busy):
        results = Results(options.out / "results.jsonl")
        running = Schedule(ordered, results, options.out)
        with running.progress as progress:
            if results.repaired:
                progress.say("The last line of results.jsonl was torn by a crash and is removed; its cell runs again.")
            for name, change in running.changed.items():
                progress.say(f"{name} runs anew: {change}.")
            if running.pending:
                with closing(_executor(options)) as executor, _interruptible(running):  # after Ray's handlers
                    running.go(executor)
        _conclude(running)
    return running.summary


def _executor(options: Options) -> Executor:
    if options.executor == "ray":
        return Cluster(options.address, options.workers, options.nthread, options.folder_limit)
    return Local(options.workers, options.nthread)


def _conclude(running: Schedule) -> None:
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
def _interruptible(running: Schedule) -> Iterator[None]:
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
