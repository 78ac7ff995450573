"""Where images come from: blocks of them, made or read in a process of its own while the last one is learned from."""

from __future__ import annotations

import itertools
import multiprocessing
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol

import numpy as np

from agents.estimator.config import EstimatorConfig
from agents.estimator.crops import Crops
from hand_envs.errors import DatasetError, HandEnvsError

TRAIN, VALIDATION, TEST = "train", "validation", "test"
"""Splits of a source. No hand, or no image, is in two of them."""


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
    if not process:
        source = make(config)
        yield (source.block(number, config.block, TRAIN) for number in itertools.count(first))
        return
    context = multiprocessing.get_context("spawn")  # a fork would share GL and the threads of torch
    ours, theirs = context.Pipe(duplex=False)
    worker = context.Process(target=_work, args=(config, make, first, theirs), daemon=True)
    worker.start()
    theirs.close()
    try:
        yield _received(ours)
    finally:
        worker.terminate()
        worker.join()


def _received(connection: Any) -> Iterator[Crops]:
    while True:
        try:
            found = connection.recv()
        except EOFError:
            raise DatasetError("The process that makes images has ended: there may be too little memory.") from None
        if isinstance(found, Exception):
            raise found
        yield Crops(*found)


def _work(config: EstimatorConfig, make: Open, first: int, connection: Any) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is the training's, which stops this process
    try:
        source = make(config)
        for number in itertools.count(first):
            crops = source.block(number, config.block, TRAIN)
            connection.send((crops.depth.astype(np.float16), crops.points, crops.centre, crops.side))
    except HandEnvsError as error:
        connection.send(error)
    except Exception as error:
        connection.send(DatasetError(f"Making images failed: {type(error).__name__}: {error}"))
        raise
