"""Table IV: hands from video become physics that holds; every method on train, test and other people's sequences."""

from __future__ import annotations

import sys

import tyro

from benchmarks.command import complete, write
from benchmarks.reconstruction import tables
from benchmarks.reconstruction.cells import Cells, ReconstructionCommand
from hand_envs.cli.guard import guarded


def main(command: ReconstructionCommand) -> int:
    """Run, print, write; returns the exit status."""
    chains = Cells(command.size).chains()
    summary = command.go(cell for each in chains for chain in each for cell in chain)
    results = complete(chains, summary)
    for task in command.size.tasks:
        write(command.out / f"table4-{task}", tables.table4(results, task))
    write(command.out / "gains", tables.gains(results))
    return summary.exit_code


if __name__ == "__main__":
    sys.exit(guarded(lambda: main(tyro.cli(ReconstructionCommand, description=__doc__))))
