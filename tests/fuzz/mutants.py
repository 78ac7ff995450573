"""Damaged files for the fuzz tests: bytes flipped, cut, doubled and spliced, the same for the same seed."""

from __future__ import annotations

import contextlib
import os
import signal
import tracemalloc
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from hand_envs.errors import HandEnvsError

SAFETY_NET = 30  # s; readers have budgets of their own, this only ends a test that would hang


def damaged(content: bytes, random: np.random.Generator, other: bytes = b"") -> bytes:
    """A mutant of `content`; splices are taken from `other`."""
    data = bytearray(content)
    kind = random.integers(6)
    at = int(random.integers(max(1, len(data))))
    length = int(random.integers(1, max(2, len(data) // 4)))
    if kind == 0:
        for place in random.integers(len(data), size=random.integers(1, 9)):
            data[place] ^= 1 << int(random.integers(8))
    elif kind == 1:
        for place in random.integers(min(len(data), 2048), size=random.integers(1, 9)):
            data[place] = int(random.integers(256))
    elif kind == 2:
        del data[at:]
    elif kind == 3:
        del data[at : at + length]
    elif kind == 4:
        data[at:at] = data[at : at + length]
    else:
        source = other or content
        begin = int(random.integers(len(source)))
        data[at : at + length] = source[begin : begin + length]
    return bytes(data)


@contextlib.contextmanager
def within(seconds: int = SAFETY_NET, megabytes: float | None = None) -> Iterator[None]:
    """What happens inside ends, and Python asks for no more memory than that."""

    def ring(*_: object) -> None:
        raise TimeoutError("a mutant is never read to its end")

    before = signal.signal(signal.SIGALRM, ring)
    signal.alarm(seconds)
    if megabytes is not None:
        tracemalloc.start()
    try:
        yield
        if megabytes is not None:
            assert tracemalloc.get_traced_memory()[1] < megabytes * 1e6
    finally:
        if megabytes is not None:
            tracemalloc.stop()
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def outcome(read: Callable[[], object], path: Path | None = None) -> str:
    """`read`, or `refused` with an error of the suite that names the file; anything else is a failure of the reader."""
    refused: HandEnvsError | None = None
    try:
        read()
    except HandEnvsError as error:
        refused = error
    if refused is not None:
        error = str(refused)
        assert path is None or str(path) in error, f"{error} does not name {path}"
    return "read" if refused is None else "refused"


def tell(name: str, counts: Counter[str]) -> None:
    """Add what came of the mutants to the file that HAND_ENVS_FUZZ_COUNTS names, for whoever runs many."""
    if target := os.environ.get("HAND_ENVS_FUZZ_COUNTS"):
        with open(target, "a") as file:
            file.write(f"{name}: {dict(counts)}\n")
