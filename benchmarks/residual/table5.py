"""Tables III and V: all methods on true and on estimated hand poses, on four tasks; Fig. 7; samples to convergence."""

from __future__ import annotations

import sys

import tyro

from benchmarks.command import complete, say_written, write
from benchmarks.residual import pose_figures, pose_tables
from benchmarks.residual.pose_cells import PoseCells, PosesCommand
from hand_envs.cli.guard import guarded


def main(command: PosesCommand) -> int:
    """Run, print, write; returns the exit status."""
    make = PoseCells(command.size)
    chains = make.chains()
    asked = [cell for each in chains.values() for chain in each for cell in chain]
    draws = [cell for task in command.size.tasks for cell in make.draws(task)]
    summary = command.go([*(make.sequences(task) for task in command.size.tasks), *draws, *asked])
    results = complete([*chains.values(), [[cell] for cell in draws]], summary)
    for name in ("table3", "table5", "gains"):
        write(command.out / name, getattr(pose_tables, name)(results))
    write(command.out / "convergence", pose_figures.convergence(results))
    if any(name.endswith("/train") for name in results):
        say_written(pose_figures.draw(command.out / "curves.png", results))
    return summary.exit_code


if __name__ == "__main__":
    sys.exit(guarded(lambda: main(tyro.cli(PosesCommand, description=__doc__))))
