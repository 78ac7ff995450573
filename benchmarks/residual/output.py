"""Where numbers, plots and videos go."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import gymnasium as gym
from rich.console import Console

from agents.common.evaluation import Act
from agents.common.film import Take, film, scenes
from agents.ppo_gail import Agent, Nobody
from benchmarks.report import Comparison
from benchmarks.residual.cells import Cells
from benchmarks.runner import Summary
from hand_envs.errors import HandEnvsError, RenderingError

_console = Console()
_SEEDS = (77, 78)


def write(stem: Path, table: Comparison) -> None:
    """Print a table, and write it as Markdown and CSV."""
    markdown, csv = stem.with_suffix(".md"), stem.with_suffix(".csv")
    markdown.write_text(table.markdown())
    csv.write_text(table.csv())
    _console.print(table.rich())
    told_where(markdown, csv)


def takes(out: Path, make: Cells, summary: Summary, task: str, noise: str, size: int = 360) -> list[list[Take]]:
    """The user alone and the first seed's agent on the same noisy test sequences; nothing if it is not trained."""
    cell = make.train(task, "ours", noise, make.size.seeds[0])
    if cell.name not in summary.results:
        return []
    agent = Agent.load(out / "cells" / cell.name / "agent")
    options = agent.config.test_options()
    spec_actions = gym.make(agent.config.env, disable_env_checker=True, **options).action_space
    acts: dict[str, Act] = {"user alone": Nobody(gym.spaces.flatdim(spec_actions)), "with agent": agent}
    return scenes(acts, agent.config.env, options, _SEEDS, size)


def side_by_side(out: Path, make: Cells, summary: Summary, task: str, noise: str, size: int = 360) -> None:
    """Write the video of `takes`; without GL, say so."""
    try:
        played = takes(out, make, summary, task, noise, size)
    except RenderingError as error:
        _console.print(f"No video: {error}", soft_wrap=True)
        return
    if played:
        told_where(film(out / f"{task}.mp4", played))


def told_where(*paths: Path) -> None:
    """Say what was written."""
    for path in paths:
        _console.print(f"written: {path}", soft_wrap=True)


def guarded(command: Callable[[], int]) -> int:
    """The exit status of a command, with our own errors as a line instead of a traceback."""
    try:
        return command()
    except HandEnvsError as error:
        _console.print(f"[red]error:[/red] {error}", soft_wrap=True)
        return 2
