"""The user alone and an agent, filmed side by side."""

from __future__ import annotations

from pathlib import Path

import gymnasium as gym
from rich.console import Console

from agents.common.evaluation import Act
from agents.common.film import Take, film, scenes
from agents.ppo_gail import Agent, Nobody
from benchmarks.command import say_written
from benchmarks.residual.cells import Cells
from benchmarks.runner import Summary
from hand_envs.errors import RenderingError

_console = Console()
_SEEDS = (77, 78)


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
        say_written(film(out / f"{task}.mp4", played))
