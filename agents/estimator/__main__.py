"""Train a hand pose estimator, on made images or on a folder of BigHand2.2M, HANDS'17, HO-3D or F-PHAB."""

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
from agents.estimator.config import EstimatorConfig

if TYPE_CHECKING:
    from agents.estimator.training import Training


@dataclass(frozen=True, kw_only=True)
class Command:
    """A training, where it goes and how it is watched."""

    config: Annotated[EstimatorConfig, tyro.conf.arg(name="")] = field(default_factory=EstimatorConfig)
    folder: Path | None = None
    """Where to keep the run; runs/estimator-<seed> by default."""
    resume: bool = False
    """Go on with the run in the folder."""
    evaluate_every: int = 200_000
    """Images between evaluations."""
    frames: int = 1024
    """Images of an evaluation."""
    threads: int = 1
    """Of the network. Images are made in another process."""

    @property
    def place(self) -> Path:
        """The folder of the run."""
        return self.folder or Path("runs") / f"estimator-{self.config.seed}"


def _words(summary: Mapping[str, Any]) -> str:
    return f"mean error {summary['mean_mm']:.2f} mm, {summary['pck_20mm']:.1%} of joints within 20 mm"


def main(arguments: list[str] | None = None) -> int:
    """Train; returns the exit status."""

    def run(where: list[Path]) -> None:
        command = tyro.cli(Command, description=__doc__, args=arguments)
        where.append(command.place)
        need("torch").set_num_threads(command.threads)
        from agents.estimator.training import Training

        _train(Training, command, Console())

    return resumable(run)


def _train(kind: type[Training], command: Command, console: Console) -> None:
    display = Display("estimator", "images", command.config.steps, _words, "mean_mm", console)
    how: dict[str, Any] = {"evaluate_every": command.evaluate_every, "frames": command.frames, "watch": display}
    folder = display.watched(kind(command.config, command.place, command.resume, **how))
    console.print(f"The estimator is in {folder}")


if __name__ == "__main__":
    sys.exit(main())
