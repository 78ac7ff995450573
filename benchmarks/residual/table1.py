"""Table I: agents trained at each noise, tested at every noise, on the door; and how they learn (Fig. 6)."""

from __future__ import annotations

import sys

import tyro

from benchmarks.command import complete, say_written, write
from benchmarks.residual import pose_figures, tables
from benchmarks.residual.cells import Cells, Command
from benchmarks.residual.output import side_by_side
from benchmarks.residual.paper import NOISES, TRAINING_NOISES
from benchmarks.runner import Cell
from hand_envs.cli.guard import guarded

TESTS = {noise: {"noise": float(noise), "split": "test"} for noise in NOISES}
KIND = "table1"


def cells(command: Command) -> dict[str, list[list[Cell]]]:
    """For each row, the cells of every seed; a row's last cells hold its numbers."""
    make, seeds = Cells(command), command.size.seeds
    rows = {
        noise: [make.evaluate("door", "ours", noise, seed, KIND, TESTS) for seed in seeds]
        for noise in command.size.noises
    }
    rows["user"] = [make.evaluate("door", "ik", "0.05", seed, KIND, TESTS) for seed in seeds]
    return rows


def main(command: Command) -> int:
    """Run, print, write; returns the exit status."""
    rows = cells(command)
    summary = command.go(cell for row in rows.values() for chain in row for cell in chain)
    results = complete(rows.values(), summary)
    write(command.out / "table1", tables.table1(results))
    if any(name.endswith("/train") for name in results):  # Fig. 6
        say_written(pose_figures.draw_noises(command.out / "table1_curves.png", results, TRAINING_NOISES))
    if command.film:
        side_by_side(command.out, Cells(command), summary, "door", "0.05")
    return summary.exit_code


if __name__ == "__main__":
    sys.exit(guarded(lambda: main(tyro.cli(Command, description=__doc__))))
