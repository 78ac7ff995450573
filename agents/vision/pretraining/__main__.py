"""Train an encoder on made pictures of hands: `python -m agents.vision.pretraining --labels 3d`."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import tyro
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from agents.common.imports import need
from agents.vision.pretraining.config import PretrainingConfig
from hand_envs.cli.guard import guarded

if TYPE_CHECKING:
    from agents.vision.pretraining.training import Training


@dataclass(frozen=True, kw_only=True)
class Command:
    """A training, where it goes and how it is watched."""

    config: Annotated[PretrainingConfig, tyro.conf.arg(name="")] = field(default_factory=PretrainingConfig)
    folder: Path | None = None
    """Where to keep the run; runs/encoder-<labels>-<seed> by default."""
    resume: bool = False
    """Go on with the run in the folder."""
    evaluate_every: int = 40_000
    """Pictures between evaluations."""
    frames: int = 1024
    """Pictures of an evaluation."""
    threads: int = 1
    """Of the network. Pictures are made in another process."""

    @property
    def place(self) -> Path:
        """The folder of the run."""
        return self.folder or Path("runs") / f"encoder-{self.config.labels}-{self.config.seed}"


class Display:
    """The run on the terminal."""

    def __init__(self, steps: int, console: Console) -> None:
        self.console = console
        self.progress = Progress(
            TextColumn("encoder"), BarColumn(), TextColumn("{task.completed:,.0f} of {task.total:,.0f} pictures"),
            TextColumn("{task.fields[rate]}"), TimeRemainingColumn(), console=console,
        )  # fmt: skip
        self.bar = self.progress.add_task("", total=steps, rate="")
        self.begun = 0, 0.0

    def begin(self, steps: int, seconds: float) -> None:
        """Show where the run begins or goes on."""
        self.begun = steps, seconds
        self.progress.update(self.bar, completed=steps)

    def __call__(self, batch: dict[str, Any]) -> None:
        """Show a batch."""
        rate = (batch["steps"] - self.begun[0]) / max(batch["seconds"] - self.begun[1], 1e-9)
        self.progress.update(self.bar, completed=batch["steps"], rate=f"{rate:,.0f}/s loss {batch['loss']:.3f}")
        if "error" in batch:
            self.console.print(f"{batch['steps']:>11,} pictures: {_words(batch)}")


def _words(summary: dict[str, Any]) -> str:
    return f"error {summary['error']:.3f} {summary['unit']}"


def main(arguments: list[str] | None = None) -> int:
    """Train; returns the exit status."""
    where: list[Path] = []

    def run() -> None:
        command = tyro.cli(Command, description=__doc__, args=arguments)
        where.append(command.place)
        need("torch").set_num_threads(command.threads)
        from agents.vision.pretraining.training import Training

        _train(Training, command, Console())

    def stopped() -> str:
        last = f" from the last half minute in {where[0]}" if where else ""
        return f"Stopped. The same command with --resume goes on{last}."

    return guarded(run, stopped)


def _train(kind: type[Training], command: Command, console: Console) -> None:
    display = Display(command.config.steps, console)
    how: dict[str, Any] = {"evaluate_every": command.evaluate_every, "frames": command.frames, "watch": display}
    training = kind(command.config, command.place, command.resume, **how)
    with training.open():
        display.begin(training.steps, training.seconds)
        with display.progress:
            folder = training.learn()
    console.print(_words(training.notes[-1]["test"]))
    console.print(f"The encoder is in {folder}")


if __name__ == "__main__":
    sys.exit(main())
