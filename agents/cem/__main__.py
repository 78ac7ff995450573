"""Search for a grasp as DEFT does: `python -m agents.cem --env HandRealPickCup-v0`, or any id of one step."""

from __future__ import annotations

import dataclasses
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import tyro
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from agents.cem.config import CemConfig
from agents.common.imports import need
from agents.common.options import parse_option
from hand_envs.cli.guard import guarded

if TYPE_CHECKING:
    from agents.cem.episodes import Episode


@dataclass(frozen=True)
class Open(CemConfig):
    """Algorithm 1 of DEFT; what the paper does not say is a choice of ours, and said to be one."""

    def __post_init__(self) -> None:
        """Nothing is refused before the whole command line is read."""


@dataclass(frozen=True, kw_only=True)
class Command:
    """A search, where it goes and how it is watched."""

    config: Annotated[Open, tyro.conf.arg(name="")] = field(default_factory=Open)
    option: Annotated[tuple[str, ...], tyro.conf.arg(metavar="NAME=VALUE ...")] = ()
    """Options of the environment, as name=value: split=train hand=leap."""
    folder: Path | None = None
    """Where to keep the run; runs/<env>-cem-<seed> by default."""
    resume: bool = False
    """Go on with the run in the folder; --episodes may add to it."""

    def read(self) -> CemConfig:
        """The config, checked."""
        fields = {each.name: getattr(self.config, each.name) for each in dataclasses.fields(CemConfig)}
        return CemConfig(**{**fields, "options": dict(map(parse_option, self.option))})

    @property
    def place(self) -> Path:
        """The folder of the run."""
        name = f"{self.config.env}-cem-{self.config.seed}".replace("/", "_")
        return self.folder or Path("runs") / name


class Display:
    """The search on the terminal."""

    def __init__(self, config: CemConfig, console: Console) -> None:
        self.console = console
        self.progress = Progress(
            TextColumn("{task.description}"), BarColumn(),
            TextColumn("episode {task.completed:.0f} of {task.total:.0f}"), TextColumn("{task.fields[best]}"),
            TimeRemainingColumn(), console=console,
        )  # fmt: skip
        self.bar = self.progress.add_task(config.env, total=config.episodes, best="")
        self.best = -float("inf")

    def __call__(self, number: int, episode: Episode) -> None:
        """Show an episode."""
        said = "" if episode.success is None else (", success" if episode.success else ", no success")
        self.console.print(f"episode {number}: reward {episode.reward:.3f}{said}")
        self.best = max(self.best, episode.reward)
        self.progress.update(self.bar, completed=number, best=f"best {self.best:.3f}")

    def ask(self, question: str) -> str:
        """Ask the operator, with the bar out of the way."""
        self.progress.stop()
        try:
            return self.console.input(question)
        finally:
            self.progress.start()


def main(arguments: list[str] | None = None) -> int:
    """Search; returns the exit status."""
    where: list[Path] = []

    def run() -> None:
        command = tyro.cli(Command, description=__doc__, args=arguments)
        config = command.read()
        where.append(command.place)
        need("torch").set_num_threads(1)  # the networks are tiny
        _search(config, command, Console())

    def stopped() -> str:
        last = f" behind the last episode in {where[0]}" if where else ""
        return f"Stopped. The same command with --resume goes on{last}."

    return guarded(run, stopped)


def _search(config: CemConfig, command: Command, console: Console) -> None:
    from agents.cem.rewards import Operator
    from agents.cem.training import Training

    display = Display(config, console)
    own: dict[str, Any] = {"reward": Operator(display.ask)} if config.reward == "operator" else {}
    training = Training(config, command.place, command.resume, display, **own)
    try:
        display.progress.update(display.bar, completed=len(training.log.episodes))
        with display.progress:
            agent = training.run()
    finally:
        training.env.close()
    successes = [each.success for each in training.log.episodes if each.success is not None]
    if successes:
        console.print(f"{sum(successes)} of {len(successes)} attempts succeeded while it searched.")
    console.print(f"The agent is in {agent}.", soft_wrap=True)


if __name__ == "__main__":
    sys.exit(main())
