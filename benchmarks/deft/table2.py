"""Table 2: other rewards, policies and parameters than DEFT's."""

from __future__ import annotations

import sys

import tyro

from benchmarks.command import complete, write
from benchmarks.deft import tables
from benchmarks.deft.cells import Cells, DeftCommand
from benchmarks.deft.paper import ABLATED, ABLATIONS
from hand_envs.cli.guard import guarded


def main(command: DeftCommand) -> int:
    """Run, print, write; returns the exit status."""
    tasks = command.tasks or ABLATED
    chains = Cells(command.size).chains(ABLATIONS, tasks)
    summary = command.go({cell.name: cell for each in chains for chain in each for cell in chain}.values())
    write(command.out / "table2", tables.table2(complete(chains, summary)))
    return summary.exit_code


if __name__ == "__main__":
    sys.exit(guarded(lambda: main(tyro.cli(DeftCommand, description=__doc__))))
