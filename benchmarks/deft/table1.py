"""Table 1: real-world only, affordance only and DEFT, and the guess that real-world only begins with, on every task."""

from __future__ import annotations

import sys

import tyro

from benchmarks.command import complete, write
from benchmarks.deft import tables
from benchmarks.deft.cells import Cells, DeftCommand
from benchmarks.deft.paper import ROWS, TASKS
from hand_envs.cli.guard import guarded


def main(command: DeftCommand) -> int:
    """Run, print, write; returns the exit status."""
    chains = Cells(command.size).chains(ROWS, TASKS)
    summary = command.go({cell.name: cell for each in chains for chain in each for cell in chain}.values())
    results = complete(chains, summary)
    write(command.out / "table1", tables.table1(results))
    write(command.out / "gains", tables.gains(results))
    return summary.exit_code


if __name__ == "__main__":
    sys.exit(guarded(lambda: main(tyro.cli(DeftCommand, description=__doc__))))
