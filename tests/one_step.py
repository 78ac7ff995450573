"""Environments of one step, whose optimum is known by hand."""

from __future__ import annotations

import os
import signal
from typing import Any

import gymnasium as gym
import numpy as np

from agents.cem.attempts import Attempt

OPTIMUM = np.array([0.3, -0.2, 0.1, 0.4])


class Bowl(gym.Env):
    """Reward 1 - |xi - s - OPTIMUM|^2 where s, which is seen, is drawn anew: the residual to find is OPTIMUM."""

    observation_space = gym.spaces.Dict(
        {"depth": gym.spaces.Box(0, 1, (16, 16), np.float32), "place": gym.spaces.Box(-1, 1, (4,))}
    )
    action_space = gym.spaces.Box(-1, 1, (4,), np.float64)
    metadata = {"render_modes": ["rgb_array"], "render_fps": 20}

    def __init__(
        self,
        spread: float = 0.2,
        steps: int = 1,
        render_mode: str | None = None,
        split: str = "train",
        object: str = "deep",
    ) -> None:
        self.spread, self.steps, self.render_mode = spread, steps, render_mode

    def reset(self, *, seed: int | None = None, options: Any = None) -> tuple[Any, dict[str, Any]]:
        super().reset(seed=seed)
        self.place = self.np_random.uniform(-self.spread, self.spread, 4)
        self.taken = 0
        return self._seen(), {}

    def step(self, action: np.ndarray) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        self.taken += 1
        away = float(np.sum((action - self.place - OPTIMUM) ** 2))
        return self._seen(away), 1 - away, self.taken >= self.steps, False, {"success": away < 0.02}

    def render(self) -> Any:
        return np.full((32, 32, 3), 100 * self.taken, np.uint8)

    def _seen(self, brightness: float = 0.5) -> dict[str, np.ndarray]:
        return {"depth": np.full((16, 16), np.clip(brightness, 0, 1), np.float32), "place": self.place.astype("f4")}


gym.register("Bowl-v0", entry_point=Bowl)


def where_it_is(env: gym.Env) -> Any:
    """A prior: s, as it is seen."""
    return lambda seen, text: seen["place"].astype(float)


def killing(attempt: Attempt) -> float:
    """A score that never comes, in episode 17: the process is killed instead."""
    if attempt.number == 16:
        os.kill(os.getpid(), signal.SIGKILL)
    return attempt.score


def interrupted(attempt: Attempt) -> float:
    """Ctrl+C while the third episode is scored."""
    if attempt.number == 2:
        raise KeyboardInterrupt
    return attempt.score


def nothing(attempt: Attempt) -> float:
    """A reward that is none."""
    return float("nan")
