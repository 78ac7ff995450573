"""Make sequences: `python -m agents.planner.captures --action pour_juice_bottle --out runs/fphab`."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import tyro
from rich.console import Console
from rich.progress import Progress

from agents.planner.captures.make import Recipe, make_captures
from hand_envs.cli.guard import guarded


def main(
    action: str,
    out: Path,
    subjects: int = 8,
    takes: int = 6,
    seed: int = 0,
    tries: int = Recipe.tries,
    workers: int = 2,
    pictures: bool = True,
) -> None:
    """Make synthetic sequences of a hand and an object in the layout of F-PHAB, with depth pictures.

    Of the first six subjects odd takes are for test and even ones for training, as in F-PHAB; takes from the fifth on
    are for validation, and made.json lists them. Further subjects have four takes, and are in none of these. Finished
    takes are kept: interrupted, the same command goes on where it was.

    Args:
        action: pour_juice_bottle or give_coin.
        out: the folder; sequences of several actions share one.
        subjects: how many people.
        takes: how many of each.
        seed: of the plans, the cameras and their noise.
        tries: how many are simulated together; another number makes other sequences.
        workers: processes.
        pictures: whether to draw depth pictures; they can be added later.
    """
    recipe = Recipe(action, seed, tries)
    wanted = recipe.wanted(subjects, takes)
    fits = []
    with Progress(console=Console()) as progress:
        bars = [progress.add_task(what, total=len(wanted)) for what in ("plans", "pictures")[: 1 + pictures]]
        for finished in make_captures(out, recipe, wanted, pictures=pictures, workers=workers):
            fits.append((finished.fit, finished.fit_tips))
            progress.advance(bars[finished.filmed])
    fit, tips = np.mean(fits, axis=0)
    print(
        f"{len(wanted)} synthetic sequences in {out}. The hands fitted are {fit:.1f} mm from those planned, on average,"
    )
    print(f"and their fingertips {tips:.1f} mm.")


if __name__ == "__main__":
    sys.exit(
        guarded(lambda: tyro.cli(main, description=__doc__), lambda: "Stopped. The same command goes on from here.")
    )
