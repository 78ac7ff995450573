"""Steps per second of everything that steps the Adroit tasks, in one run: `python -m benchmarks.throughput`.

Machines are noisy, so all contestants take turns, a slice of time each, for several rounds. What counts is the median
over the rounds of the ratio between two contestants of the same round.
"""

from __future__ import annotations

import json
import platform
import sys
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from importlib import metadata, util
from pathlib import Path
from statistics import median
from typing import Any

import tyro

from benchmarks import published
from benchmarks.command import say_written
from benchmarks.contestants import Contestant, contestants, memory_per_simulation
from benchmarks.published import record
from benchmarks.report import Comparison, Number
from benchmarks.runner.results import Record
from hand_envs.cli.guard import guarded
from hand_envs.core.simulation import cores
from hand_envs.files.atomic import write_text

ENVPOOL_NOTE = "EnvPool is not installed, so it is left out: pip install 'hand-envs[bench]' (850 MB)."


Results = Mapping[str, Mapping[str, Any]]
"""What was measured, by id."""


@dataclass(frozen=True)
class Options:
    """What to measure, and how long."""

    envs: tuple[str, ...] = ("HandDoor-v0", "HandHammer-v0", "HandPen-v0", "HandRelocate-v0")
    sizes: tuple[int, ...] = (16, 64, 256)
    """Simulations of the batched contestants."""
    threads: int = 0
    """Threads of the batched contestants; 0 for all cores."""
    async_envs: tuple[int, ...] = (16, 64)
    """Environments of gymnasium's Sync and AsyncVectorEnv over gymnasium-robotics."""
    rounds: int = 9
    """How many turns each contestant has."""
    seconds: float = 0.5
    """Length of a turn."""
    out: Path = Path("outputs/throughput")
    """Folder for results.json and results.png."""
    publish: bool = False
    """Keep the speeds in benchmarks/results, which documents are made from. Only on a machine left alone!"""


@dataclass(frozen=True)
class Target:
    """A ratio to reach."""

    contestant: str
    reference: str
    least: float


TARGETS = (
    Target("HandEnv", "bare mj_step", 0.90),
    Target("HandVectorEnv(64)", "bare batch(64)", 0.95),
    Target("HandVectorEnv(64)", "EnvPool(64)", 1.5),
    Target("HandVectorEnv(64)", "AsyncVectorEnv(64) of robotics", 2.7),
    Target("HandVectorEnv(64)", "AsyncVectorEnv(16) of robotics", 2.7),
)
LIMITS = (("bare batch(64)", "EnvPool(64)"), ("bare batch(64)", "AsyncVectorEnv(16) of robotics"))
"""What the engine itself would give."""


@dataclass
class Result:
    """What one task gave: steps per second, contestant by contestant, a value a round."""

    env_id: str
    speeds: dict[str, list[float]]
    memory_kib: float
    targets: list[dict[str, object]] = field(default_factory=list)

    @classmethod
    def published(cls, found: Results) -> list[Result]:
        """Those that were published, from the results by their names."""
        names = [each.name for each in fields(cls)]
        return [cls(**{name: each[name] for name in names}) for each in found.values()]

    def ratio(self, contestant: str, reference: str) -> float:
        """Median over the rounds of contestant / reference."""
        pairs = zip(self.speeds[contestant], self.speeds[reference], strict=True)
        return median(mine / other for mine, other in pairs)

    def judge(self) -> None:
        """Hold the ratios against the targets."""
        for target in TARGETS:
            if target.contestant in self.speeds and target.reference in self.speeds:
                ratio = self.ratio(target.contestant, target.reference)
                self.targets.append({**asdict(target), "ratio": ratio, "met": ratio >= target.least})


def measure(env_id: str, options: Options) -> Result:
    """Let all contestants of one task take turns."""
    from rich.progress import Progress

    threads = options.threads or cores()
    racers = list(contestants(env_id, options.sizes, threads, options.async_envs))
    speeds: dict[str, list[float]] = {racer.name: [] for racer in racers}
    try:
        with Progress(transient=True) as progress:
            bar = progress.add_task(env_id, total=len(racers) * (options.rounds + 1))
            for turn in range(options.rounds + 1):
                for racer in racers:
                    speed = _turn(racer, options.seconds)
                    if turn > 0:  # the first one warms up
                        speeds[racer.name].append(speed)
                    progress.advance(bar)
    finally:
        for racer in racers:
            racer.close()
    result = Result(env_id, speeds, memory_per_simulation(env_id))
    result.judge()
    return result


def _turn(racer: Contestant, seconds: float) -> float:
    steps, began = 0, time.perf_counter()
    while (elapsed := time.perf_counter() - began) < seconds:
        steps += racer.take()
    return steps / elapsed


def report(results: Iterable[Result], options: Options) -> None:
    """Print the table and the targets; write JSON and plot."""
    from rich.console import Console
    from rich.table import Table

    results, console = list(results), Console(width=140)
    console.print("Steps per second, and in brackets as a multiple of the bare mj_step loop.\n")
    table = Table("contestant", *[result.env_id for result in results], box=None)
    for name in results[0].speeds:
        cells = [f"{median(r.speeds[name]):,.0f} ({r.ratio(name, 'bare mj_step'):.2f})" for r in results]
        table.add_row(name, *cells)
    table.add_row("memory per simulation", *[f"{result.memory_kib:.0f} KiB" for result in results])
    console.print(table)
    goals = Table("ratio", "target", *[result.env_id for result in results], box=None)
    for number, goal in enumerate(results[0].targets):
        cells = [f"{r.targets[number]['ratio']:.2f} {'met' if r.targets[number]['met'] else 'missed'}" for r in results]
        goals.add_row(f"{goal['contestant']} / {goal['reference']}", f">= {goal['least']}", *cells)
    console.print(goals)
    if util.find_spec("envpool") is None:
        console.print(ENVPOOL_NOTE)
    options.out.mkdir(parents=True, exist_ok=True)
    measured = {"machine": machine(options), "results": [asdict(result) for result in results]}
    write_text(options.out / "results.json", json.dumps(measured, indent=1))
    plot(results, options.out / "results.png")
    console.print(f"{options.out / 'results.json'}, {options.out / 'results.png'}")


def machine(options: Options) -> dict[str, object]:
    """On what this was measured."""
    names = ("mujoco", "numpy", "gymnasium", "gymnasium-robotics", "envpool", "hand-envs")
    found = {name: metadata.version(name) for name in names if _installed(name)}
    threads = options.threads or cores()
    return {"python": platform.python_version(), "cores": cores(), "threads": threads, "versions": found}


def _installed(name: str) -> bool:
    try:
        metadata.version(name)
    except metadata.PackageNotFoundError:
        return False
    return True


def records(results: Iterable[Result], options: Options) -> list[Record]:
    """What is published, a line a task."""
    asked = {name: value for name, value in asdict(options).items() if name not in ("envs", "out", "publish")}
    asked["threads"] = options.threads or cores()
    return [
        record(result.env_id, "benchmarks.throughput:measure", asked, {**asdict(result), "cores": cores()})
        for result in results
    ]


def ratios_of(found: Results) -> Comparison:
    """The ratios in published results."""
    return ratios(Result.published(found))


def draw(path: Path, found: Results, metadata: dict[str, str]) -> None:
    """The plot of published results."""
    plot(Result.published(found), path, metadata)


def ratios(results: Iterable[Result]) -> Comparison:
    """The ratios with a target, and what limits them."""
    results = list(results)
    table = Comparison("Throughput", [result.env_id for result in results], digits=2, notes=("target",))
    targets = {(goal.contestant, goal.reference): f"{goal.least:g}" for goal in TARGETS}
    for mine, other in (*targets, *LIMITS):
        for result in results:
            if mine in result.speeds and other in result.speeds:
                table.put(f"{mine} / {other}", result.env_id, Number(result.ratio(mine, other)))
        table.note(f"{mine} / {other}", "target", targets.get((mine, other), ""))
    return table


def plot(results: list[Result], path: Path, metadata: dict[str, str] | None = None) -> None:
    """One bar a contestant and task, the fastest at the first task on top."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, len(results), figsize=(4 * len(results) + 2, 4.5), sharey=True, squeeze=False)
    order = sorted(results[0].speeds, key=lambda name: median(results[0].speeds[name]), reverse=True)
    for axis, result in zip(axes[0], results, strict=True):
        names = [name for name in order if name in result.speeds]
        heights = [median(result.speeds[name]) for name in names]
        spread = [[h - min(result.speeds[n]), max(result.speeds[n]) - h] for n, h in zip(names, heights, strict=True)]
        colors = ["#2a7f62" if "Hand" in name else "#8d99ae" for name in names]
        axis.barh(names, heights, xerr=list(zip(*spread, strict=True)), color=colors)
        axis.set(title=result.env_id, xlabel="steps per second")
        axis.spines[["top", "right"]].set_visible(False)
    axes[0][0].invert_yaxis()
    figure.tight_layout()
    figure.savefig(path, dpi=120, metadata=metadata)
    plt.close(figure)


def main(options: Options) -> int:
    """Measure and report; returns the exit status."""
    if options.publish:
        published.refuse_now()
    results = [measure(env_id, options) for env_id in options.envs]
    report(results, options)
    if options.publish:
        say_written(published.publish("throughput", records(results, options)))
    return 0


if __name__ == "__main__":
    sys.exit(guarded(lambda: main(tyro.cli(Options, description=__doc__))))
