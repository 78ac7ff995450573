"""Fig. 10: keypoints that stage 2 finds in episodes it was not trained on, and how good they are."""

from __future__ import annotations

import shutil
import sys

import tyro

from benchmarks.command import complete, say_written, write
from benchmarks.vision import adapted_tables
from benchmarks.vision.cells import unique
from benchmarks.vision.command import VisionCommand
from hand_envs.cli.guard import guarded

ROW = "adapted"


def main(command: VisionCommand) -> int:
    """Run, print, write; returns the exit status."""
    seed = command.size.seeds[0]
    chains = [[command.cells.encoder(ROW, seed, task)[0]] for task in command.size.learned]
    summary = command.go(unique(chains))
    results = complete(chains, summary)
    write(command.out / "keypoints", adapted_tables.keypoints(results))
    for (chain,), task in zip(chains, command.size.learned, strict=True):
        if chain[-1].name in results:
            drawn = command.out / "cells" / chain[-1].name / "keypoints.png"
            say_written(shutil.copyfile(drawn, command.out / f"keypoints-{task}.png"))
    return summary.exit_code


if __name__ == "__main__":
    sys.exit(guarded(lambda: main(tyro.cli(VisionCommand, description=__doc__))))
