"""Pictures of hands that hold something or nothing, and three kinds of labels of the same pictures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from agents.common.blocks import PEOPLE, TRAIN
from agents.vision.pretraining.config import PretrainingConfig
from hand_envs.images import HandImages
from hand_envs.images.posing import Poses
from hand_envs.images.views import turned_to

Array = np.ndarray

PIXELS = 128
"""Of a picture as it is made: more than any network sees of it, so that one can look closer."""
SIDE = 0.4
"""Of the cube (m) that it shows: a hand takes half of the width."""
HELD = ("nothing", "carton", "bottle", "coin")
"""What is held: classes."""
_COIN, _PALM = 0.02, 0.04  # m: radii below are coins'; half lengths below are of palms that take them
_SETS = ("nothing", "things")  # hands of all poses, and hands that hold, one as many as the other


@dataclass(frozen=True)
class Pictures:
    """Hands, each in the frame of the ray through its picture's middle: x to the right, y down, z ahead."""

    colour: Array
    """(n, PIXELS, PIXELS, 4) uint8; the last is 255 where a hand or a thing is, 0 before the background."""
    points: Array
    """The 21 joints (m), from the picture's middle, (n, 21, 3) float32."""
    seen: Array
    """Where they are in the picture, from -1 to 1, (n, 21, 2) float32."""
    held: Array
    """Numbers of HELD, (n,)."""

    def __len__(self) -> int:
        return len(self.held)

    def __getitem__(self, chosen: Array | slice) -> Pictures:
        return Pictures(*(getattr(self, each.name)[chosen] for each in fields(self)))


class Source:
    """Endless pictures of a split's people; a block of them is a number.

    Args:
        seed: of the pictures.
        split: whose hands these are.
    """

    def __init__(self, seed: int, split: str) -> None:
        how: dict[str, Any] = {"size": PIXELS, "cube": SIDE, "centre_noise": 0.0, "sensor": None, "painted": True}
        self._sets = [HandImages(seed, PEOPLE[split], handled=handled, **how) for handled in _SETS]

    def block(self, number: int, count: int) -> Pictures:
        """So many pictures, the sets' in turn."""
        parts = []
        for place, images in enumerate(self._sets):
            share = (count + 1 - place) // 2
            parts.append(_pictures(images, np.arange(number * share, (number + 1) * share)))
        order = np.argsort(np.concatenate([2 * np.arange(len(part)) + place for place, part in enumerate(parts)]))
        return Pictures(
            *(np.concatenate([getattr(part, each.name) for part in parts])[order] for each in fields(Pictures))
        )


def training_blocks(config: PretrainingConfig) -> Callable[[int], Pictures]:
    """What makes the blocks of a training."""
    source = Source(config.seed, TRAIN)
    return lambda number: source.block(number, config.block)


def _pictures(images: HandImages, numbers: Array) -> Pictures:
    poses, crop = images.poses(numbers), images.crop(numbers, colour=True)
    assert crop.colour is not None
    there = np.where(crop.depth < 1, 255, 0).astype(np.uint8)
    rays = crop.points[..., :2] / crop.points[..., 2:] - (crop.centre[:, :2] / crop.centre[:, 2:])[:, None]
    seen = rays * (2 * crop.centre[:, 2:, None] / crop.cube)
    ahead = np.swapaxes(turned_to(crop.centre), 1, 2)
    points = np.einsum("nij,nkj->nki", ahead, crop.points - crop.centre[:, None])
    colour = np.concatenate([crop.colour, there[..., None]], axis=-1)
    return Pictures(colour, points.astype(np.float32), seen.astype(np.float32), held_in(poses))


def held_in(poses: Poses) -> Array:
    """What hands hold, as numbers of HELD, (n,); the palm that takes a coin is not held."""
    if not poses.things.shape[1]:
        return np.zeros(len(poses.people), np.int64)
    half = np.linalg.norm(poses.things[:, :, :3, :3], axis=2)  # lengths of the axes: (n, 2, 3) m
    box, cylinder = half[:, 0], half[:, 1]
    kinds = [box[:, 2] > _PALM, cylinder[:, 0] >= _COIN, cylinder[:, 0] > 0]
    return np.select(kinds, [1, 2, 3], 0)
