"""The images that a config names: made ones, or those of a folder."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy as np

from agents.common.blocks import PEOPLE, TEST, TRAIN, VALIDATION
from agents.estimator.blocks import Source
from agents.estimator.config import EstimatorConfig
from agents.estimator.crops import Crops
from hand_envs.captures import read_fphab
from hand_envs.captures.fphab_layout import action_of
from hand_envs.errors import DatasetError
from hand_envs.files.paths import locate
from hand_envs.images import HandImages
from hand_envs.images.cropping import Crop
from hand_envs.images.fphab import FPHAB
from hand_envs.images.frames import FrameSet
from hand_envs.images.opening import open_images

Array = np.ndarray
MADE = "made"
_WORN: dict[str, Any] = {"roll": np.pi / 3, "distance": (0.3, 0.85)}
"""How a camera that is worn sees the wearer's own hand."""
_READ = 64  # frames at a time: whole pictures are 40 times as large as crops
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
        some = self.frames.crops(_READ, chosen, cube=config.side, centre_noise=config.centring, seed=seed)
        return _joined([_crops(each) for each in some])


def splits(frames: FrameSet) -> dict[str, Array]:
    """The numbers of a set's frames by split, in random order.

    F-PHAB's are its own. Else, of three subjects or more, the last is for test and the one before for validation. Of
    frames that name no subjects a twentieth each is, so that the same hand is in all splits.
    """
    mix = np.random.default_rng(0).permutation
    if isinstance(frames, FPHAB):
        return {split: mix(numbers) for split, numbers in _splits_of_sequences(frames).items()}
    if len(people := frames.subjects) >= 3:
        parts = {TRAIN: people[:-2], VALIDATION: people[-2:-1], TEST: people[-1:]}
        return {split: mix(np.asarray(frames.of(*subjects))) for split, subjects in parts.items()}
    numbers, few = mix(len(frames)), int(np.ceil(_SHARE * len(frames)))
    return {TEST: numbers[:few], VALIDATION: numbers[few : 2 * few], TRAIN: numbers[2 * few :]}


def _splits_of_sequences(frames: FPHAB) -> dict[str, Array]:
    """Frames by the splits of their sequences; a twentieth of the training sequences validates if none is noted to."""
    names: dict[str, list[str]] = {TRAIN: [], VALIDATION: [], TEST: []}
    for action in dict.fromkeys(map(action_of, frames.sequences)):
        for capture in read_fphab(frames.folder, action):
            names.setdefault(capture.split, []).append(capture.name)
    if not names[VALIDATION]:
        every = round(1 / _SHARE)
        names[VALIDATION] = names[TRAIN][::every]
        names[TRAIN] = [name for name in names[TRAIN] if name not in names[VALIDATION]]
    return {split: frames.of_sequences(*names[split]) for split in (TRAIN, VALIDATION, TEST)}


class Mixed:
    """Images of a folder, and made ones in the blocks that are trained on."""

    def __init__(self, config: EstimatorConfig) -> None:
        self._folder, self._made, self._share = Folder(config), Made(config), config.made_share

    def block(self, number: int, count: int, split: str) -> Crops:
        own = round(self._share * count) if split == TRAIN else 0
        parts = [self._folder.block(number, count - own, split)] if own < count else []
        parts += [self._made.block(number, own, split)] if own else []
        return _joined(parts)


def _crops(crop: Crop) -> Crops:
    return Crops(crop.depth, crop.points, crop.centre, np.full(len(crop.depth), crop.cube))


def _joined(parts: list[Crops]) -> Crops:
    return Crops(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Crops)))


def opened(config: EstimatorConfig) -> Source:
    """The source that a config names."""
    if config.data == MADE:
        return Made(config)
    return Mixed(config) if config.made_share else Folder(config)
