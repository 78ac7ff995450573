"""Counting and filming a trained agent: what `python -m agents.<kind>.play FOLDER` does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import torch
import tyro
from rich.console import Console
from rich.table import Table

from agents.common.agent import Agent
from agents.common.evaluation import Act, Evaluation
from agents.common.film import film, plot_forces, scenes
from agents.common.options import parse_option
from hand_envs.errors import HandEnvsError

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
    config = replace(agent.config, options={**agent.config.options, **dict(map(parse_option, command.option))})
    options = config.test_options(str(config.options.get("split", "test")))
    evaluation = Evaluation(config.env, options, command.episodes, command.seed, goal_steps=config.goal_steps)
    acts = contestants(agent, agent.width)
    table = Table("", "success", "at any time", "return", "steps", title=config.env, box=None)
    for name, act in acts.items():
        told = evaluation.run(act).summary()
        cells = (
            f"{told['success']:.1%}",
            f"{told['success_once']:.1%}",
            f"{told['return']:.1f}",
            f"{told['steps']:.0f}",
        )
        table.add_row(name, *cells)
    console.print(table)
    if command.film:
        seeds = [command.seed + number for number in range(command.film)]
        played = scenes(acts, config.env, options, seeds)
        video = film(command.out / "side_by_side.mp4", played)
        plot = plot_forces(command.out / "contact_forces.png", played, [f"seed {seed}" for seed in seeds])
        console.print(f"video {video}\nplot  {plot}")


def main(kind: type[Agent], contestants: Contestants, arguments: list[str] | None = None) -> int:
    """Play an agent of that kind; returns the exit status."""
    console = Console()
    command = tyro.cli(Command, args=arguments)
    torch.set_num_threads(1)
    try:
        play(command, kind.load(command.agent), contestants, console)
    except HandEnvsError as error:
        console.print(f"[red]{error}[/red]", soft_wrap=True)
        return 2
    return 0
