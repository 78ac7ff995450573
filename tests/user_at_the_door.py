"""Short demonstrations of the door, and a user who has them in mind."""

from __future__ import annotations

import functools
from dataclasses import replace

import numpy as np

from hand_envs import replay
from hand_envs.datasets import Demonstration, Demonstrations
from hand_envs.datasets.pose_sequences import PoseSequences
from hand_envs.poses.human import forward, sample, subject
from hand_envs.tasks.adroit import Door
from hand_envs.users import DemonstrationUser
from hand_envs.users.residual import Residual

LENGTHS = (12, 20, 15)


@functools.cache
def aimless() -> Demonstrations:
    """Three short ones, of random actions."""
    random = np.random.default_rng(0)
    made = replay.record("HandDoor-v0", lambda _: random.uniform(-1, 1, 28), range(3))
    return Demonstrations("HandDoor-v0", tuple(_cut(each, n) for each, n in zip(made, LENGTHS, strict=True)))


def _cut(episode: Demonstration, steps: int) -> Demonstration:
    return replace(
        episode,
        actions=episode.actions[:steps],
        observations=episode.observations[: steps + 1],
        rewards=episode.rewards[:steps],
    )


@functools.cache
def seen_at_the_door() -> PoseSequences:
    """Two sequences of made-up hands for each of `aimless`, estimated 5 mm to the side."""
    random = np.random.default_rng(1)
    points = forward(subject(1), sample(random, 40)) + np.array([0.0, 0.0, 0.5])
    frames = random.integers(40, size=(len(LENGTHS), 2, max(LENGTHS)))
    features = random.normal(size=(40, 4))
    return PoseSequences(
        "HandDoor-v0",
        {"gt": points, "est": points + np.array([0.005, 0.0, 0.0])},
        frames,
        np.array([0, 1, 2]),
        features,
    )


def task(demonstrations, noise: float = 0.0, **options) -> Residual:
    errors = {name: options.pop(name) for name in ("drift", "tempo", "shift", "retreat") if name in options}
    return Residual(Door(), DemonstrationUser(demonstrations, noise, **errors), **options)


def sequence(env) -> int:
    return int(env.episode.sim.memory["user.sequence"][0])
