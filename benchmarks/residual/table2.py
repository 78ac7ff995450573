"""Table II: the user alone, five baselines and ours, on four tasks, in training and in test."""

from __future__ import annotations

import sys

import tyro

from benchmarks.command import guarded, write
from benchmarks.report import Comparison, success
from benchmarks.residual.cells import Cells, Command, total
from benchmarks.residual.output import side_by_side
from benchmarks.residual.paper import METHODS, TABLE_2, TASKS
from benchmarks.runner import Cell, Summary

SPLITS = ("train", "test")
NOISE = "0.05"
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


def table(chains: Chains, summary: Summary) -> Comparison:
    """Ours beside the paper's."""
    columns = [f"{task} {split}" for task in dict.fromkeys(task for _, task in chains) for split in SPLITS]
    told = Comparison("Table II: success at a noise of 0.05", columns, unit="%")
    for (method, task), each in chains.items():
        names = [chain[-1].name for chain in each]
        for split, paper in zip(SPLITS, TABLE_2[method][list(TASKS).index(task)], strict=True):
            if counted := total(summary, names, split):
                told.put(METHODS[method], f"{task} {split}", success(*counted, paper=paper / 100))
    return told


def main(command: Command) -> int:
    """Run, print, write; returns the exit status."""
    chains = cells(command)
    summary = command.go(cell for each in chains.values() for chain in each for cell in chain)
    write(command.out / "table2", table(chains, summary))
    if command.film:
        for task in command.size.tasks:
            side_by_side(command.out, Cells(command), summary, task, NOISE)
    return summary.exit_code


if __name__ == "__main__":
    sys.exit(guarded(lambda: main(tyro.cli(Command, description=__doc__))))
