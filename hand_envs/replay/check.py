"""Whether demonstrations come out as they did."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from hand_envs.datasets.demonstrations import Demonstrations
from hand_envs.errors import DatasetError
from hand_envs.replay.play import make_env
from hand_envs.replay.replay import replay


@dataclass(frozen=True)
class Check:
    """How a demonstration came out when played back."""

    source: str
    steps: int
    deviation: float
    """Largest difference between a stored and a replayed observation value, in the precision that is stored."""
    stored_return: float
    replayed_return: float
    success_once: bool
    success_at_end: bool

    def reproduced(self, tolerance: float = 0.0) -> bool:
        """Whether observations and return are those stored, to within `tolerance`."""
        return self.deviation <= tolerance and abs(self.stored_return - self.replayed_return) <= tolerance * self.steps


def check(demonstrations: Demonstrations, options: Mapping[str, Any] | None = None) -> Iterator[Check]:
    """Play each demonstration back and compare.

    Args:
        demonstrations: what to check.
        options: make the environment with these instead of the demonstrations' own.
    """
    env = make_env(demonstrations.env_id, demonstrations.options if options is None else options)
    for episode in demonstrations:
        again, info = replay(env, episode)
        width = env.observation_space.shape
        if episode.observations.shape[1:] != width:
            raise DatasetError(
                f"{episode.source or 'The demonstration'} has observations of shape {episode.observations.shape[1:]}, "
                f"the environment gives {width}: they cannot be compared."
            )
        seen = min(len(episode.observations), len(again.observations))
        precision = np.float32 if episode.observations.dtype == np.float32 else np.float64
        deviation = np.abs(episode.observations[:seen] - again.observations[:seen].astype(precision)).max()
        yield Check(
            source=episode.source,
            steps=len(again),
            deviation=float(deviation) if len(again) == len(episode) else np.inf,
            stored_return=episode.total_reward,
            replayed_return=again.total_reward,
            success_once=info["success_once"],
            success_at_end=info["success_at_end"],
        )
