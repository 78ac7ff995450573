"""A user's noisy hand at doors it never saw, alone and with the agent that comes with the suite: `make quickstart`."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import gymnasium as gym
import torch
import tyro
from rich.console import Console
from rich.table import Table

from agents.common.evaluation import Act, Evaluation
from agents.common.film import film, plot_forces, scenes
from agents.ppo_gail import Agent, Nobody
from benchmarks.report import wilson
from hand_envs.cli.guard import guarded
from hand_envs.errors import RenderingError
from hand_envs.files.shipped import shipped


@dataclass(frozen=True)
class Options:
    """What to play, and where to put the video and the plot."""

    task: str = "door"
    """door, hammer, pen or relocate."""
    noise: float = 0.05
    """Standard deviation of the user's noise, in normalised action units."""
    rollouts: int = 100
    scenes: int = 2
    """Rollouts in the video."""
    size: int = 360
    """Of its pictures, in pixels."""
    out: Path = Path("outputs/quickstart")


def main(options: Options, console: Console) -> int:
    """Play, print, film; returns the exit status."""
    agent = Agent.load(shipped(f"agents/{options.task}", f"agents for {options.task}"))
    tested = agent.config.test_options(noise=options.noise)
    console.print(
        f"A user repeats demonstrations of {agent.config.env} that the agent was not trained on, each movement with "
        f"noise of {options.noise:g}.\nThe agent sees what the user intends, and corrects it by at most 20 %.",
        soft_wrap=True,
    )
    test = Evaluation(agent.config.env, tested, options.rollouts)
    acts: dict[str, Act] = {
        "user alone": Nobody(gym.spaces.flatdim(test.env.single_action_space)),
        "with agent": agent,
    }
    table = Table("", "success", "95 % interval", box=None)
    for name, act in acts.items():
        with console.status(f"{name}: {options.rollouts} rollouts"):
            good = int(test.run(act).success.sum())
        low, high = wilson(good, options.rollouts)
        table.add_row(name, f"{good} of {options.rollouts}", f"{low:.0%} to {high:.0%}")
    console.print(table)
    with console.status("filming"):
        pictures(options, agent, acts, tested, console)
    return 0


def pictures(options: Options, agent: Agent, acts: dict[str, Act], tested: dict[str, object], console: Console) -> None:
    """The video and the plot; without GL, only the plot."""
    seeds = range(options.scenes)
    try:
        played = scenes(acts, agent.config.env, tested, seeds, options.size)
        console.print(f"video  {film(options.out / 'side_by_side.mp4', played)}", soft_wrap=True)
    except RenderingError as error:
        console.print(f"no video: {error}", soft_wrap=True)
        played = scenes(acts, agent.config.env, tested, seeds, 0)
    plot = plot_forces(options.out / "contact_forces.png", played, [f"rollout {seed + 1}" for seed in seeds])
    console.print(f"plot   {plot}", soft_wrap=True)


if __name__ == "__main__":
    torch.set_num_threads(1)
    sys.exit(guarded(lambda: main(tyro.cli(Options, description=__doc__), Console())))
