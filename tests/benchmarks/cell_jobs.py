"""Jobs that the runner's tests have run in other processes."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import numpy as np

from benchmarks.runner import Cell


def add(a, b, folder):
    """A sum, and in the cell's folder a note of how often it was called."""
    with (folder / "calls.txt").open("a") as calls:
        calls.write("called\n")
    return {"sum": a + b}


def train(seed, folder):
    (folder / "agent").mkdir(exist_ok=True)
    (folder / "agent" / "weights.txt").write_text(str(seed * 10))
    return {"seed": seed, "mean": np.float32(0.5)}


def evaluate(episodes, folder, after):
    weights = {name: (earlier.folder / "agent" / "weights.txt").read_text() for name, earlier in sorted(after.items())}
    return {"weights": weights, "seeds": sum(earlier.result["seed"] for earlier in after.values()) * episodes}


def once_killed(folder, parent=False):
    """Killed at the first attempt, by itself or with the process that waits for it."""
    if parent and not Path(parent).exists():
        Path(parent).touch()
        os.kill(os.getppid(), signal.SIGKILL)
    if not parent and not (folder / "checkpoint").exists():
        (folder / "checkpoint").touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return {"resumed": (folder / "checkpoint").exists()}


def always_killed(folder):
    print("a few words before the end")
    os.kill(os.getpid(), signal.SIGKILL)


def fail(folder):
    raise ValueError("no such door")


def odd(folder):
    return {"made": object()}


def surroundings(folder, nthread):
    return {"nthread": nthread, "omp": os.environ["OMP_NUM_THREADS"]}


def until_stopped(folder, after, flag):
    """Goes on until it is stopped, and leaves a checkpoint; when called again it is done."""
    if (folder / "checkpoint").exists():
        return {"resumed": True}
    try:
        Path(flag).write_text(str(os.getpid()))
        time.sleep(60)
    except KeyboardInterrupt:
        (folder / "checkpoint").touch()
        raise
    return {"resumed": False}


def large(folder, mib):
    (folder / "large").write_bytes(os.urandom(mib * 2**20))
    return {}


def cells_to_interrupt():
    flags = Path(os.environ["FLAGS"])
    long = [
        Cell(f"long/{name}", "cell_jobs:until_stopped", {"flag": str(flags / name)}, after=("quick",))
        for name in ("one", "two")
    ]
    return [Cell("quick", "cell_jobs:add", {"a": 1, "b": 2}), *long]


def cells_with_a_failure():
    return [
        Cell("fine", "cell_jobs:add", {"a": 1, "b": 2}),
        Cell("bad/one", "cell_jobs:fail"),
        Cell("then", "cell_jobs:evaluate", {"episodes": 1}, after=("bad/one",)),
        Cell("at-last", "cell_jobs:evaluate", {"episodes": 1}, after=("then", "fine")),
    ]
