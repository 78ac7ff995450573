"""Fig. 1, 4 and 5 by cloning on frozen features: every task and encoder, in the same episodes."""

from __future__ import annotations

import sys

import tyro

from benchmarks.command import complete, write
from benchmarks.vision import tables
from benchmarks.vision.cells import unique
from benchmarks.vision.command import VisionCommand
from benchmarks.vision.rows import EXPERT
from hand_envs.cli.guard import guarded


def main(command: VisionCommand) -> int:
    """Run, print, write; returns the exit status."""
    chains = command.cells.cloned((*command.size.rows, EXPERT))
    summary = command.go(unique(chains))
    results = complete(chains, summary)
    write(command.out / "cloning-success", tables.success(results))
    write(command.out / "cloning-return", tables.earned(results))
    write(command.out / "cloning-gains", tables.gains(results))
    return summary.exit_code


if __name__ == "__main__":
    sys.exit(guarded(lambda: main(tyro.cli(VisionCommand, description=__doc__))))
