"""Fig. 3a and 8: success on the test sequences while the methods learn, a panel a task."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass

import tyro

from benchmarks.command import say_written
from benchmarks.residual import figures, table2
from benchmarks.residual.cells import Command
from benchmarks.residual.paper import METHODS
from hand_envs.cli.guard import guarded
from hand_envs.files.atomic import write_text


@dataclass(frozen=True)
class CurvesCommand(Command):
    """What to draw."""

    tasks: tuple[str, ...] = ()
    """door, hammer, pen, relocate; none means all of the preset."""
    methods: tuple[str, ...] = tuple(METHODS)
    """The user alone is drawn as a line."""


def main(command: CurvesCommand) -> int:
    """Run what is not there yet, draw; returns the exit status."""
    chains = table2.cells(command, command.methods, command.tasks)
    summary = command.go(cell for each in chains.values() for chain in each for cell in chain)
    lines = command.out / "curves.jsonl"
    found = figures.curves(summary.results)
    write_text(lines, "".join(json.dumps(each) + "\n" for each in found))
    say_written(lines)
    if found:
        say_written(figures.draw(command.out / "curves.png", summary.results))
    return summary.exit_code


if __name__ == "__main__":
    sys.exit(guarded(lambda: main(tyro.cli(CurvesCommand, description=__doc__))))
