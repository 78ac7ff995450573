"""Count and film what a search has found, beside its prior: `python -m agents.cem.play runs/cup/agent`."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import tyro
from rich.console import Console
from rich.table import Table

from agents.cem.attempts import make
from agents.cem.evaluation import alone, learned, trials
from agents.cem.films import scenes, write
from agents.cem.priors import prior_of
from agents.common.imports import need
from agents.common.options import parse_option
from hand_envs.cli.guard import guarded


@dataclass(frozen=True)
class Command:
    """Attempts of an agent and of its prior alone, from seeds that are always the same."""

    agent: tyro.conf.Positional[Path]
    """The folder a search wrote."""
    option: Annotated[tuple[str, ...], tyro.conf.arg(metavar="NAME=VALUE ...")] = ()
    """Options of the environment that differ from the search's: split=test."""
    episodes: int = 10
    seed: int = 10_000
    """Of the first attempt."""
    film: int = 0
    """Film so many of the attempts, both side by side."""
    out: Path = Path("outputs/play")


def main(arguments: list[str] | None = None) -> int:
    """Count, print, film; returns the exit status."""
    command = tyro.cli(Command, args=arguments, description=__doc__)

    def run() -> None:
        need("torch").set_num_threads(1)
        _play(command, Console())

    return guarded(run)


def _play(command: Command, console: Console) -> None:
    from agents.cem.agent import Agent

    agent = Agent.load(command.agent)
    options = {**agent.config.options, **dict(map(parse_option, command.option))}
    env = make(agent.config.env, options)
    try:
        prior = prior_of(agent.config.prior, env)
        who = {"the prior alone": alone(prior, agent.config.text), "with the policy": learned(agent, prior)}
        table = Table("", "success", "score", title=agent.config.env, box=None)
        for name, propose in who.items():
            found = trials(env, propose, command.episodes, command.seed)
            table.add_row(name, f"{found.successes} of {command.episodes}", f"{np.mean(found.scores):.3f}")
    finally:
        env.close()
    console.print(table)
    if command.film:
        shown = [
            scenes(name, agent.config.env, options, each, command.film, command.seed) for name, each in who.items()
        ]
        console.print(f"video {write(command.out / 'attempts.mp4', shown)}", soft_wrap=True)


if __name__ == "__main__":
    sys.exit(main())
