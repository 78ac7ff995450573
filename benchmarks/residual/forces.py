"""Fig. 3c: how hard the hand holds what it handles, over time, with and without the agent."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, dataclass

import tyro

from agents.common.film import plot_forces
from benchmarks.command import say_written
from benchmarks.residual import table2, tables
from benchmarks.residual.cells import Cells, Command
from benchmarks.residual.output import takes
from hand_envs.cli.guard import guarded


@dataclass(frozen=True)
class ForcesCommand(Command):
    """What to plot."""

    tasks: tuple[str, ...] = ()
    """door, hammer, pen, relocate; none means all of the preset."""


def main(command: ForcesCommand) -> int:
    """Train what is not there yet, play one noisy test sequence of each task, plot; returns the exit status."""
    chains = table2.cells(command, ("ours",), command.tasks)
    summary = command.go(cell for each in chains.values() for chain in each for cell in chain)
    tasks = command.tasks or command.size.tasks
    played = {task: takes(command.out, Cells(command), summary, task, tables.NOISE, size=0) for task in tasks}
    scenes = {task: scene[0] for task, scene in played.items() if scene}
    lines = command.out / "forces.jsonl"
    with lines.open("w") as file:
        for task, scene in scenes.items():
            for each in scene:
                record = {key: value for key, value in asdict(each).items() if key != "frames"}
                file.write(json.dumps({"task": task, **record}) + "\n")
    if scenes:
        say_written(lines, plot_forces(command.out / "forces.png", list(scenes.values()), list(scenes)))
    return summary.exit_code


if __name__ == "__main__":
    sys.exit(guarded(lambda: main(tyro.cli(ForcesCommand, description=__doc__))))
