"""What the commands that train have in common: options, progress, how they end."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import torch
import tyro
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from agents.common.options import parse_option
from agents.common.training import OnPolicyTraining
from hand_envs.errors import HandEnvsError


@dataclass(frozen=True)
class TrainingCommand:
    """Where a training goes and how it is watched."""

    option: Annotated[tuple[str, ...], tyro.conf.arg(metavar="NAME=VALUE ...")] = ()
    """Options of the environment, as name=value: noise=0.1 split=all demonstrations=door-v0_demos.pickle."""
    folder: Path | None = None
    """Where to keep the run; runs/<env>-<method>-<seed> by default."""
    resume: bool = False
    """Go on with the run in the folder."""
    nthread: int = 0
    """Threads to simulate on; 0 for all cores."""
    evaluate_every: int = 500_000
    """Steps between evaluations."""
    episodes: int = 100
    """Episodes of an evaluation."""

    def complete(self, config: Any) -> Any:
        """A config with the options of the environment in it."""
        return replace(config, options={**config.options, **dict(map(parse_option, self.option))})

    def where(self, config: Any) -> Path:
        """The folder of the run."""
        return self.folder or Path("runs") / f"{config.env}-{config.method}-{config.seed}"


class Display:
    """The run on the terminal."""

    def __init__(self, config: Any, console: Console) -> None:
        self.console = console
        columns = ("[progress.description]{task.description}", "{task.completed:,.0f} of {task.total:,.0f} steps")
        told = ("{task.fields[rate]}", "{task.fields[success]}")
        self.progress = Progress(
            TextColumn(columns[0]), BarColumn(), *map(TextColumn, (columns[1], *told)), TimeRemainingColumn(),
            console=console,
        )  # fmt: skip
        self.bar = self.progress.add_task(config.env, total=config.steps, rate="", success="")
        self.begun = 0, 0.0

    def begin(self, steps: int, seconds: float) -> None:
        """Show where the run begins or goes on; its rate is from there."""
        self.begun = steps, seconds
        self.progress.update(self.bar, completed=steps)

    def __call__(self, told: dict[str, Any]) -> None:
        """Show a batch."""
        success = "" if told["success"] is None else f"success in training {told['success']:.0%}"
        steps, seconds = told["steps"] - self.begun[0], told["seconds"] - self.begun[1]
        rate = f"{steps / max(seconds, 1e-9):,.0f}/s"
        self.progress.update(self.bar, completed=told["steps"], rate=rate, success=success)
        for split in ("train", "test"):
            if split in told:
                self.console.print(f"{told['steps']:>11,} steps: {split} {_words(told[split])}")


def _words(summary: dict[str, float]) -> str:
    return f"success {summary['success']:.1%} of {summary['episodes']} episodes, return {summary['return']:.1f}"


def train(kind: Callable[..., OnPolicyTraining], config: Any, command: TrainingCommand) -> int:
    """Train on the terminal; returns the exit status."""
    console = Console()
    torch.set_num_threads(1)  # the networks are small; the cores are for the simulations
    try:
        _train(kind, command.complete(config), command, console)
    except HandEnvsError as error:
        console.print(f"[red]{error}[/red]", soft_wrap=True)
        return 2
    except KeyboardInterrupt:
        console.print(
            f"Stopped. The same command with --resume goes on from the last batch in {command.where(config)}."
        )
        return 130
    return 0


def _train(kind: Callable[..., OnPolicyTraining], config: Any, command: TrainingCommand, console: Console) -> None:
    display, folder = Display(config, console), command.where(config)
    sizes = command.nthread, command.evaluate_every, command.episodes
    with console.status("Getting ready; where demonstrations are cloned first, that takes minutes"):
        training = kind(config, folder, command.resume, *sizes, display)
    display.begin(training.steps, training.seconds)
    with display.progress:
        agent = training.run()
    for split, summary in training.last.items():
        console.print(f"{split}: {_words(summary)}")
    console.print(f"The agent is in {agent}; curves: tensorboard --logdir {folder}")


def named(arguments: list[str] | None, option: str, default: str, choices: Iterable[str] | None = None) -> str:
    """What a command line names as its method or environment, which decides the defaults of all else."""
    peek = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    peek.add_argument(f"--{option}", choices=choices, default=default)
    return str(getattr(peek.parse_known_args(arguments)[0], option))
