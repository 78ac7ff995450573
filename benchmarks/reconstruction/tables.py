"""Table IV from the results of cells."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from math import inf, sqrt
from typing import Any

import numpy as np

from benchmarks.clusters import student
from benchmarks.reconstruction.cells import KIND
from benchmarks.reconstruction.paper import METHODS, TABLE_4
from benchmarks.report import Comparison, Interval, Number

Results = Mapping[str, Mapping[str, Any]]
Array = np.ndarray

COUNTED = {"train": "train", "test": "test", "others": "others"}
"""Which splits the table has, and how it calls them: what is trained on, new takes of the same people, new people."""
UNSEEN = ("test", "others")


def clips(results: Results, task: str, row: str, split: str, measure: str) -> Array | None:
    """Means over the episodes of each clip and seed; None without results.

    Episodes of a clip are alike, so it is clips that intervals are about.
    """
    found = [
        results[name]["splits"][split]
        for name in sorted(results)
        if fnmatchcase(name, f"{task}/{row}/seed-*/{KIND}") and split in results[name]["splits"]
    ]
    if not found:
        return None
    means = []
    for each in found:
        values = np.array(list(map(int, each["success"])) if measure == "success" else each[measure], float)
        numbers = np.array(each["sequence"], int)
        means += [values[numbers == number].mean() for number in np.unique(numbers)]
    return np.array(means)


def number(
    values: Array, paper: float | None = None, scale: float = 1.0, least: float = 0.0, is_error: bool = False
) -> Number:
    """Their mean, with the 95 % interval of Student's t for these clips; nothing is outside of what it can be."""
    most = 100.0 if scale == 100.0 else inf  # of shares
    mean = scale * float(values.mean())
    count = len(values)
    reach = scale * student(count - 1) * float(values.std(ddof=1)) / sqrt(count) if count > 1 else 0.0
    return Number(mean, Interval(max(mean - reach, least), min(mean + reach, most)), paper, is_error=is_error)


def table4(results: Results, task: str) -> Comparison:
    """One task: T-bar (%), E_pose (mm) and success (%) of every method, on each split."""
    columns = [f"{split} {name}" for split in COUNTED.values() for name in ("T (%)", "E_pose (mm)", "success (%)")]
    table = Comparison(f"Table IV, {task} (synthetic sequences)", columns)
    for row, title in METHODS.items():
        for split, name in COUNTED.items():
            paper = TABLE_4[task].get(row, {}).get(split, (None,) * 3)
            measures = (
                ("lasted", "T (%)", 100.0),
                ("pose_error", "E_pose (mm)", 1e3),
                ("success", "success (%)", 100.0),
            )
            for (measure, column, scale), theirs in zip(measures, paper, strict=True):
                values = clips(results, task, row, split, measure)
                if values is not None:
                    found = number(values, theirs, scale, is_error=measure == "pose_error")
                    table.put(title, f"{name} {column}", found)
    return table


def gains(results: Results) -> Comparison:
    """What success gains from one method to the next, in the same episodes, clip by clip (percentage points).

    `unseen` are the clips of test and of others, which nothing was trained on.
    """
    steps = (("ik", "closing"), ("closing", "ours"), ("ours-nopose", "ours"), ("ours-nophi", "ours"))
    tasks = [task for task in TABLE_4 if any(fnmatchcase(name, f"{task}/*/{KIND}") for name in results)]
    pools = {**{split: (split,) for split in COUNTED}, "unseen": UNSEEN}
    table = Comparison("Gain in success, clip by clip", [f"{task} {pool}" for task in tasks for pool in pools], "%")
    for before, after in steps:
        for task in tasks:
            for pool, splits in pools.items():
                found = [_change(results, task, (before, after), split) for split in splits]
                changes = [change for change in found if change is not None]
                if len(changes) == len(splits):
                    change = number(np.concatenate(changes), least=-1.0)
                    table.put(f"{METHODS[before]} -> {METHODS[after]}", f"{task} {pool}", change)
    return table


def _change(results: Results, task: str, rows: tuple[str, str], split: str) -> Array | None:
    before, after = (clips(results, task, row, split, "success") for row in rows)
    return None if before is None or after is None or len(before) != len(after) else after - before
