"""Stage 3: DAPG on features, with statistics that follow and without; beside cloning from the same features."""

from __future__ import annotations

import sys

import tyro

from benchmarks.command import complete, say_written, write
from benchmarks.vision import figures, learned_tables
from benchmarks.vision.cells import Chains, unique
from benchmarks.vision.command import VisionCommand
from benchmarks.vision.rows import CATALOGUE, EXPERT
from benchmarks.vision.variants import LEARNED, Variant
from hand_envs.cli.guard import guarded


def main(command: VisionCommand) -> int:
    """Run, print, write; returns the exit status."""
    size, cells = command.size, command.cells
    others = {name: Variant(row) for row, name in CATALOGUE.items() if row in command.rows}
    variants = {**LEARNED, **others}
    chains: Chains = [
        [cells.learned(task, each, seed) for seed in size.seeds] for task in size.learned for each in variants.values()
    ]
    experts = [[cells.clone(task, EXPERT, seed) for seed in size.seeds] for task in size.learned]
    summary = command.go(unique([*chains, *experts]))
    results = complete([*chains, *experts], summary)
    write(command.out / "dapg-success", learned_tables.success(results, variants))
    write(command.out / "dapg-return", learned_tables.earned(results, variants))
    if results:
        say_written(figures.curves(command.out / "dapg.png", results))
    return summary.exit_code


if __name__ == "__main__":
    sys.exit(guarded(lambda: main(tyro.cli(VisionCommand, description=__doc__))))
