"""Pictures to learn from: frames of an expert's episodes, and pairs of them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from agents.vision.demonstrations import expert_demonstrations
from agents.vision.keypoints.config import KeypointConfig
from hand_envs.registry import plain_id
from hand_envs.rendering import Pixels
from hand_envs.replay.pictures import pictured
from hand_envs.tasks.views import PAPER_CAMERAS

Array = np.ndarray


class Frames(NamedTuple):
    """Pictures of episodes, as many of each, evenly spaced in it."""

    images: Array
    """(episodes, frames, height, width, 3) uint8."""
    proprio: Array
    """(episodes, frames, width): what the hand knows of itself in them."""

    def episodes(self, which: slice) -> Frames:
        """Some of the episodes."""
        return Frames(self.images[which], self.proprio[which])


def expert_frames(config: KeypointConfig, size: int) -> Frames:
    """The frames of a config, drawn `size` pixels a side."""
    episodes = expert_demonstrations(config.env, config.episodes, config.seed, config.unsteadiness)
    camera = config.camera or PAPER_CAMERAS.get(plain_id(config.env))
    pixels = Pixels(camera, size, size, config.light)
    images, proprio = [], []
    for episode in pictured(config.env, episodes, pixels):
        kept = np.linspace(0, len(episode.images) - 1, config.frames).round().astype(int)
        images.append(episode.images[kept])
        proprio.append(episode.proprio[kept])
    return Frames(np.stack(images), np.stack(proprio))


def drawn_pairs(frames: Frames, count: int, draw: np.random.Generator) -> tuple[Array, Array]:
    """Sources and targets (count, height, width, 3), each two different frames of one episode."""
    episodes, length = frames.images.shape[:2]
    which = draw.integers(episodes, size=count)
    source = draw.integers(length, size=count)
    target = (source + draw.integers(1, length, size=count)) % length
    return frames.images[which, source], frames.images[which, target]
