"""Success of DAPG, natural policy gradient from scratch and cloning, on every task with demonstrations."""

from __future__ import annotations

import sys

import tyro

from benchmarks.command import complete, write
from benchmarks.dapg import tables
from benchmarks.dapg.cells import Command, cells
from hand_envs.cli.guard import guarded


def main(command: Command) -> int:
    """Run, print, write; returns the exit status."""
    chains = cells(command)
    summary = command.go(cell for each in chains.values() for cell in each)
    groups = [[[cell] for cell in seeds] for seeds in chains.values()]
    write(command.out / "table", tables.table(complete(groups, summary)))
    return summary.exit_code


if __name__ == "__main__":
    sys.exit(guarded(lambda: main(tyro.cli(Command, description=__doc__))))
