"""Fig. 5 and Fig. 3c: what was seen, kappa alone, the closing hand and ours in a row; how hard each holds."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
from PIL import Image, ImageDraw

from agents.common.evaluation import Act
from agents.common.film import Take, film, plot_forces, take
from agents.common.imports import need_pyplot
from agents.ppo_gail import Agent, Nobody
from benchmarks.reconstruction.cells import env_of
from hand_envs.poses.conventions import PARENTS
from hand_envs.registry import task_of

Array = np.ndarray

TRUE, SEEN, THING = (80, 200, 110), (240, 90, 80), (230, 160, 60)
MOMENTS = (0.1, 0.35, 0.6, 0.85)
"""Of a clip, as shares of its length."""
_WIDTH = 23
_MARGIN = 1.25  # of the picture's half width to what is seen


def scene(task: str, agent: Agent, seed: int, split: str = "test", size: int = 300) -> list[Take]:
    """One clip: as it was seen, and as each method makes it, the same start for all."""
    env, options = env_of(task), {"split": split}
    acts: Mapping[str, tuple[Act, dict[str, Any]]] = {
        "kappa": (Nobody(_WIDTH), {"user": "ik"}),
        "closing": (Nobody(_WIDTH), {}),
        "ours": (agent, dict(agent.config.test_options(split))),
    }
    played = [take(name, act, env, {**options, **more}, seed, size) for name, (act, more) in acts.items()]
    return [_input(task, seed, split, len(played[0].frames), size, played), *played] if size else played


def draw(path: Path, scenes: list[list[Take]], titles: list[str]) -> Path:
    """Fig. 5: a row a method, a column a moment, for each scene."""
    pyplot = need_pyplot()
    rows = [(title, each) for title, takes in zip(titles, scenes, strict=True) for each in takes]
    figure, axes = pyplot.subplots(
        len(rows), len(MOMENTS), figsize=(2.2 * len(MOMENTS), 2.2 * len(rows)), squeeze=False
    )
    longest = {title: max(len(each.frames) for each in takes) for title, takes in zip(titles, scenes, strict=True)}
    for line, (title, each) in zip(axes, rows, strict=True):
        for panel, moment in zip(line, MOMENTS, strict=True):
            panel.imshow(each.frames[min(int(moment * longest[title]), len(each.frames) - 1)])
            panel.set(xticks=[], yticks=[])
        line[0].set_ylabel(f"{title}: {each.name}", fontsize=8)
    figure.tight_layout()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110)
    pyplot.close(figure)
    return path


def write(out: Path, task: str, agent: Agent, seed: int) -> list[Path]:
    """A film, the contact forces and the row of pictures of one clip."""
    played = scene(task, agent, seed)
    return [
        film(out / f"{task}.mp4", [played]),
        plot_forces(out / f"forces-{task}.png", [played[1:]], [task]),
        draw(out / f"fig5-{task}.png", [played], [task]),
    ]


def _input(task: str, seed: int, split: str, count: int, size: int, played: list[Take]) -> Take:
    """The clip as points in the camera's picture: annotated in green, estimated in red."""
    made: Any = task_of(env_of(task), {"split": split, "seen": "est"})
    captures, waits = made.unwrapped.captures, made.unwrapped.waits
    capture = captures[_sequence(task, seed, split)]
    seen = np.concatenate([points[..., :2] / points[..., 2:] for points in capture.points.values()])
    low, high = seen.min(axis=(0, 1)), seen.max(axis=(0, 1))
    middle, reach = 0.5 * (low + high), _MARGIN * 0.5 * float((high - low).max())
    frames = []
    for number in range(waits + len(capture)):
        frame = max(0, number - waits)
        picture = Image.new("RGB", (size, size), (30, 32, 36))
        pen = ImageDraw.Draw(picture)
        for kind, colour in (("gt", TRUE), ("est", SEEN)):
            points = capture.points[kind][frame]
            flat = (points[:, :2] / points[:, 2:] - middle) / reach * (size / 2) + size / 2
            for joint in range(1, 21):
                pen.line([tuple(flat[PARENTS[joint]]), tuple(flat[joint])], fill=colour, width=3)
        pen.text((10, size - 18), "seen (red) and annotated (green)", (255, 255, 255))
        frames.append(np.asarray(picture))
    return Take("input", frames, rate=played[0].rate)


def _sequence(task: str, seed: int, split: str) -> int:
    """Which clip an episode of this seed plays."""
    env = gym.make(env_of(task), disable_env_checker=True, split=split)
    number = int(env.reset(seed=seed)[1]["sequence"])
    env.close()
    return number
