"""Table IV: hands from video become physics that holds; every method on train, test and other people's sequences."""

from __future__ import annotations

import sys

import tyro

from agents.ppo_gail import Agent
from benchmarks.command import complete, say, say_written, write
from benchmarks.reconstruction import figures, tables
from benchmarks.reconstruction.cells import Cells, ReconstructionCommand
from hand_envs.cli.guard import guarded
from hand_envs.errors import RenderingError


def main(command: ReconstructionCommand) -> int:
    """Run, print, write; returns the exit status."""
    chains = Cells(command.size).chains()
    summary = command.go(cell for each in chains for chain in each for cell in chain)
    results = complete(chains, summary)
    for task in command.size.tasks:
        write(command.out / f"table4-{task}", tables.table4(results, task))
    write(command.out / "gains", tables.gains(results))
    if command.films:
        _film(command, results)
    return summary.exit_code


def _film(command: ReconstructionCommand, results: tables.Results) -> None:
    """Fig. 5, a film and the contact forces of one test clip of each task that there is an agent for."""
    for task in command.size.tasks:
        for row in ("ours", "ours-nophi", "ours-nopose"):
            if (trained := f"{task}/{row}/seed-{command.size.seeds[0]}/train") in results:
                agent = Agent.load(command.out / "cells" / trained / "best")
                try:
                    say_written(*figures.write(command.out, task, agent, command.clip))
                except RenderingError as error:
                    say(f"No pictures: {error}")
                break


if __name__ == "__main__":
    sys.exit(guarded(lambda: main(tyro.cli(ReconstructionCommand, description=__doc__))))
