"""The images that a config names: made ones, or those of a folder."""

from __future__ import annotations

from typing import Any

import numpy as np

from agents.estimator.blocks import TEST, TRAIN, VALIDATION, Source
from agents.estimator.config import EstimatorConfig
from agents.estimator.crops import Crops
from hand_envs.errors import DatasetError
from hand_envs.files.paths import locate
from hand_envs.images import HandImages
from hand_envs.images.cropping import Crop
from hand_envs.images.frames import FrameSet
from hand_envs.images.opening import open_images

Array = np.ndarray
MADE = "made"
PEOPLE = {TRAIN: range(1000, 3000), VALIDATION: range(500, 600), TEST: range(600, 700)}
"""Whose hands are in which split of made images: seeds of `hand_envs.poses.human.subject`."""
_WORN: dict[str, Any] = {"roll": np.pi / 3, "distance": (0.25, 0.65)}
"""How a camera that is worn sees the wearer's own hand."""
_SHARE = 0.05  # of the frames of a folder that names no subjects, for validation and for test


class Made:
    """Images of virtual people, made anew for every block."""

    def __init__(self, config: EstimatorConfig) -> None:
        self._sets = {split: made(config, split) for split in PEOPLE}

    def block(self, number: int, count: int, split: str) -> Crops:
        return _crops(self._sets[split][np.arange(number * count, (number + 1) * count)])


def made(config: EstimatorConfig, split: str) -> HandImages:
    """The endless set of a split's images."""
    seed = config.seed if split == TRAIN else 0
    return HandImages(
        seed,
        PEOPLE[split],
        cube=config.side,
        view=config.view,
        handled=config.handled,
        centre_noise=config.centring,
        **(_WORN if config.view == "egocentric" else {}),
    )


class Folder:
    """Images of a folder. A block of the training split is drawn at random from it."""

    def __init__(self, config: EstimatorConfig) -> None:
        self.config, self.frames = config, open_images(locate(config.data))
        self.numbers = splits(self.frames)
        for split, numbers in self.numbers.items():
            if not len(numbers):
                raise DatasetError(f"{config.data} has {len(self.frames)} frames, of which none is for {split}.")

    def block(self, number: int, count: int, split: str) -> Crops:
        numbers, config = self.numbers[split], self.config
        if split == TRAIN:
            chosen = numbers[np.random.default_rng([config.seed, number]).integers(len(numbers), size=count)]
        else:
            chosen = numbers[number * count : (number + 1) * count]
        seed = config.seed + number
        found = self.frames.crops(len(chosen), chosen, cube=config.side, centre_noise=config.centring, seed=seed)
        return _crops(next(found))


def splits(frames: FrameSet) -> dict[str, Array]:
    """The numbers of a set's frames by split, in random order.

    Of three subjects or more, the last is for test and the one before for validation. Of frames that name no subjects
    a twentieth each is, so that the same hand is in all splits.
    """
    mix = np.random.default_rng(0).permutation
    if len(people := frames.subjects) >= 3:
        parts = {TRAIN: people[:-2], VALIDATION: people[-2:-1], TEST: people[-1:]}
        return {split: mix(np.asarray(frames.of(*subjects))) for split, subjects in parts.items()}
    numbers, few = mix(len(frames)), int(np.ceil(_SHARE * len(frames)))
    return {TEST: numbers[:few], VALIDATION: numbers[few : 2 * few], TRAIN: numbers[2 * few :]}


def _crops(crop: Crop) -> Crops:
    return Crops(crop.depth, crop.points, crop.centre, np.full(len(crop.depth), crop.cube))


def opened(config: EstimatorConfig) -> Source:
    """The source that a config names."""
    return Made(config) if config.data == MADE else Folder(config)
