"""Tables III and V: all methods on true and on estimated hand poses, on four tasks."""

from __future__ import annotations

import sys

import tyro

from benchmarks.command import complete, write
from benchmarks.residual import pose_tables
from benchmarks.residual.pose_cells import PoseCells, PosesCommand
from hand_envs.cli.guard import guarded


def main(command: PosesCommand) -> int:
    """Run, print, write; returns the exit status."""
    chains = PoseCells(command.size).chains()
    summary = command.go(cell for each in chains.values() for chain in each for cell in chain)
    results = complete(chains.values(), summary)
    for name in ("table3", "table5", "gains"):
        write(command.out / name, getattr(pose_tables, name)(results))
    return summary.exit_code


if __name__ == "__main__":
    sys.exit(guarded(lambda: main(tyro.cli(PosesCommand, description=__doc__))))
