"""Counting and filming a trained agent: what `python -m agents.<kind>.play FOLDER` does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import tyro
from rich.console import Console
from rich.table import Table

from agents.common.evaluation import Act, Evaluation
from agents.common.film import film, plot_forces, scenes
from agents.common.imports import need
from agents.common.options import parse_option
from hand_envs.cli.guard import guarded

if TYPE_CHECKING:
    from agents.common.agent import Agent

Contestants = Callable[[Any, int], dict[str, Act]]
"""Who plays, by name, for an agent and the number of actions."""


@dataclass(frozen=True)
class Command:
    """Play a trained agent, from seeds that are always the same."""

    agent: tyro.conf.Positional[Path]
    """The folder a training wrote, or one of assets/agents."""
    option: Annotated[tuple[str, ...], tyro.conf.arg(metavar="NAME=VALUE ...")] = ()
    """Options of the environment that differ from the training's: noise=0.1 split=train."""
    episodes: int = 100
    seed: int = 10_000
    """Of the first episode."""
    film: int = 0
    """Film so many of the episodes, and plot the contact forces."""
    out: Path = Path("outputs/play")


def play(command: Command, agent: Agent, contestants: Contestants, console: Console) -> None:
    """Play, print, film."""
    config = agent.config.changed(options={**agent.config.options, **dict(map(parse_option, command.option))})
    options = config.test_options(str(config.options.get("split", "test")))
    evaluation = Evaluation(config.env, options, command.episodes, command.seed, goal_steps=config.goal_steps)
    agent.check_fits(evaluation.env, config.env)
    acts = contestants(agent, agent.width)
    table = Table("", "success", "at any time", "return", "steps", title=config.env, box=None)
    for name, act in acts.items():
        summary = evaluation.run(act).summary()
        cells = (
            f"{summary['success']:.1%}",
            f"{summary['success_once']:.1%}",
            f"{summary['return']:.1f}",
            f"{summary['steps']:.0f}",
        )
        table.add_row(name, *cells)
    console.print(table)
    if command.film:
        seeds = [command.seed + number for number in range(command.film)]
        played = scenes(acts, config.env, options, seeds)
        video = film(command.out / "side_by_side.mp4", played)
        plot = plot_forces(command.out / "contact_forces.png", played, [f"seed {seed}" for seed in seeds])
        console.print(f"video {video}\nplot  {plot}")


def main(kind: Callable[[], type[Agent]], contestants: Contestants, arguments: list[str] | None = None) -> int:
    """Play an agent of that kind, asked for after the command line is read; returns the exit status."""
    command = tyro.cli(Command, args=arguments)

    def run() -> None:
        need("torch").set_num_threads(1)
        play(command, kind().load(command.agent), contestants, Console())

    return guarded(run)
