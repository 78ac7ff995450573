"""What a policy sees: features of pictures beside the hand's own angles, or parts of the true state."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from agents.common.evaluation import Evaluation
from agents.vision import Encoder, VectorFeatureObservation
from benchmarks.runner import Earlier
from benchmarks.vision.rows import BLIND
from hand_envs.datasets import Demonstrations
from hand_envs.registry import ENTRIES
from hand_envs.rendering import Pixels
from hand_envs.replay.pictures import pictured
from hand_envs.replay.play import make_env

Array = np.ndarray


class Sight(Protocol):
    """What there is to see in demonstrations, and the same in environments."""

    def of(self, demonstrations: Demonstrations) -> Iterator[tuple[Array, Array]]:
        """What is seen before each action of each demonstration: features (t, w), and numbers in rad and m (t, k)."""

    def test(self, env_id: str, episodes: int, seed: int, nthread: int) -> Evaluation:
        """Episodes of an environment in which it is seen."""

    def seen(self, observation: Array) -> Array:
        """Both, side by side, in the observations of that environment."""


class Features:
    """Features of pictures, and what the hand knows of itself.

    Args:
        encoder: makes features of pictures.
        pixels: how these are drawn.
        momentum: by which the encoder's statistics follow while it is tested.
    """

    def __init__(self, encoder: Encoder, pixels: Mapping[str, Any], momentum: float = 0.0) -> None:
        self.encoder, self.pixels, self.momentum = encoder, dict(pixels), momentum

    def of(self, demonstrations: Demonstrations) -> Iterator[tuple[Array, Array]]:
        for each in pictured(demonstrations.env_id, demonstrations, Pixels(**self.pixels)):
            count = len(each.actions)
            yield self.encoder(each.images[:count]), each.proprio[:count].astype(np.float32)

    def test(self, env_id: str, episodes: int, seed: int, nthread: int) -> Evaluation:
        visual = next(entry.id for entry in ENTRIES if entry.visual and entry.base == env_id)
        test = _evaluation(visual, {"pixels": self.pixels}, episodes, seed, nthread)
        if self.momentum:
            self.encoder.follow(self.momentum)
        test.env = VectorFeatureObservation(test.env, self.encoder)
        return test

    def seen(self, observation: Array) -> Array:
        return observation


class Numbers:
    """Numbers of the true state: all of them, or what the hand knows of itself alone."""

    def __init__(self, env_id: str, row: str) -> None:
        env = make_env(env_id)
        layout = env.observation_layout
        parts = env.task.proprioception if row == BLIND else tuple(layout)
        self.columns = np.concatenate([np.arange(layout.size)[layout[name]] for name in parts])
        env.close()

    def of(self, demonstrations: Demonstrations) -> Iterator[tuple[Array, Array]]:
        for each in demonstrations:
            yield np.empty((len(each), 0), np.float32), self.seen(each.observations[: len(each)]).astype(np.float32)

    def test(self, env_id: str, episodes: int, seed: int, nthread: int) -> Evaluation:
        return _evaluation(env_id, {}, episodes, seed, nthread)

    def seen(self, observation: Array) -> Array:
        found: Array = observation[..., self.columns]
        return found


def sight_of(env_id: str, told: Mapping[str, Any], after: Mapping[str, Earlier], momentum: float = 0.0) -> Sight:
    """As a cell's options tell it: an encoder and how pictures are drawn, or the row of a control."""
    if "row" in told:
        return Numbers(env_id, told["row"])
    return Features(encoder_of(told["encoder"], after), told["pixels"], momentum)


def encoder_of(told: Mapping[str, Any], after: Mapping[str, Earlier]) -> Encoder:
    """As a cell's options tell it: by its name in the catalogue, or as an earlier cell has left it."""
    given = {name: value for name, value in told.items() if name != "cell"}
    return Encoder.named(str(folder_of(told, after)) if "cell" in told else given.pop("name"), **given)


def folder_of(told: Mapping[str, Any], after: Mapping[str, Earlier]) -> Path:
    """Where an earlier cell has left an encoder."""
    return after[told["cell"]].folder / "encoder"


def _evaluation(env_id: str, options: Mapping[str, Any], episodes: int, seed: int, nthread: int) -> Evaluation:
    entry = next(entry for entry in ENTRIES if entry.id == env_id)
    return Evaluation(env_id, options, episodes, seed, nthread, entry.make_task().goal_steps)
