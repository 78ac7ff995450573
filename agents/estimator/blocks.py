"""Where images come from: blocks of them, made or read in a process of its own while the last one is learned from."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

import numpy as np

from agents.common import blocks as common
from agents.common.blocks import TRAIN
from agents.estimator.config import EstimatorConfig
from agents.estimator.crops import Crops


class Source(Protocol):
    """Images with labels. A block depends on nothing but its number, so that a training can go on where it was."""

    def block(self, number: int, count: int, split: str) -> Crops:
        """So many crops of a split."""
        ...


Open = Callable[[EstimatorConfig], Source]


@contextmanager
def blocks(config: EstimatorConfig, make: Open, first: int, process: bool = True) -> Iterator[Iterator[Crops]]:
    """The blocks of a training from the `first` on, each made while the one before is learned from.

    Args:
        config: of the training.
        make: opens the source.
        first: number of the first block.
        process: make them in a process of its own; it is stopped at the end.
    """
    with common.blocks(functools.partial(_opened, config, make, process), first, process) as coming:
        yield coming


def _opened(config: EstimatorConfig, make: Open, light: bool) -> Callable[[int], Crops]:
    """What makes blocks; in half precision where they are `light`, to be sent."""
    source = make(config)

    def block(number: int) -> Crops:
        crops = source.block(number, config.block, TRAIN)
        return Crops(crops.depth.astype(np.float16), crops.points, crops.centre, crops.side) if light else crops

    return block
