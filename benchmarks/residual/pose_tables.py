"""Tables III and V, and what an agent changes for the users it helps, from the results of cells."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from math import sqrt
from typing import Any

from benchmarks.report import Comparison, Interval, Number, success
from benchmarks.residual.paper import ESTIMATOR, METHODS, POSES, TABLE_3, TABLE_5, TASKS

Results = Mapping[str, Mapping[str, Any]]
"""What cells gave, by their names."""

NAMES = {"gt": "GT", "est": "Est."}
_Z = 1.96  # of 95 %


def title(row: str) -> str:
    """A row's name in the table."""
    method, _, kind = row.partition(" ")
    if row == "ours a1":
        return "Ours (experiment A.1)"
    return METHODS[method] + (f" ({NAMES[kind]})" if kind else "")


def outcomes(results: Results, task: str, row: str, test: str) -> str | None:
    """The outcomes of the episodes of a test, `1` for success, of all seeds one after the other; None without."""
    method, _, kind = row.partition(" ")
    pattern = f"{task}/{method}/poses-{kind or 'est'}/*/table5"
    found = sorted(name for name in results if fnmatchcase(name, pattern))
    return "".join(results[name]["outcomes"][test] for name in found) or None


def table5(results: Results) -> Comparison:
    """Every method on every task, on true and on estimated hand poses."""
    return _table("Table V: success on test sequences of hand poses", results, tuple(TABLE_5), tuple(TASKS))


def table3(results: Results) -> Comparison:
    """The part of Table V that the paper has room for."""
    return _table("Table III: success on test sequences of hand poses", results, *TABLE_3)


def _table(name: str, results: Results, rows: tuple[str, ...], tasks: tuple[str, ...]) -> Comparison:
    there = [task for task in tasks if any(fnmatchcase(each, f"{task}/*/table5") for each in results)]
    columns = [f"{task} {NAMES[kind]}" for task in there for kind in POSES]
    table = Comparison(f"{name} (synthetic images)", columns, unit="%", digits=0)
    for row in rows:
        for task in there:
            for kind, paper in zip(POSES, TABLE_5[row][list(TASKS).index(task)], strict=True):
                if found := outcomes(results, task, row, kind):
                    number = success(found.count("1"), len(found), paper=paper / 100)
                    table.put(title(row), f"{task} {NAMES[kind]}", number)
    return table


def errors(results: Results) -> Comparison:
    """How far the estimator is off on each task's images, and how far hands move from step to step."""
    columns = ("images", "estimator's error (mm)", "moves a step, true (mm)", "moves a step, estimated (mm)")
    table = Comparison("Pose sequences (synthetic images)", columns)
    for task in TASKS:
        if found := results.get(f"{task}/sequences"):
            table.put(task, columns[0], Number(float(found["images"])))
            table.put(task, columns[1], Number(float(found["error_mm"]), paper=ESTIMATOR[task]))
            for column, kind in zip(columns[2:], POSES, strict=True):
                table.put(task, column, Number(float(found[f"{kind}_step_mm"])))
    return table


def gains(results: Results) -> Comparison:
    """What agents change, in the same episodes with and without them."""
    there = [task for task in TASKS if outcomes(results, task, "ik", "est")]
    columns = [f"{task} {NAMES[kind]}" for task in there for kind in POSES]
    table = Comparison("Gain over the user alone, in the same episodes", columns, unit="%", digits=1)
    for row in TABLE_5:
        for task in there:
            for kind in POSES:
                alone, helped = (outcomes(results, task, each, kind) for each in ("ik", row))
                if row != "ik" and alone and helped and len(alone) == len(helped):
                    table.put(title(row), f"{task} {NAMES[kind]}", paired_gain(alone, helped))
    return table


def paired_gain(before: str, after: str) -> Number:
    """The change of a success rate in paired episodes.

    With b episodes that only succeed after, and c that only succeed before, of n: (b - c) / n, and its 95 % interval
    by the variance (b + c - (b - c)^2 / n) / n^2 (Agresti 2002, 10.1).
    """
    pairs = list(zip(before, after, strict=True))
    gained, lost, n = pairs.count(("0", "1")), pairs.count(("1", "0")), len(pairs)
    change = (gained - lost) / n
    reach = _Z * sqrt(max(gained + lost - (gained - lost) ** 2 / n, 0.0)) / n
    return Number(change, Interval(change - reach, change + reach))
