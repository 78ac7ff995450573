"""Tables III and V, and what an agent changes for the users it helps, from the results of cells."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any

from benchmarks.clusters import change_of, success_of
from benchmarks.report import Comparison, Number
from benchmarks.residual.paper import ESTIMATOR, METHODS, POSES, TABLE_3, TABLE_5, TASKS

Results = Mapping[str, Mapping[str, Any]]
"""What cells gave, by their names."""

NAMES = {"gt": "GT", "est": "Est."}


def title(row: str) -> str:
    """A row's name in the table."""
    method, _, kind = row.partition(" ")
    if row == "ours a1":
        return "Ours (experiment A.1)"
    return METHODS[method] + (f" ({NAMES[kind]})" if kind else "")


def outcomes(results: Results, task: str, row: str, test: str) -> tuple[str, list[int]] | None:
    """The outcomes of the episodes of a test, `1` for success, of all seeds one after the other; None without.

    With them the number of the demonstration that each is of.
    """
    method, _, kind = row.partition(" ")
    pattern = f"{task}/{method}/poses-{kind or 'est'}/*/table5"
    draws = {name: f"{task}/draws/{name.split('/')[3]}" for name in sorted(results) if fnmatchcase(name, pattern)}
    found = [name for name, drawn in draws.items() if drawn in results]
    counted = "".join(results[name]["outcomes"][test] for name in found)
    return (counted, [number for name in found for number in results[draws[name]][test]["sequence"]]) if found else None


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
                    table.put(title(row), f"{task} {NAMES[kind]}", success_of(*found, paper / 100))
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
                if row != "ik" and alone and helped and alone[1] == helped[1]:
                    table.put(title(row), f"{task} {NAMES[kind]}", change_of(alone[0], *helped))
    return table
