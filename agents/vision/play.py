"""python -m agents.vision.play AGENT --out film.mp4: what an agent sees, where it looks, and what it does."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import tyro
from rich.console import Console

from agents.common import play
from agents.common.imports import need, of_agent
from agents.common.options import parse_option
from hand_envs.cli.guard import guarded

if TYPE_CHECKING:
    from agents.vision.agent import Agent


@dataclass(frozen=True)
class Command:
    """Film a visual agent, and count its successes if asked."""

    agent: tyro.conf.Positional[Path]
    """The folder a training wrote, or one of assets/agents/vision."""
    out: Path = Path("outputs/vision.mp4")
    """The film: what it sees | keypoints of it | what it does."""
    option: Annotated[tuple[str, ...], tyro.conf.arg(metavar="NAME=VALUE ...")] = ()
    """Options of the environment that differ from the training's."""
    keypoints: Path | None = None
    """The run of agents.vision.keypoints whose keypoints are shown; by default the one that adapted the encoder."""
    film: int = 1
    """How many episodes to film."""
    episodes: int = 0
    """How many episodes to count successes of, before filming."""
    seed: int = 10_000
    """Of the first episode, counted or filmed."""


def perform(command: Command, agent: Agent, console: Console) -> None:
    """Count, and film."""
    from agents.vision.film import detector, film

    if command.episodes:
        counting = play.Command(command.agent, command.option, command.episodes, command.seed)
        play.play(counting, agent, lambda agent, width: {"agent": agent}, console)
    if command.film:
        changes: dict[str, Any] = dict(map(parse_option, command.option))
        options = agent.config.changed(options={**agent.config.options, **changes}).test_options()
        seeds = range(command.seed, command.seed + command.film)
        video = film(command.out, agent, options, seeds, detector(agent, command.keypoints))
        console.print(f"video {video}")


def main(arguments: list[str] | None = None) -> int:
    """Play; returns the exit status."""
    command = tyro.cli(Command, description=__doc__, args=arguments)

    def run() -> None:
        need("torch").set_num_threads(1)
        perform(command, of_agent("agents.vision", "Agent").load(command.agent), Console())

    return guarded(run)


if __name__ == "__main__":
    sys.exit(main())
