"""What frozen features know: errors of the hand's angles and of the object, in rollouts of the expert."""

from __future__ import annotations

import sys

import tyro

from benchmarks.command import complete, write
from benchmarks.vision import probe_tables
from benchmarks.vision.cells import unique
from benchmarks.vision.command import VisionCommand
from benchmarks.vision.rows import STATE
from hand_envs.cli.guard import guarded


def main(command: VisionCommand) -> int:
    """Run, print, write; returns the exit status."""
    chains = command.cells.probed(row for row in command.size.rows if row != STATE)
    summary = command.go(unique(chains))
    results = complete(chains, summary)
    for name in probe_tables.MEASURES:
        write(command.out / f"probes-{name}", probe_tables.errors(results, name))
    return summary.exit_code


if __name__ == "__main__":
    sys.exit(guarded(lambda: main(tyro.cli(VisionCommand, description=__doc__))))
