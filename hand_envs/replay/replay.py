"""Playing a demonstration again."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from hand_envs.datasets.demonstrations import Demonstration
from hand_envs.faces.env import HandEnv
from hand_envs.replay.play import play, start


def replay(env: HandEnv, episode: Demonstration) -> tuple[Demonstration, dict[str, Any]]:
    """Play a demonstration open loop; returns it as it went this time, and the last info."""
    observations = [start(env, episode)]
    rewards: list[float] = []
    terminated, info = False, {"success_once": False, "success_at_end": False}
    for observation, reward, terminated, info in play(env, episode):  # noqa: B007  the last ones count
        observations.append(observation)
        rewards.append(reward)
    again = replace(
        episode,
        actions=episode.actions[: len(rewards)],
        observations=np.stack(observations),
        rewards=np.array(rewards),
        terminated=terminated,
    )
    return again, info
