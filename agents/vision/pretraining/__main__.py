"""Train an encoder on made pictures of hands: `python -m agents.vision.pretraining --labels 3d`."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import tyro
from rich.console import Console

from agents.common.imports import need
from agents.common.training_display import Display, resumable
from agents.vision.pretraining.config import PretrainingConfig

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


def _words(summary: Mapping[str, Any]) -> str:
    return f"error {summary['error']:.3f} {summary['unit']}"


def main(arguments: list[str] | None = None) -> int:
    """Train; returns the exit status."""

    def run(where: list[Path]) -> None:
        command = tyro.cli(Command, description=__doc__, args=arguments)
        where.append(command.place)
        need("torch").set_num_threads(command.threads)
        from agents.vision.pretraining.training import Training

        _train(Training, command, Console())

    return resumable(run)


def _train(kind: type[Training], command: Command, console: Console) -> None:
    display = Display("encoder", "pictures", command.config.steps, _words, "error", console)
    how: dict[str, Any] = {"evaluate_every": command.evaluate_every, "frames": command.frames, "watch": display}
    folder = display.watched(kind(command.config, command.place, command.resume, **how))
    console.print(f"The encoder is in {folder}")


if __name__ == "__main__":
    sys.exit(main())
