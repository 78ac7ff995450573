"""Tables 1 and 2 from the results of cells: those of a run, or the published ones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any

from benchmarks.clusters import change_of, success_of
from benchmarks.deft.paper import ABLATED, ABLATIONS, ROWS, SPLITS, TABLE_1, TABLE_2, TASKS
from benchmarks.report import Comparison

Results = Mapping[str, Mapping[str, Any]]
Outcomes = tuple[str, list[int]]
"""The success of each attempt, and which task and seed it is of: attempts of one search are alike."""

MEAN = "mean"
_SEEDS = 2**32


def outcomes(results: Results, tasks: Iterable[str], row: str, split: str, kind: str = "trials") -> Outcomes:
    """Of all seeds."""
    found, searches = "", list[int]()
    for place, task in enumerate(tasks):
        for name in sorted(results):
            if fnmatchcase(name, f"{task}/{row}/seed-*/{kind}"):
                success = results[name]["splits"][split]["success"]
                found += success
                seed = int(name.split("/")[2].removeprefix("seed-"))
                searches += [place * _SEEDS + seed] * len(success)
    return found, searches


def table1(results: Results) -> Comparison:
    """Every row on every task, with the objects of training and with others; and the mean of the tasks."""
    tasks = _present(results, TASKS)
    title = "Table 1 (on the twin, an approximation): success"
    table = Comparison(title, _columns(tasks), unit="%", digits=0)
    for row, name in ROWS.items():
        _fill(table, results, tasks, row, name, TABLE_1.get(row, {}))
    return table


def table2(results: Results) -> Comparison:
    """Other rewards, policies and parameters."""
    tasks = _present(results, ABLATED)
    title = "Table 2 (on the twin, an approximation): success"
    table = Comparison(title, _columns(tasks), unit="%", digits=0)
    for row, name in ABLATIONS.items():
        _fill(table, results, tasks, row, name, TABLE_2.get(row, {}))
    return table


def gains(results: Results) -> Comparison:
    """What DEFT gains over the other rows in the same starts, over all tasks (percentage points)."""
    tasks = _present(results, TASKS)
    table = Comparison("DEFT's gain in success over all tasks", SPLITS, unit="%", digits=0)
    for row, name in ROWS.items():
        if row == "deft":
            continue
        for split in SPLITS:
            (before, searches), (after, others) = (outcomes(results, tasks, each, split) for each in (row, "deft"))
            if before and searches == others:
                table.put(f"over {name}", split, change_of(before, after, searches))
    return table


def _fill(
    table: Comparison,
    results: Results,
    tasks: list[str],
    row: str,
    name: str,
    paper: Mapping[str, tuple[float | None, float | None]],
) -> None:
    for place, split in enumerate(SPLITS):
        known = [theirs for task in tasks if (theirs := paper.get(task, (None, None))[place]) is not None]
        mean = sum(known) / len(known) if known and len(known) == len(tasks) else None
        for column, counted, theirs in (
            *((task, [task], paper.get(task, (None, None))[place]) for task in tasks),
            (MEAN, tasks, mean),
        ):
            found, searches = outcomes(results, counted, row, split)
            if found:
                table.put(name, f"{column} {split}", success_of(found, searches, theirs))


def _columns(tasks: list[str]) -> list[str]:
    return [f"{task} {split}" for task in (*tasks, MEAN) for split in SPLITS]


def _present(results: Results, tasks: Iterable[str]) -> list[str]:
    return [task for task in tasks if any(fnmatchcase(name, f"{task}/*/trials") for name in results)]
