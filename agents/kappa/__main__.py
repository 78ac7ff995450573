"""Train the kappa that a network learns: `python -m agents.kappa --env HandDoor-v0`, or `--pairs pairs.npz`."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path
from typing import Annotated

import tyro
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from agents.common.imports import need
from agents.kappa.pairs import Pairs
from agents.kappa.settings import Settings
from hand_envs.cli.guard import guarded
from hand_envs.errors import OptionError


@dataclasses.dataclass(frozen=True, kw_only=True)
class Command:
    """What to learn from, and where it goes."""

    pairs: Path | None = None
    """An .npz of `actions` (n, j) in [-1, 1], `joints` (j,), `low` and `high` (j,) rad, and `points` (n, 21, 3) m."""
    env: str | None = None
    """Learn from what a camera sees of this environment's demonstrations instead; `PoseUser` runs it."""
    sequences: Path | None = None
    """Others than the suite's pose sequences of the environment."""
    fold: int | None = None
    """With --env: leave out every demonstration whose place has this remainder, for kappas that are cross-fitted."""
    folds: int = 4
    """What it is the remainder by."""
    validation: Path | None = None
    """Another, whose error decides which weights are kept."""
    folder: Path = Path("runs/kappa")
    """Where to keep the run; `kappa.npz` is in it at the end."""
    viewpoint: bool = False
    """Learn from the direction to the camera too; the points are in the camera's frame."""
    resume: bool = False
    """Go on with the run in the folder."""
    settings: Annotated[Settings, tyro.conf.arg(name="")] = dataclasses.field(default_factory=Settings)


def main(arguments: list[str] | None = None) -> int:
    """Train; returns the exit status."""
    return guarded(
        lambda: _train(tyro.cli(Command, args=arguments, description=__doc__)),
        lambda: "Stopped. The same command with --resume goes on, twenty seconds back at most.",
    )


def _train(command: Command) -> None:
    need("torch").set_num_threads(1)  # the network is small
    from agents.kappa.training import Training

    console = Console()
    pairs, validation = _pairs(command)
    text = TextColumn("{task.completed:,.0f} of {task.total:,.0f} batches"), TextColumn("loss {task.fields[loss]}")
    with Progress(TextColumn("kappa"), BarColumn(), *text, TimeRemainingColumn(), console=console) as progress:
        bar = progress.add_task("kappa", total=command.settings.iterations, loss="")

        def watch(iteration: int, loss: float) -> None:
            progress.update(bar, completed=iteration, loss=f"{loss:.2e}")

        training = Training(pairs, command.folder, command.settings, validation, command.resume, watch)
        file = training.run()
    said = f", {training.error:.4f} rad a joint on validation" if validation else ""
    console.print(f"{file}: learned from {len(pairs.inputs):,} pairs{said}")


def _pairs(command: Command) -> tuple[Pairs, Pairs | None]:
    """What to learn from, and what decides, if anything does."""
    if (command.pairs is None) == (command.env is None):
        raise OptionError("Give either --pairs with a file, or --env with an environment that has pose sequences.")
    foreign = ("validation", "viewpoint") if command.env is not None else ("sequences", "fold")
    for name in foreign:
        if getattr(command, name):
            with_it = "--pairs" if command.env is not None else "--env"
            raise OptionError(f"--{name} goes with {with_it}.")
    if command.env is not None:
        from agents.kappa.sequences import pairs_of

        if command.fold is not None and not 0 <= command.fold < command.folds:
            raise OptionError(f"--fold must be from 0 to {command.folds - 1}, got {command.fold}.")
        if command.folds < 2:
            raise OptionError(f"--folds must be at least 2, got {command.folds}.")
        learn = pairs_of(command.env, "train", command.sequences, fold=command.fold, folds=command.folds)
        return learn, pairs_of(command.env, "validation", command.sequences)
    read = [Pairs.read(file, command.viewpoint) if file else None for file in (command.pairs, command.validation)]
    assert read[0] is not None
    return read[0], read[1]


if __name__ == "__main__":
    sys.exit(main())
