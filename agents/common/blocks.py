"""Blocks of training images, made or read in a process of its own while the last one is learned from."""

from __future__ import annotations

import itertools
import multiprocessing
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from hand_envs.errors import DatasetError, HandEnvsError

TRAIN, VALIDATION, TEST = "train", "validation", "test"
"""Splits of a source. No hand, or no image, is in two of them."""
PEOPLE = {TRAIN: range(1000, 3000), VALIDATION: range(500, 600), TEST: range(600, 700)}
"""Whose hands are in which split of made images: seeds of `hand_envs.poses.human.subject`."""

T = TypeVar("T")
Make = Callable[[int], T]
"""A block from its number, and from nothing else, so that a training can go on where it was."""


@contextmanager
def blocks(open_source: Callable[[], Make[T]], first: int, process: bool = True) -> Iterator[Iterator[T]]:
    """The blocks from number `first` on, each made while the one before is learned from.

    Args:
        open_source: gives what makes blocks; it is called where they are made, and goes there as a pickle.
        first: number of the first block.
        process: make them in a process of its own; it is stopped at the end.
    """
    if not process:
        make = open_source()
        yield (make(number) for number in itertools.count(first))
        return
    context = multiprocessing.get_context("spawn")  # a fork would share GL and the threads of torch
    ours, theirs = context.Pipe(duplex=False)
    worker = context.Process(target=_work, args=(open_source, first, theirs), daemon=True)
    worker.start()
    theirs.close()
    try:
        yield _received(ours)
    finally:
        worker.terminate()
        worker.join()


def _received(connection: Any) -> Iterator[Any]:
    while True:
        try:
            found = connection.recv()
        except EOFError:
            raise DatasetError("The process that makes images has ended: there may be too little memory.") from None
        if isinstance(found, Exception):
            raise found
        yield found


def _work(open_source: Callable[[], Make[Any]], first: int, connection: Any) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is the training's, which stops this process
    try:
        make = open_source()
        for number in itertools.count(first):
            connection.send(make(number))
    except BrokenPipeError:  # the training was killed
        return
    except HandEnvsError as error:
        connection.send(error)
    except Exception as error:
        connection.send(DatasetError(f"Making images failed: {type(error).__name__}: {error}"))
        raise
