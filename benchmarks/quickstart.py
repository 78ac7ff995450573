"""Every registered environment at work for a few seconds: `make quickstart`."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import gymnasium as gym
import numpy as np
import tyro

from hand_envs.registry import ENTRIES, Entry
from hand_envs.rendering import Video, save_picture, strip

Array = np.ndarray


@dataclass(frozen=True)
class Options:
    """How long, and where to put the pictures."""

    seconds: float = 2.0
    """For each environment."""
    num_envs: int = 64
    """Simulations of each that is observed by its state; those observed by pixels have two."""
    video_steps: int = 60
    """Steps of each task in the video."""
    out: Path = Path("outputs/quickstart")


def work(entry: Entry, options: Options) -> tuple[float, float]:
    """Steps per second, and the mean return of an episode, of random actions; until the first episodes have ended."""
    size = 2 if entry.visual else options.num_envs
    envs = gym.make_vec(entry.id, num_envs=size)
    envs.reset(seed=0)
    envs.action_space.seed(0)
    returns: list[float] = []
    steps, earned, began = 0, np.zeros(size), time.perf_counter()
    while time.perf_counter() - began < options.seconds or not returns:
        _, reward, terminated, truncated, _ = envs.step(envs.action_space.sample())
        earned += reward
        ended = terminated | truncated
        returns += earned[ended].tolist()
        earned[ended] = 0.0
        steps += size
    speed = steps / (time.perf_counter() - began)
    envs.close()
    return speed, float(np.mean(returns))


def film(entry: Entry, steps: int) -> list[Array]:
    """One simulation moving smoothly at random."""
    env = gym.make(entry.id, render_mode="rgb_array", width=480, height=360)
    env.reset(seed=0)
    random = np.random.default_rng(0)
    action, frames = np.zeros(env.action_space.shape or ()), []
    for _ in range(steps):
        action = np.clip(action + random.normal(0, 0.12, action.shape), -1, 1)
        env.step(action)
        frames.append(env.render())
    env.close()
    return [frame for frame in frames if isinstance(frame, np.ndarray)]


def main(options: Options) -> None:
    """Run, print the table, write the picture and the video."""
    from rich.console import Console
    from rich.progress import track
    from rich.table import Table

    console = Console()
    table = Table("id", "steps/s", "return of random actions", box=None)
    for entry in track(ENTRIES, "running", transient=True):
        speed, earned = work(entry, options)
        table.add_row(entry.id, f"{speed:,.0f}", f"{earned:.1f}")
    console.print(table)
    clips = [
        film(entry, options.video_steps) for entry in track(ENTRIES, "filming", transient=True) if not entry.visual
    ]
    picture = save_picture(options.out / "tasks.png", strip(clip[-1] for clip in clips))
    with Video(options.out / "tasks.mp4", fps=50) as video:
        for clip in clips:
            for frame in clip:
                video.add(frame)
    console.print(f"picture  {picture}\nvideo    {options.out / 'tasks.mp4'}")


if __name__ == "__main__":
    main(tyro.cli(Options, description=__doc__))
