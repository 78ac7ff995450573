"""Tables I and II and the ablation, from the results of cells: those of a run, or the published ones."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any

from benchmarks.report import Comparison, success
from benchmarks.residual.paper import ABLATION, METHODS, NOISES, TABLE_1, TABLE_2, TASKS, TRAINING_NOISES

NOISE = "0.05"  # of Table II, the ablation and the curves
SPLITS = ("train", "test")
ABLATED = {"ours": "Ours", "ours-rl": "Ours, RL alone", "ours-il": "Ours, IL alone"}

Results = Mapping[str, Mapping[str, Any]]
"""What cells gave, by their names."""


def counted(results: Results, task: str, method: str, noise: str, kind: str, test: str) -> tuple[int, int] | None:
    """Successes and episodes of a test over all seeds; None if there are no results."""
    found = [each for name, each in results.items() if fnmatchcase(name, f"{task}/{method}/noise-{noise}/*/{kind}")]
    if not found:
        return None
    return sum(each["successes"][test] for each in found), sum(each["episodes"] for each in found)


def table1(results: Results) -> Comparison:
    """Agents trained at each noise and the user alone, at every noise, on the door."""
    table = Comparison("Table I: success on the door's test sequences, by test noise", NOISES, unit="%", digits=0)
    rows = {noise: (f"trained at {noise}", "ours", noise) for noise in TRAINING_NOISES}
    for row, (title, method, noise) in (rows | {"user": ("user alone", "ik", NOISE)}).items():
        for test, paper in zip(NOISES, TABLE_1[row], strict=True):
            if found := counted(results, "door", method, noise, "table1", test):
                table.put(title, test, success(*found, paper=paper / 100))
    return table


def table2(results: Results) -> Comparison:
    """Every method on every task, in training and in test."""
    tasks = [task for task in TASKS if any(fnmatchcase(name, f"{task}/*/table2") for name in results)]
    table = Comparison(
        "Table II: success at a noise of 0.05",
        [f"{task} {split}" for task in tasks for split in SPLITS],
        unit="%",
        digits=0,
    )
    for method, title in METHODS.items():
        for task in tasks:
            for split, paper in zip(SPLITS, TABLE_2[method][list(TASKS).index(task)], strict=True):
                if found := counted(results, task, method, NOISE, "table2", split):
                    table.put(title, f"{task} {split}", success(*found, paper=paper / 100))
    return table


def ablation(results: Results) -> Comparison:
    """Ours with the task's reward alone, and with imitation alone, on the door."""
    table = Comparison(
        "Ablation: success on the door's test sequences at a noise of 0.05", ["success"], unit="%", digits=0
    )
    for method, title in ABLATED.items():
        if found := counted(results, "door", method, NOISE, "table2", "test"):
            table.put(title, "success", success(*found, paper=ABLATION[method] / 100))
    return table
