"""How long a query of a pose pool takes, beside a linear scan: `python -m benchmarks.pose_query`."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import tyro
from rich.console import Console
from rich.table import Table

from agents.estimator.sequences import PERSON, MadeImages
from hand_envs.cli.guard import guarded
from hand_envs.poses.retrieval import REACH, PosePool, described

Array = np.ndarray


def main(images: int = 200_000, queries: int = 100, k: int = 8) -> None:
    """Time both, and check that they answer the same.

    Args:
        images: in the pool.
        queries: hands that are looked up.
        k: nearest images asked for.
    """
    console = Console()
    with console.status("Posing hands"):
        made = MadeImages(images)
        pool = PosePool.of(made.points(np.arange(images)))
        angles, poses = described(MadeImages(queries, PERSON + 1).points(np.arange(queries)))
    asked = [(*angle, pose, k) for angle, pose in zip(angles, poses, strict=True)]
    ours, ours_ms = _timed(pool.nearest, asked)
    scanned, scan_ms = _timed(lambda *query: scan(pool, *query), asked)
    same = sum(np.array_equal(one[0], other[0]) for one, other in zip(ours, scanned, strict=True))
    table = Table("", "median (ms)", "95 % of queries below (ms)", title=f"{k} nearest of {images:,} hands", box=None)
    for name, times in (("PosePool", ours_ms), ("linear scan", scan_ms)):
        table.add_row(name, f"{np.median(times):.3f}", f"{np.quantile(times, 0.95):.3f}")
    console.print(table)
    ratio = np.median(scan_ms) / np.median(ours_ms)
    console.print(f"{ratio:.0f} times as fast; {same} of {queries} answers are the same")


def scan(pool: PosePool, azimuth: float, elevation: float, pose: Array, k: int) -> tuple[Array, Array]:
    """The definition of `PosePool.nearest`, looking at every hand."""
    away = np.abs(pool.azimuth - azimuth)
    away, reach = np.minimum(away, 2 * np.pi - away), REACH
    while (seen := (away <= reach) & (np.abs(pool.elevation - elevation) <= reach)).sum() < k:
        reach *= 2
    squares = np.where(seen, ((pool.poses - pose.astype(np.float32)) ** 2).sum(axis=1), np.inf)
    first = np.lexsort((pool.numbers, squares))[:k]
    return pool.numbers[first], np.sqrt(squares[first])


def _timed(answer: Callable[..., tuple[Array, Array]], asked: list[Any]) -> tuple[list[tuple[Array, Array]], Array]:
    answers, times = [], []
    for query in asked:
        began = time.perf_counter()
        answers.append(answer(*query))
        times.append(time.perf_counter() - began)
    return answers, 1e3 * np.array(times)


if __name__ == "__main__":
    sys.exit(guarded(lambda: tyro.cli(main, description=__doc__)))
