"""Fig. 11: how far stage 2 moves scales and offsets of BatchNorm, by depth."""

from __future__ import annotations

import sys

import tyro

from benchmarks.command import complete, say_written, write
from benchmarks.vision import adapted_tables, figures
from benchmarks.vision.cells import unique
from benchmarks.vision.command import VisionCommand
from benchmarks.vision.rows import ADAPTED
from hand_envs.cli.guard import guarded


def main(command: VisionCommand) -> int:
    """Run, print, write; returns the exit status."""
    seed, rows = command.size.seeds[0], [row for row in command.rows if row in ADAPTED] or ["adapted"]
    chains = [[command.cells.encoder(row, seed, task)[0]] for task in command.size.learned for row in rows]
    summary = command.go(unique(chains))
    results = complete(chains, summary)
    write(command.out / "affine", adapted_tables.affine(results))
    if results:
        say_written(figures.affine(command.out / "affine.png", results))
    return summary.exit_code


if __name__ == "__main__":
    sys.exit(guarded(lambda: main(tyro.cli(VisionCommand, description=__doc__))))
