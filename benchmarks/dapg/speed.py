"""How fast DAPG trains: samples per second, as a share of what the bare engine would make of the same steps.

Each call of the engine is timed while a training runs, so what it is compared with has the same states, the same
actions, the same threads and the same disturbances by whatever else the machine does.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
import tyro
from rich.console import Console
from rich.table import Table

from agents.dapg import Training, configured
from benchmarks import published
from benchmarks.command import say_written
from benchmarks.dapg.cells import TASKS
from hand_envs.cli.guard import guarded
from hand_envs.datasets.shipped import has_planned
from hand_envs.errors import OptionError, choices
from hand_envs.files.atomic import write_text

LEAST = 0.6
"""Share of the bare engine's rate to reach."""


@dataclass(frozen=True)
class Options:
    """What to time."""

    tasks: tuple[str, ...] = ("HandDoor-v0", "HandHammer-v0", "HandPen-v0", "HandRelocate-v0")
    batches: int = 5
    """Timed, after one that warms up."""
    num_envs: int = 64
    num_steps: int = 200
    nthread: int = 0
    """Threads to simulate on; 0 for all cores."""
    out: Path = Path("outputs/dapg-speed.json")
    publish: bool = False
    """Keep the speeds in benchmarks/results. Only on a machine left alone!"""


@dataclass(frozen=True)
class Speed:
    """How fast a training went, from the end of its first batch to the end of its last."""

    task: str
    samples: int
    seconds: float
    engine_seconds: float
    """Within the engine."""

    @property
    def rate(self) -> float:
        """Samples per second."""
        return self.samples / self.seconds

    @property
    def share(self) -> float:
        """Of the bare engine's rate."""
        return self.engine_seconds / self.seconds


def measure(task: str, options: Options, clock: Callable[[], float] = time.perf_counter) -> Speed:
    """Train for a few batches; cloned first where there are demonstrations, from scratch where there are none."""
    batch = options.num_envs * options.num_steps
    config = configured(
        "dapg" if has_planned(task) else "npg",
        env=task,
        num_envs=options.num_envs,
        num_steps=options.num_steps,
        steps=batch * (options.batches + 1),
        augmentation=0,  # which comes before the first batch; the demonstrations alone fill their share of one
    )
    ends: list[tuple[float, float]] = []
    spent = 0.0

    def timed(step: Callable[[int], Any]) -> Callable[[int], Any]:
        def go(nstep: int) -> Any:
            nonlocal spent
            began = clock()
            outcome = step(nstep)
            spent += clock() - began
            return outcome

        return go

    with tempfile.TemporaryDirectory() as folder:
        training = Training(config, folder, nthread=options.nthread, episodes=1)
        sim = training.bridge.env.unwrapped.episode.sim  # type: ignore[attr-defined]
        sim.step = timed(sim.step)
        training.watch = lambda progress: ends.append((clock(), spent))
        training.run()
    (began, before), (ended, after) = ends[0], ends[-1]
    return Speed(task, batch * (len(ends) - 1), ended - began, after - before)


def main(options: Options) -> int:
    """Measure, print, write; returns the exit status: 1 where the target is missed."""
    for task in options.tasks:
        if task not in TASKS:
            raise OptionError(f"No such task in this benchmark: {choices(task, TASKS)}")
    if options.batches < 1:
        raise OptionError("At least one batch has to be timed.")
    if options.publish:
        published.refuse_now()
    torch.set_num_threads(1)  # as the command that trains does
    table = Table("task", "samples/s", "share of the bare engine", f"at least {LEAST:.0%}", box=None)
    found = []
    for task in options.tasks:
        speed = measure(task, options)
        found.append({**asdict(speed), "rate": speed.rate, "share": speed.share})
        table.add_row(task, f"{speed.rate:,.0f}", f"{speed.share:.0%}", "met" if speed.share >= LEAST else "missed")
    Console().print(table)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    write_text(options.out, json.dumps(found, indent=1) + "\n")
    say_written(options.out)
    if options.publish:
        asked = {name: value for name, value in asdict(options).items() if name not in ("tasks", "out", "publish")}
        job = "benchmarks.dapg.speed:measure"
        records = [published.record(each["task"], job, asked, each, each["seconds"]) for each in found]
        say_written(published.publish("dapg-speed", records))
    return int(any(each["share"] < LEAST for each in found))


if __name__ == "__main__":
    sys.exit(guarded(lambda: main(tyro.cli(Options, description=__doc__))))
