"""What the commands that train have in common: options, progress, how they end.

The method and the environment decide the defaults of all else, so a command line is read twice: first for these two,
then with their defaults, which are also those that `--help` shows.
"""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import tyro
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from agents.common.config import TrainingConfig
from agents.common.imports import need
from agents.common.options import parse_option
from hand_envs.cli.guard import guarded

if TYPE_CHECKING:
    from agents.common.training import Training

C = TypeVar("C", bound=TrainingConfig)


@dataclass(frozen=True, kw_only=True)
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

    def where(self, config: TrainingConfig) -> Path:
        """The folder of the run."""
        name = "-".join(part for part in (config.env, config.method, str(config.seed)) if part)
        return self.folder or Path("runs") / name.replace("/", "_")


class Display:
    """The run on the terminal."""

    def __init__(self, config: TrainingConfig, console: Console) -> None:
        self.console = console
        columns = ("[progress.description]{task.description}", "{task.completed:,.0f} of {task.total:,.0f} steps")
        extra = ("{task.fields[rate]}", "{task.fields[success]}")
        self.progress = Progress(
            TextColumn(columns[0]), BarColumn(), *map(TextColumn, (columns[1], *extra)), TimeRemainingColumn(),
            console=console,
        )  # fmt: skip
        self.bar = self.progress.add_task(config.env, total=config.steps, rate="", success="")
        self.begun = 0, 0.0

    def begin(self, steps: int, seconds: float) -> None:
        """Show where the run begins or goes on; its rate is from there."""
        self.begun = steps, seconds
        self.progress.update(self.bar, completed=steps)

    def __call__(self, batch: dict[str, Any]) -> None:
        """Show a batch."""
        success = "" if batch["success"] is None else f"success in training {batch['success']:.0%}"
        steps, seconds = batch["steps"] - self.begun[0], batch["seconds"] - self.begun[1]
        rate = f"{steps / max(seconds, 1e-9):,.0f}/s"
        self.progress.update(self.bar, completed=batch["steps"], rate=rate, success=success)
        for split in ("train", "test"):
            if split in batch:
                self.console.print(f"{batch['steps']:>11,} steps: {split} {_words(batch[split])}")


def _words(summary: dict[str, float]) -> str:
    return f"success {summary['success']:.1%} of {summary['episodes']} episodes, return {summary['return']:.1f}"


def main(
    kind: type[TrainingConfig],
    training: Callable[[], type[Training[Any]]],
    description: str | None,
    arguments: list[str] | None = None,
) -> int:
    """Train on the terminal; returns the exit status.

    Args:
        kind: of the config.
        training: gives the training; it is asked after the command line is read, since it may need torch.
        description: of the command, for `--help`.
        arguments: the command line; None for the process's own.
    """
    where: list[Path] = []

    def run() -> None:
        config, command = read(kind, description, arguments)
        where.append(command.where(config))
        need("torch").set_num_threads(1)  # the networks are small; the cores are for the simulations
        _train(training(), config, command, Console())

    def stopped() -> str:
        last = f" from the last batch in {where[0]}" if where else ""
        return f"Stopped. The same command with --resume goes on{last}."

    return guarded(run, stopped)


def _train(kind: type[Training[C]], config: C, command: TrainingCommand, console: Console) -> None:
    display, folder = Display(config, console), command.where(config)
    sizes = command.nthread, command.evaluate_every, command.episodes
    with ExitStack() as stack:
        with console.status("Getting ready; where demonstrations are cloned first, that takes minutes"):
            training = kind(config, folder, command.resume, *sizes, display)
            stack.enter_context(training.open())
        display.begin(training.steps, training.seconds)
        with display.progress:
            agent = training.learn()
    for split, summary in training.last.items():
        console.print(f"{split}: {_words(summary)}")
    console.print(f"The agent is in {agent}; curves: tensorboard --logdir {folder}")


def read(kind: type[C], description: str | None, arguments: list[str] | None = None) -> tuple[C, TrainingCommand]:
    """The config and the rest of a command line."""
    given = _by_todays_names(sys.argv[1:] if arguments is None else arguments, kind.former)
    open_config = _unchecked(kind)
    shape = dataclasses.make_dataclass(
        "Command",
        [("config", Annotated[open_config, tyro.conf.arg(name="")])],  # type: ignore[valid-type]
        bases=(TrainingCommand,),
        frozen=True,
        kw_only=True,
    )

    def parsed(method: str, env: str, **how: Any) -> Any:
        default = shape(config=open_config(**_fields(kind.configured(method, env))), **kind.evaluations)
        return tyro.cli(shape, args=given, default=default, description=description, **how)

    first, _ = parsed(kind.method, kind.env, return_unknown_args=True, add_help=False)
    command = parsed(first.config.method, first.config.env)
    options = {**command.config.options, **dict(map(parse_option, command.option))}
    return kind(**{**_fields(command.config), "options": options}), command


def _fields(config: TrainingConfig) -> dict[str, Any]:
    return {each.name: getattr(config, each.name) for each in dataclasses.fields(config)}


def _unchecked(kind: type[C]) -> type[C]:
    """The config with its fields and their descriptions, before anything in it is refused."""
    own = {"__post_init__": lambda self: None, "__doc__": kind.__doc__, "__module__": kind.__module__}
    open_config: type[C] = dataclass(frozen=True)(type(kind.__name__, (kind,), own))
    return open_config


def _by_todays_names(arguments: list[str], former: Mapping[str, str]) -> list[str]:
    """Options that were called otherwise are understood still, though `--help` does not list them."""
    today = {_flag(old): _flag(new) for old, new in former.items()}
    parts = [each.partition("=") for each in arguments]
    return [today.get(name.replace("_", "-"), name) + equals + value for name, equals, value in parts]


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"
