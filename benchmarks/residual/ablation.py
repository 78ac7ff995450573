"""Fig. 3b in numbers: ours with the task's reward alone, and with imitation alone, on the door."""

from __future__ import annotations

import sys

import tyro

from benchmarks.command import complete, write
from benchmarks.residual import table2, tables
from benchmarks.residual.cells import Command
from hand_envs.cli.guard import guarded


def main(command: Command) -> int:
    """Run, print, write; returns the exit status."""
    chains = table2.cells(command, tuple(tables.ABLATED), ("door",))
    summary = command.go(cell for each in chains.values() for chain in each for cell in chain)
    write(command.out / "ablation", tables.ablation(complete(chains.values(), summary)))
    return summary.exit_code


if __name__ == "__main__":
    sys.exit(guarded(lambda: main(tyro.cli(Command, description=__doc__))))
