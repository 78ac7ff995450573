"""Demonstrations played again and looked at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from hand_envs.datasets.demonstrations import Demonstration, Demonstrations
from hand_envs.errors import DatasetError
from hand_envs.faces.env import HandEnv
from hand_envs.registry import plain_id
from hand_envs.rendering import Pixels
from hand_envs.replay.play import make_env, play, start

Array = np.ndarray


@dataclass(frozen=True)
class Pictured:
    """One episode of T steps as it is seen: what a `Visual` id shows of it, and what came of it this time."""

    images: Array
    """(T + 1, height, width, 3) uint8: before each action, and after the last."""
    proprio: Array
    """(T + 1, width) float64: what the hand knows of itself then."""
    actions: Array
    """(T, width), as they were demonstrated."""
    rewards: Array
    """(T,)"""
    success: Array
    """(T,) bool: whether the goal was reached after each step."""

    def __len__(self) -> int:
        return len(self.actions)


def pictured(
    env_id: str, demonstrations: Demonstrations, pixels: Pixels | Mapping[str, Any] | None = None
) -> Iterator[Pictured]:
    """Play each demonstration again from its start by its actions, and draw what happens; one episode at a time.

    Args:
        env_id: the environment of the demonstrations, or its `Visual` twin.
        demonstrations: what to play; those that cannot be played again are refused.
        pixels: how to look: a `Pixels` or the like dict; by default as `Visual` ids do.
    """
    if plain_id(env_id) != plain_id(demonstrations.env_id):
        raise DatasetError(
            f"These are demonstrations of {demonstrations.env_id}, so they cannot be pictured in {env_id}: give that "
            "id or its Visual twin."
        )
    if not demonstrations.replayable:
        raise DatasetError(
            f"These demonstrations of {demonstrations.env_id} cannot be pictured: played again, their actions do not "
            "do what was done."
        )
    env = make_env(env_id, demonstrations.options, pixels={} if pixels is None else pixels)
    return _all_of(env, demonstrations)


def _all_of(env: HandEnv, demonstrations: Demonstrations) -> Iterator[Pictured]:
    try:
        for episode in demonstrations:
            yield _seen(env, episode)
    finally:
        env.close()


def _seen(env: HandEnv, episode: Demonstration) -> Pictured:
    steps = len(episode)
    first = start(env, episode)
    images, proprio = (np.empty((steps + 1, *first[name].shape), first[name].dtype) for name in ("image", "proprio"))
    rewards, success = np.empty(steps), np.empty(steps, bool)
    images[0], proprio[0] = first["image"], first["proprio"]
    done = 0
    for done, (observation, reward, _, info) in enumerate(play(env, episode), 1):
        images[done], proprio[done] = observation["image"], observation["proprio"]
        rewards[done - 1], success[done - 1] = reward, info["success"]
    return Pictured(
        images[: done + 1], proprio[: done + 1], episode.actions[:done].copy(), rewards[:done], success[:done]
    )
