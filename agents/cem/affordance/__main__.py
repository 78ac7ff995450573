"""The affordance prior: make clips of people who take hold of things, train on them, evaluate and draw."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

import tyro
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn, track
from rich.table import Table

from agents.cem.affordance.config import AffordanceConfig
from agents.common.imports import need
from hand_envs.cli.guard import guarded
from hand_envs.errors import OptionError
from hand_envs.files import atomic
from hand_envs.files.reading import read_json, reading
from hand_envs.files.shipped import shipped

_MADE = "made.json"


@dataclass(frozen=True)
class Make:
    """Make labels of clips in the layout of DEFT's, see `agents.cem.affordance.labels`."""

    folder: Annotated[Path, tyro.conf.Positional]
    """Where; a new folder."""
    clips: int = 100
    seed: int = 1
    split: Literal["train", "test"] = "train"
    """Whose things; priors are trained on the first alone."""

    def __call__(self) -> None:
        """Make them."""
        from agents.cem.affordance.clips import Errors
        from agents.cem.affordance.labels import write_label
        from agents.cem.affordance.making import made

        if self.folder.exists():
            raise OptionError(f"{self.folder} is there already: choose another folder.")
        labels = self.folder / "made" / "labels"
        labels.mkdir(parents=True)
        about = {"made_by": "hand_envs", "synthetic": True, "seed": self.seed, "split": self.split}
        atomic.write_text(self.folder / _MADE, json.dumps(about) + "\n")
        found = made(self.clips, self.seed, self.split, Errors())
        for number, (_, label) in enumerate(track(found, "clips", total=self.clips)):
            write_label(labels / f"{number:06d}.pkl", label)


@dataclass(frozen=True)
class Train:
    """Train a prior: on made clips, or on a folder of labels."""

    config: Annotated[AffordanceConfig, tyro.conf.arg(name="")] = field(default_factory=AffordanceConfig)
    folder: Path | None = None
    """Where to keep the run; runs/affordance-<seed> by default."""
    resume: bool = False
    """Go on with the run in the folder."""

    def __call__(self) -> None:
        """Train it."""
        need("torch").set_num_threads(1)
        from agents.cem.affordance.training import Training

        folder = self.folder or Path("runs") / f"affordance-{self.config.seed}"
        text = TextColumn("{task.completed:,.0f} of {task.total:,.0f} labels"), TextColumn("loss {task.fields[loss]}")
        with Progress(TextColumn("affordance"), BarColumn(), *text, TimeRemainingColumn()) as progress:
            bar = progress.add_task("", total=self.config.steps, loss="")

            def watch(batch: dict[str, Any]) -> None:
                progress.update(bar, completed=batch["steps"], loss=f"{batch['loss']:.3f}")

            training = Training(self.config, folder, self.resume, watch)
            place = training.run()
        Console().print(f"{place}: {training.notes[-1]['test']} on labels held out")


@dataclass(frozen=True)
class Evaluate:
    """Errors on things of the test split, beside a guess from the thing's box alone."""

    source: Annotated[Path | None, tyro.conf.Positional] = None
    """A training's folder `agent`; None for the prior that comes with the suite."""
    clips: int = 300
    out: Path | None = None
    """Write the numbers there, as JSON."""
    card: bool = False
    """Write them to the card in the prior's folder."""

    def __call__(self) -> None:
        """Measure and print."""
        need("torch").set_num_threads(1)
        from agents.cem.affordance.evaluate import measured, table, unseen_clips
        from agents.cem.affordance.prior import load

        rows = table(measured(load(source=self.source), track(unseen_clips(self.clips), "clips", total=self.clips)))
        shown = Table("", *rows, title=f"errors on {self.clips} clips of the test split's things")
        for name in rows["all"]:
            shown.add_row(name, *(f"{row[name]:.1f}" for row in rows.values()))
        Console().print(shown)
        numbers = {"clips": self.clips, **{name: _rounded(row) for name, row in rows.items()}}
        if self.out:
            atomic.write_text(self.out, json.dumps(numbers, indent=2) + "\n")
        if self.card:
            card = (self.source or shipped("agents/affordance", "affordance prior")) / "card.json"
            with reading(card):
                kept = {**read_json(card), "test": numbers}
            atomic.write_text(card, json.dumps(kept, indent=2) + "\n")


def _rounded(row: dict[str, float]) -> dict[str, float]:
    return {name: round(value, 1) for name, value in row.items()}


@dataclass(frozen=True)
class Draw:
    """A picture of what a prior foresees on things of the test split, and of what people did."""

    picture: Annotated[Path, tyro.conf.Positional]
    source: Path | None = None
    """A training's folder `agent`; None for the prior that comes with the suite."""
    clips: int = 8
    seed: int = 5

    def __call__(self) -> None:
        """Draw it."""
        need("torch").set_num_threads(1)
        from agents.cem.affordance.evaluate import unseen_clips
        from agents.cem.affordance.pictures import draw
        from agents.cem.affordance.prior import load

        draw(self.picture, load(source=self.source), list(unseen_clips(self.clips, self.seed, each=1)))


def main(arguments: list[str] | None = None) -> int:
    """Run one of them; returns the exit status."""
    commands: dict[str, Any] = {"make": Make, "train": Train, "evaluate": Evaluate, "draw": Draw}

    def run() -> None:
        tyro.extras.subcommand_cli_from_dict(commands, description=__doc__, args=arguments)()

    return guarded(run, lambda: "Stopped. A training goes on with --resume, twenty seconds back at most.")


if __name__ == "__main__":
    sys.exit(main())
