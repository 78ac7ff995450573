"""Table 1: real-world only, affordance only and DEFT in two ways, and the guess that real-world only begins with."""

from __future__ import annotations

import sys
from dataclasses import dataclass

import tyro

from benchmarks.command import complete, say, say_written, write
from benchmarks.deft import tables
from benchmarks.deft.cells import SEARCHED, Cells, DeftCommand, objects_of
from benchmarks.deft.films import film
from benchmarks.deft.paper import ROWS, TASKS
from hand_envs.cli.guard import guarded
from hand_envs.errors import RenderingError


@dataclass(frozen=True)
class Table1Command(DeftCommand):
    """What the table is made of."""

    films: bool = True
    """Film an attempt of each task with an object of the test, every row beside the others."""


def main(command: Table1Command) -> int:
    """Run, print, write; returns the exit status."""
    chains = Cells(command.size).chains(ROWS, TASKS)
    summary = command.go({cell.name: cell for each in chains for chain in each for cell in chain}.values())
    results = complete(chains, summary)
    write(command.out / "table1", tables.table1(results))
    write(command.out / "gains", tables.gains(results))
    if command.films:
        _film(command, results)
    return summary.exit_code


def _film(command: Table1Command, results: tables.Results) -> None:
    seed = command.size.seeds[0]
    for task in command.size.tasks:
        searches = {row: f"{task}/{row}/seed-{seed}/search" for row in ROWS if row in SEARCHED}
        if all(name in results for name in searches.values()):
            folders = {row: command.out / "cells" / name for row, name in searches.items()}
            try:
                say_written(film(command.out / f"{task}.mp4", task, objects_of(task)["test"][0], folders))
            except RenderingError as error:
                say(f"No films: {error}")
                return


if __name__ == "__main__":
    sys.exit(guarded(lambda: main(tyro.cli(Table1Command, description=__doc__))))
