"""Table II: the user alone, five baselines and ours, on four tasks, in training and in test."""

from __future__ import annotations

import sys

import tyro

from benchmarks.command import complete, write
from benchmarks.residual import tables
from benchmarks.residual.cells import Cells, Command
from benchmarks.residual.output import side_by_side
from benchmarks.residual.paper import METHODS
from benchmarks.residual.tables import NOISE, SPLITS
from benchmarks.runner import Cell
from hand_envs.cli.guard import guarded

TESTS = {split: {"noise": float(NOISE), "split": split} for split in SPLITS}
KIND = "table2"

Chains = dict[tuple[str, str], list[list[Cell]]]


def cells(command: Command, methods: tuple[str, ...] = tuple(METHODS), tasks: tuple[str, ...] = ()) -> Chains:
    """For each method and task, the cells of every seed."""
    make, seeds = Cells(command), command.size.seeds
    return {
        (method, task): [make.evaluate(task, method, NOISE, seed, KIND, TESTS) for seed in seeds]
        for task in tasks or command.size.tasks
        for method in methods
    }


def main(command: Command) -> int:
    """Run, print, write; returns the exit status."""
    chains = cells(command)
    summary = command.go(cell for each in chains.values() for chain in each for cell in chain)
    write(command.out / "table2", tables.table2(complete(chains.values(), summary)))
    if command.film:
        for task in command.size.tasks:
            side_by_side(command.out, Cells(command), summary, task, NOISE)
    return summary.exit_code


if __name__ == "__main__":
    sys.exit(guarded(lambda: main(tyro.cli(Command, description=__doc__))))
