"""Kappas beside each other and dex-retargeting, on the same targets: `python -m benchmarks.retargeting`.

Every frame goes to all of them in turn, so that a busy machine slows all alike. Fingertips are held against the human's
on the robot's measures (`Proportions(scale="hand")`), unless a row says otherwise; nothing is filtered, unless it says
so.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import tyro

from benchmarks import published
from benchmarks.command import say_written
from benchmarks.report import Comparison
from benchmarks.retargeting import peers
from benchmarks.retargeting.contestants import BATCH, contestants
from benchmarks.retargeting.measures import measures
from benchmarks.retargeting.picture import bare_adroit
from benchmarks.retargeting.poses import Poses, made, reachable, tracked
from benchmarks.runner.results import Record
from hand_envs.cli.guard import guarded
from hand_envs.poses.frames import aligned
from hand_envs.poses.retargeting import Kinematics

Results = Mapping[str, Mapping[str, Any]]
"""What was counted, by pose set."""


@dataclass(frozen=True)
class Options:
    """What to retarget, and by whom."""

    poses: Path | None = None
    """An .npz with `joints` (n, 21, 3), m: tracked frames. Without it, only made ones are retargeted."""
    network: Path | None = None
    """Of the learned kappa. Without it, that one is left out."""
    frames: int = 600
    """Of each made sequence."""
    seed: int = 0
    """Of the made sequences."""
    publish: bool = False
    """Keep the numbers in benchmarks/results, which documents are made from. Only on a machine left alone!"""
    uncommitted: bool = False
    """Publish what no commit can give again; the records say so."""


def count(poses: Poses, options: Options) -> dict[str, Any]:
    """Let all of them retarget a sequence, frame by frame in turn."""
    from rich.progress import track

    hand, model = bare_adroit()
    kinematics = Kinematics(hand, model)
    racers = contestants(hand, model, poses.points, options.network)
    for frame in track(range(len(poses.points)), poses.name, transient=True):
        for racer in racers:
            racer.take(frame)
    rows: dict[str, dict[str, float]] = {}
    hands = aligned(poses.points)
    for racer in racers:
        targets = racer.proportions(hands)
        rows[racer.name] = measures(kinematics, np.array(racer.angles), targets, poses.points, poses.angles)
        rows[racer.name]["ms"] = 1e3 * median(racer.seconds)
        rows[racer.name]["ms p99"] = 1e3 * float(np.quantile(racer.seconds, 0.99))
        if racer.batch is not None:
            rows[racer.name]["ms in 64"] = 1e3 * min(racer.batch() for _ in range(30)) / BATCH
    return {"about": poses.about, "rows": rows}


COLUMNS = {
    "tips, no pinch": ("tips, mm", 2),
    "joints": ("joints, mm", 2),
    "angles": ("angles, rad", 3),
    "gap < 15": ("gap, human's < 15 mm", 1),
    "gap < 30": ("gap, human's < 30 mm", 1),
    "false pinches": ("false pinches, %", 1),
    "largest jump": ("largest jump, rad", 2),
    "jump, calm": ("jump, calm hand, rad", 2),
    "jerk": ("jerk, rad", 3),
    "beyond limits": ("beyond limits, rad", 4),
    "ms": ("ms a frame", 2),
    "ms in 64": ("ms in a batch of 64", 3),
}
"""Those shown: how, and with how many digits."""


def table_of(found: Results, name: str) -> Comparison:
    """The published numbers of one pose set."""
    result = found.get(name, {"rows": {}})
    shown = [key for key in COLUMNS if any(key in row for row in result["rows"].values())]
    table = Comparison(f"Retargeting, {name}", [], notes=tuple(COLUMNS[key][0] for key in shown))
    for row, values in result["rows"].items():
        for key in shown:
            title, digits = COLUMNS[key]
            table.note(row, title, f"{values[key]:.{digits}f}" if key in values else "")
    return table


def report(results: Results) -> None:
    """Print the tables."""
    from rich.console import Console
    from rich.table import Table

    console = Console(width=200)
    for name, result in results.items():
        shown = [key for key in COLUMNS if any(key in row for row in result["rows"].values())]
        table = Table(name, *[COLUMNS[key][0] for key in shown], title=result["about"], box=None)
        for row, values in result["rows"].items():
            table.add_row(row, *[f"{values[key]:.{COLUMNS[key][1]}f}" if key in values else "" for key in shown])
        console.print(table, "")
    if not peers.installed():
        console.print(peers.NOTE)


def records(results: Results, options: Options) -> list[Record]:
    """What is published, a line a pose set."""
    asked = {name: asdict(options)[name] for name in ("frames", "seed")}
    return [published.record(name, "benchmarks.retargeting:count", asked, result) for name, result in results.items()]


def main(options: Options) -> int:
    """Count and report; returns the exit status."""
    if options.publish and not options.uncommitted:
        published.refuse_now()
    hand, model = bare_adroit()
    sets = [made(options.frames, options.seed), reachable(Kinematics(hand, model), options.frames, options.seed)]
    if options.poses is not None:
        sets.insert(0, tracked(options.poses))
    results = {poses.name: count(poses, options) for poses in sets}
    report(results)
    if options.publish:
        say_written(published.publish("retargeting", records(results, options), options.uncommitted))
    return 0


def every(found: Iterable[str]) -> list[str]:
    """The pose sets, in the order they are shown in."""
    return [name for name in ("tracked", "made", "reachable") if name in found]


if __name__ == "__main__":
    sys.exit(guarded(lambda: main(tyro.cli(Options, description=__doc__))))
