"""Fig. 6 on one task: what each stage adds, momentum, and how much stage 2 adapts."""

from __future__ import annotations

import sys

import tyro

from benchmarks.command import complete, write
from benchmarks.vision import learned_tables
from benchmarks.vision.cells import unique
from benchmarks.vision.command import VisionCommand
from benchmarks.vision.rows import EXPERT
from benchmarks.vision.variants import MOMENTUMS, STAGES
from hand_envs.cli.guard import guarded

TASK = "door"
"""Where nothing else is said: a momentum that is chosen on one task is not tuned on each."""


def main(command: VisionCommand) -> int:
    """Run, print, write; returns the exit status."""
    tasks, seeds, cells = command.tasks or (TASK,), command.size.seeds, command.cells
    variants = {*STAGES.values(), *MOMENTUMS.values()}
    chains = [[cells.learned(task, each, seed) for seed in seeds] for task in tasks for each in variants]
    chains += [[cells.clone(task, EXPERT, seed) for seed in seeds] for task in tasks]
    summary = command.go(unique(chains))
    results = complete(chains, summary)
    for name, rows in (("stages", STAGES), ("momentum", MOMENTUMS)):
        write(command.out / f"ablations-{name}", learned_tables.success(results, rows))
        write(command.out / f"ablations-{name}-return", learned_tables.earned(results, rows))
    return summary.exit_code


if __name__ == "__main__":
    sys.exit(guarded(lambda: main(tyro.cli(VisionCommand, description=__doc__))))
