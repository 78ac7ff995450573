"""Attempts as films: every step of what is one step to a search."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np

from agents.cem.attempts import as_attempts, bare
from agents.cem.evaluation import Propose, attempts
from agents.common.film import titled
from hand_envs.errors import RenderingError
from hand_envs.rendering import Video, strip

Array = np.ndarray
Scene = list[Array]
"""The pictures of one attempt."""
_RATE = 20  # pictures a second; a household task has so many steps


class Film(gym.Wrapper[Any, Any, Any, Any]):
    """Keeps a picture of the start and of every step, beneath what makes an episode one step."""

    def __init__(self, env: gym.Env) -> None:
        super().__init__(env)
        self.frames: Scene = []

    def reset(self, **given: Any) -> tuple[Any, dict[str, Any]]:
        """Begin a film anew."""
        found = self.env.reset(**given)
        self.frames = [self._picture()]
        return found

    def step(self, action: Any) -> tuple[Any, Any, bool, bool, dict[str, Any]]:
        found = self.env.step(action)
        self.frames.append(self._picture())
        return found

    def _picture(self) -> Array:
        picture = self.env.render()
        if not isinstance(picture, np.ndarray):
            raise RenderingError(
                f"{self.env} draws no pictures: it gave {type(picture).__name__} when it was rendered."
            )
        return picture


def scenes(
    name: str, env_id: str, options: Mapping[str, Any], propose: Propose, episodes: int, seed: int
) -> list[Scene]:
    """The films of somebody's attempts, the first of which is seeded `seed`."""
    film = Film(bare(env_id, {**options, "render_mode": "rgb_array"}))
    env = as_attempts(film)
    try:
        found = []
        for done in attempts(env, propose, episodes, seed):
            last = len(film.frames) - 1
            found.append(
                [titled(each, name, place == last and bool(done.success)) for place, each in enumerate(film.frames)]
            )
        return found
    finally:
        env.close()


def write(path: Path, shown: Sequence[Sequence[Scene]]) -> Path:
    """A video of everybody's attempts, side by side; who has ended waits for the others."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with Video(path, fps=_RATE) as video:
        for together in zip(*shown, strict=True):
            for number in range(max(map(len, together))):
                video.add(strip([frames[min(number, len(frames) - 1)] for frames in together]))
    return path
