"""Adapt an encoder to the pictures of a task by keypoints, learned without labels from rollouts of its expert."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import tyro
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from agents.common.imports import need
from agents.common.training_display import resumable
from agents.vision.keypoints.config import KeypointConfig

if TYPE_CHECKING:
    from agents.vision.keypoints.training import Training


@dataclass(frozen=True, kw_only=True)
class Command:
    """A training, where it goes and how it is watched."""

    preset: str = "laptop"
    """laptop, or paper: H-InDex's sizes, for a GPU. What else is given changes it."""
    folder: Path | None = None
    """Where to keep the run; runs/keypoints-<env>-<seed> by default."""
    resume: bool = False
    """Go on with the run in the folder."""
    evaluate_every: int = 4_000
    """Pairs between evaluations."""
    threads: int = 1
    """Of the networks."""
    config: Annotated[KeypointConfig, tyro.conf.arg(name="")] = field(default_factory=KeypointConfig)

    @property
    def place(self) -> Path:
        """The folder of the run."""
        return self.folder or Path("runs") / f"keypoints-{self.config.env}-{self.config.seed}"


def read(arguments: list[str] | None = None) -> Command:
    """The command line; a preset is asked for first, since it says what the rest is by default."""
    given = sys.argv[1:] if arguments is None else arguments
    first, _ = tyro.cli(Preset, args=given, add_help=False, return_unknown_args=True)
    default = Command(preset=first.preset, config=KeypointConfig.preset(first.preset))
    return tyro.cli(Command, args=given, default=default, description=__doc__)


@dataclass(frozen=True)
class Preset:
    """The part of a command line that is read first."""

    preset: str = "laptop"


def main(arguments: list[str] | None = None) -> int:
    """Train; returns the exit status."""

    def run(where: list[Path]) -> None:
        command = read(arguments)
        where.append(command.place)
        need("torch").set_num_threads(command.threads)
        from agents.vision.keypoints.training import Training

        _train(Training, command, Console())

    return resumable(run)


def _train(kind: type[Training], command: Command, console: Console) -> None:
    text = TextColumn("{task.completed:,.0f} of {task.total:,.0f} pairs"), TextColumn("{task.fields[now]}")
    with Progress(TextColumn("keypoints"), BarColumn(), *text, TimeRemainingColumn(), console=console) as progress:
        bar = progress.add_task("", total=command.config.steps, now="drawing what the expert does")

        def watch(batch: dict[str, Any]) -> None:
            now = f"{batch['steps'] / max(batch['seconds'], 1e-9):.0f}/s loss {batch['loss']:.2f}"
            progress.update(bar, completed=batch["steps"], now=now)
            if "test" in batch:
                console.print(f"{batch['steps']:>9,} pairs: {_words(batch['test'])}")

        training = kind(command.config, command.place, command.resume, command.evaluate_every, watch)
        place = training.run()
    console.print(f"{training.adapted:,} weights of the trunk were adapted. {_words(training.notes[-1]['test'])}")
    console.print(f"The encoder is in {place}, its keypoints are drawn in {place.parent / 'keypoints.png'}")


def _words(found: dict[str, Any]) -> str:
    return (
        f"held out, a picture is reconstructed to {found['reconstruction']:.0%} of its difference from another "
        f"({found['unmoved']:.0%} without its keypoints); they explain {found['joints']:.0%} of the hand's joints"
    )


if __name__ == "__main__":
    sys.exit(main())
