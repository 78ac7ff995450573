"""Two agents at the same task, seen side by side: pictures, and how hard each holds what it handles."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from agents.common.evaluation import Act
from agents.common.imports import need_pyplot
from hand_envs.core.contacts import Touch
from hand_envs.faces.env import HandEnv
from hand_envs.rendering import Video, strip

Array = np.ndarray
_FRAMES_PER_SECOND = 50
_GREEN, _WHITE = (90, 220, 120), (255, 255, 255)


@dataclass
class Take:
    """One agent's episode."""

    name: str
    frames: list[Array] = field(default_factory=list)
    forces: list[float] = field(default_factory=list)
    """Contact force between the hand and what it handles (N), after each step."""
    success: bool = False
    rate: float = 100.0
    """Steps a second."""


def take(name: str, act: Act, env_id: str, options: Mapping[str, Any], seed: int, size: int = 360) -> Take:
    """Film an episode; the same seed is the same start and the same user, whoever acts. Size 0 takes no pictures."""
    env = gym.make(
        env_id, disable_env_checker=True, render_mode="rgb_array", width=size or 8, height=size or 8, **options
    )
    bare = env.unwrapped
    assert isinstance(bare, HandEnv)
    taken, touch = Take(name, rate=env.metadata["render_fps"]), Touch(bare.episode.sim, bare.task)
    observation, ended = env.reset(seed=seed)[0], False
    every = _every(taken)
    while not ended:
        observation, _, terminated, truncated, info = env.step(act(observation))
        ended = terminated or truncated
        taken.forces.append(touch.force(0))
        taken.success = info["success"]
        if size and (len(taken.forces) % every == 0 or ended):
            taken.frames.append(titled(env.render(), name, taken.success))
    env.close()
    return taken


def scenes(
    acts: Mapping[str, Act], env_id: str, options: Mapping[str, Any], seeds: Iterable[int], size: int = 360
) -> list[list[Take]]:
    """Episodes of the same starts, each played by everybody."""
    return [[take(name, act, env_id, options, seed, size) for name, act in acts.items()] for seed in seeds]


def film(path: str | Path, takes: list[list[Take]]) -> Path:
    """A video of scenes, in each of which several takes run side by side."""
    first = takes[0][0]
    with Video(path, fps=round(first.rate / _every(first))) as video:
        for scene in takes:
            for frames in _together(scene):
                video.add(strip(frames))
    return Path(path)


def _every(taken: Take) -> int:
    """How many steps there are to a picture."""
    return max(1, round(taken.rate / _FRAMES_PER_SECOND))


def _together(scene: list[Take]) -> Iterator[list[Array]]:
    """The frames of takes; those that have ended stand still."""
    for number in range(max(len(each.frames) for each in scene)):
        yield [each.frames[min(number, len(each.frames) - 1)] for each in scene]


def titled(frame: Any, name: str, success: bool) -> Array:
    """A picture with a name on it, in green where it is done."""
    picture = Image.fromarray(frame)
    draw = ImageDraw.Draw(picture)
    colour = _GREEN if success else _WHITE
    draw.text(
        (10, 8),
        name + (": done" if success else ""),
        colour,
        ImageFont.load_default(18),
        stroke_width=2,
        stroke_fill=(0, 0, 0),
    )
    return np.asarray(picture)


def plot_forces(path: str | Path, takes: list[list[Take]], titles: list[str]) -> Path:
    """Contact forces over time, a panel a scene (Fig. 3c of the paper)."""
    pyplot, path = need_pyplot(), Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure, panels = pyplot.subplots(1, len(takes), figsize=(5.5 * len(takes), 3.2), squeeze=False)
    for panel, scene, title in zip(panels[0], takes, titles, strict=True):
        for each in scene:
            seconds = np.arange(1, len(each.forces) + 1) / each.rate
            panel.plot(
                seconds, each.forces, label=f"{each.name}: {'done' if each.success else 'failed'}", linewidth=1.2
            )
        panel.set(title=title, xlabel="time (s)", ylabel="contact force (N)")
        panel.legend(frameon=False)
        panel.spines[["top", "right"]].set_visible(False)
    figure.tight_layout()
    figure.savefig(path, dpi=130)
    pyplot.close(figure)
    return path
