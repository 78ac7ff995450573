"""Films of visual agents: what they see | the keypoints of it | what they do."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
from PIL import Image, ImageDraw

from agents.common.film import titled
from agents.vision.agent import Agent
from agents.vision.keypoints import KeypointDetector, overlaid
from hand_envs.errors import OptionError
from hand_envs.rendering import Video, strip

Array = np.ndarray
Detect = Callable[[Array], Array]
"""Keypoints (n, k, 2) of images, each from -1 to 1."""

_SIDE = 336  # pixels of a panel
_BACKGROUND, _MIDDLE = (24, 24, 28), (90, 90, 100)
_MORE, _LESS = (90, 200, 250), (250, 170, 80)


def film(
    path: str | Path, agent: Agent, options: Mapping[str, Any], seeds: Sequence[int], detect: Detect | None = None
) -> Path:
    """Film an episode for each seed; without `detect`, keypoints are left out."""
    env = gym.make(agent.config.env, disable_env_checker=True, **options)
    try:
        with Video(path, fps=env.metadata["render_fps"]) as video:
            for seed in seeds:
                observation, ended, success = env.reset(seed=seed)[0], False, False
                while not ended:
                    action = agent(observation)
                    video.add(titled(panels(observation["image"], action, detect), f"seed {seed}", success))
                    observation, _, terminated, truncated, info = env.step(action)
                    ended, success = terminated or truncated, info["success"]
    finally:
        env.close()
    return Path(path)


def panels(image: Array, action: Array, detect: Detect | None = None) -> Array:
    """What is seen, where its keypoints are, and what is done, side by side."""
    parts = [_enlarged(image)]
    if detect is not None:
        parts.append(_enlarged(overlaid(image, detect(image[None])[0])))
    return strip([*parts, bars(action)])


def bars(action: Array) -> Array:
    """An action as bars from a middle line, one for each actuator from the first at the top: right is more."""
    picture = Image.new("RGB", (_SIDE // 2, _SIDE), _BACKGROUND)
    draw, middle, row = ImageDraw.Draw(picture), _SIDE // 4, _SIDE / len(action)
    for number, value in enumerate(np.clip(action, -1.0, 1.0)):
        end = middle + float(value) * 0.9 * middle
        top, bottom = row * number + 1, max(row * (number + 1) - 2, row * number + 1)
        draw.rectangle((min(middle, end), top, max(middle, end), bottom), _MORE if value > 0 else _LESS)
    draw.line((middle, 0, middle, _SIDE), _MIDDLE)
    return np.asarray(picture)


def detector(agent: Agent, run: Path | None) -> Detect | None:
    """What finds keypoints: of the run that is named, else of the one that the agent's encoder was adapted in."""
    place = Path(agent.config.encoder).parent if run is None else run
    if not (place / "keypoints").is_dir():
        if run is not None:
            raise OptionError(f"{run} is no run of agents.vision.keypoints: it has no folder 'keypoints'.")
        return None
    found: Detect = KeypointDetector.load(place)
    return found


def _enlarged(image: Array) -> Array:
    return np.asarray(Image.fromarray(image).resize((_SIDE, _SIDE), Image.Resampling.LANCZOS))
