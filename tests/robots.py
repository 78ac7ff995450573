"""Robot hands to retarget to, and kappas of every kind for them."""

from __future__ import annotations

import functools
import itertools
from pathlib import Path

import gymnasium as gym
import numpy as np

from hand_envs.poses.retargeting import Closed, Kappa, Kinematics, Learned, Optimised
from hand_envs.poses.retargeting.learned import save

HANDS = ("HandPen-v0", "HandDoor-v0", "HandPour-v0")


@functools.cache
def hand_and_model(env_id: str) -> tuple:
    env = gym.make(env_id).unwrapped
    return env.task.hand, env.model


def draw(kinematics: Kinematics, n: int, seed: int = 0) -> np.ndarray:
    """Angles anywhere within the limits, the wrist at rest."""
    angles = np.random.default_rng(seed).uniform(kinematics.least, kinematics.most, (n, len(kinematics.joints)))
    angles[:, : len(kinematics.hand.wrist)] = kinematics.rest[: len(kinematics.hand.wrist)]
    return angles


def network(file: Path, kappa: Kappa, viewpoint: bool = False) -> Path:
    """A network of chance, in a file."""
    generator = np.random.default_rng(3)
    inputs = 66 if viewpoint else 63
    widths = (inputs, 64, 64, len(kappa.joints))
    layers = [
        (generator.normal(size=(a, b)) / np.sqrt(a), generator.normal(size=b) * 0.1)
        for a, b in itertools.pairwise(widths)
    ]
    return save(file, kappa, layers, np.zeros(inputs), np.ones(inputs), viewpoint)


def kappas(folder: Path, env_id: str = "HandPen-v0") -> dict[str, Kappa]:
    """One of each kind."""
    hand, model = hand_and_model(env_id)
    closed = Closed(hand, model)
    return {
        "closed": closed,
        "coupled": Closed(hand, model, coupled=True),
        "optimised": Optimised(hand, model),
        "whole": Optimised(hand, model, scale="hand"),
        "learned": Learned(hand, model, network(folder / "kappa.npz", closed)),
        "seeing": Learned(hand, model, network(folder / "seeing.npz", closed, viewpoint=True)),
    }
