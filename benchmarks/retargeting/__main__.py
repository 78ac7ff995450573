"""Kappas beside each other and dex-retargeting, on the same targets: `python -m benchmarks.retargeting`.

All of them take turns, some frames each, so that a busy machine slows all alike. Fingertips are held against the
human's on the robot's measures (`Proportions(scale="hand")`), unless a row says otherwise; nothing is filtered, unless
it says so.
"""

from __future__ import annotations

import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

import mujoco
import numpy as np
import tyro

from benchmarks import published
from benchmarks.command import say_written
from benchmarks.retargeting import peers, picture
from benchmarks.retargeting.contestants import BATCH, contestants
from benchmarks.retargeting.measures import measures
from benchmarks.retargeting.picture import bare_adroit
from benchmarks.retargeting.poses import Poses, made, reachable, tracked
from benchmarks.retargeting.tables import COLUMNS, Results
from benchmarks.runner.results import Record
from hand_envs.cli.guard import guarded
from hand_envs.core.hand import Hand
from hand_envs.poses.frames import aligned
from hand_envs.poses.retargeting import Closed, Kappa, Kinematics, Learned, Optimised

TURN = 20
"""Frames."""


@dataclass(frozen=True)
class Options:
    """What to retarget, and by whom."""

    poses: Path | None = None
    """An .npz with `joints` (n, 21, 3), m: tracked frames. Without it, only made ones are retargeted."""
    network: Path | None = None
    """Of the learned kappa. Without it, that one is left out."""
    frames: int = 600
    """Of each made sequence."""
    batches: int = 30
    """Of which the fastest counts: how fast it is, if nothing else runs."""
    seed: int = 5000
    """Of the made sequences; weights were chosen on others."""
    picture: Path | None = None
    """Draw some of the poses and what is made of them."""
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
    for first in track(range(0, len(poses.points), TURN), poses.name, transient=True):
        for racer in racers:
            for frame in range(first, min(first + TURN, len(poses.points))):
                racer.take(frame)
    rows: dict[str, dict[str, float]] = {}
    hands = aligned(poses.points)
    for racer in racers:
        targets = racer.proportions(hands)
        rows[racer.name] = measures(kinematics, np.array(racer.angles), targets, poses.points, poses.angles)
        rows[racer.name]["ms"] = 1e3 * median(racer.seconds)
        rows[racer.name]["ms p99"] = 1e3 * float(np.quantile(racer.seconds, 0.99))
        if racer.batch is not None:
            rows[racer.name]["ms in 64"] = 1e3 * min(racer.batch() for _ in range(options.batches)) / BATCH
    return {"about": poses.about, "rows": rows}


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
    if options.picture is not None:
        say_written(_draw(hand, model, sets, options))
    results = {poses.name: count(poses, options) for poses in sets}
    report(results)
    if options.publish:
        say_written(published.publish("retargeting", records(results, options), options.uncommitted))
    return 0


def _draw(hand: Hand, model: mujoco.MjModel, sets: list[Poses], options: Options) -> Path:
    kappas: dict[str, Kappa] = {"closed": Closed(hand, model), "optimised": Optimised(hand, model)}
    if options.network is not None:
        kappas["learned"] = Learned(hand, model, options.network)
    poses = picture.shown([each for each in sets if each.angles is None])
    assert options.picture is not None
    return picture.draw(options.picture, poses, picture.settled(kappas, poses))


if __name__ == "__main__":
    sys.exit(guarded(lambda: main(tyro.cli(Options, description=__doc__))))
