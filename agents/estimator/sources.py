"""The images that a config names: made ones, or those of a folder."""

from __future__ import annotations

import numpy as np

from agents.estimator.blocks import TEST, TRAIN, VALIDATION, Source
from agents.estimator.config import EstimatorConfig
from agents.estimator.crops import Crops
from hand_envs.images import HandImages

PEOPLE = {TRAIN: range(1000, 3000), VALIDATION: range(500, 600), TEST: range(600, 700)}
"""Whose hands are in which split of made images: seeds of `hand_envs.poses.human.subject`."""


class Made:
    """Images of virtual people, made anew for every block."""

    def __init__(self, config: EstimatorConfig) -> None:
        self.sets = {
            split: HandImages(
                config.seed if split == TRAIN else 0,
                people,
                cube=config.side,
                view=config.view,
                centre_noise=config.centring,
            )
            for split, people in PEOPLE.items()
        }

    def block(self, number: int, count: int, split: str) -> Crops:
        crop = self.sets[split][np.arange(number * count, (number + 1) * count)]
        return Crops(crop.depth, crop.points, crop.centre, np.full(count, crop.cube))


def opened(config: EstimatorConfig) -> Source:
    """The source that a config names."""
    return Made(config)
