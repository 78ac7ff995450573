"""Table 3: policies before backgrounds that neither they nor their encoders have seen."""

from __future__ import annotations

import sys

import tyro

from benchmarks.command import complete, write
from benchmarks.vision import background_tables
from benchmarks.vision.background_tables import TASK
from benchmarks.vision.cells import Cells, Chains, unique
from benchmarks.vision.command import VisionCommand
from benchmarks.vision.rows import CONTROLS, EXPERT
from benchmarks.vision.variants import MOMENTUM
from hand_envs.cli.guard import guarded


def main(command: VisionCommand) -> int:
    """Run, print, write; returns the exit status."""
    rows = [row for row in command.size.rows if row not in CONTROLS]
    chains = _chains(command.cells, command.tasks or (TASK,), rows)
    summary = command.go(unique(chains))
    results = complete(chains, summary)
    write(command.out / "backgrounds-success", background_tables.success(results))
    write(command.out / "backgrounds-return", background_tables.earned(results))
    return summary.exit_code


def _chains(cells: Cells, tasks: tuple[str, ...], rows: list[str]) -> Chains:
    seeds, backgrounds = cells.size.seeds, cells.size.backgrounds
    seen = [
        [cells.clone(task, row, seed, background, momentum) for seed in seeds]
        for task in tasks
        for row in rows
        for background in (0, *backgrounds)
        for momentum in (0.0, MOMENTUM)
    ]
    return [*seen, *([cells.clone(task, EXPERT, seed) for seed in seeds] for task in tasks)]


if __name__ == "__main__":
    sys.exit(guarded(lambda: main(tyro.cli(VisionCommand, description=__doc__))))
