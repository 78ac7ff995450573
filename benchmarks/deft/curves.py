"""Fig. 4: success of DEFT's policy after 10, 20 and 30 episodes, on the objects of training."""

from __future__ import annotations

import sys

import tyro

from benchmarks.command import complete, say_written, write
from benchmarks.deft import figures
from benchmarks.deft.cells import Cells, DeftCommand
from hand_envs.cli.guard import guarded


def main(command: DeftCommand) -> int:
    """Run what is not there yet, draw; returns the exit status."""
    chains = Cells(command.size).curves("deft", command.size.tasks)
    summary = command.go({cell.name: cell for each in chains for chain in each for cell in chain}.values())
    results = complete(chains, summary)
    write(command.out / "figure4", figures.table(results))
    if results:
        say_written(figures.draw(command.out / "figure4.png", results))
    return summary.exit_code


if __name__ == "__main__":
    sys.exit(guarded(lambda: main(tyro.cli(DeftCommand, description=__doc__))))
