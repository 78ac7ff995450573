"""Tables 1 and 2 from the results of cells: those of a run, or the published ones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any

from benchmarks.clusters import mean_over, success_of
from benchmarks.deft.paper import ABLATED, ABLATIONS, ROWS, SPLITS, TABLE_1, TABLE_2, TASKS
from benchmarks.report import Comparison, Number

Results = Mapping[str, Mapping[str, Any]]
Paper = Mapping[str, Mapping[str, tuple[float | None, float | None]]]

MEAN = "mean"


def rates(results: Results, task: str, row: str, split: str, kind: str = "trials") -> dict[int, float]:
    """The share of attempts that succeeded, by seed."""
    found = {}
    for name in results:
        if fnmatchcase(name, f"{task}/{row}/seed-*/{kind}"):
            success = results[name]["splits"][split]["success"]
            found[int(name.split("/")[2].removeprefix("seed-"))] = success.count("1") / len(success)
    return found


def counted(
    results: Results, task: str, row: str, split: str, paper: float | None, kind: str = "trials"
) -> Number | None:
    """Success on a task over all seeds; attempts of one search are alike, so it is searches that are drawn."""
    found = [
        (seed, results[f"{task}/{row}/seed-{seed}/{kind}"]["splits"][split]["success"])
        for seed in sorted(rates(results, task, row, split, kind))
    ]
    if not found:
        return None
    searches = [seed for seed, success in found for _ in success]
    return success_of("".join(success for _, success in found), searches, paper)


def table1(results: Results) -> Comparison:
    """Every row on every task, with the objects of training and with others; and the mean of the tasks."""
    return _table("Table 1", results, _present(results, TASKS), ROWS, TABLE_1)


def table2(results: Results) -> Comparison:
    """Other rewards, policies and parameters."""
    return _table("Table 2", results, _present(results, ABLATED), ABLATIONS, TABLE_2)


def gains(results: Results) -> Comparison:
    """What DEFT gains over the other rows in the same starts, over all tasks (percentage points)."""
    tasks = _present(results, TASKS)
    table = Comparison("DEFT's gain in success over all tasks", SPLITS, unit="%", digits=0)
    for row, name in ROWS.items():
        for split in SPLITS if row != "deft" else ():
            pairs = [(rates(results, task, row, split), rates(results, task, "deft", split)) for task in tasks]
            if pairs and all(before and before.keys() == after.keys() for before, after in pairs):
                changes = [{seed: after[seed] - before[seed] for seed in after} for before, after in pairs]
                table.put(f"over {name}", split, mean_over(changes, least=-1.0))
    return table


def _table(title: str, results: Results, tasks: list[str], rows: Mapping[str, str], paper: Paper) -> Comparison:
    columns = [f"{task} {split}" for task in (*tasks, MEAN) for split in SPLITS]
    table = Comparison(f"{title} (on the twin, an approximation): success", columns, unit="%", digits=0)
    for row, name in rows.items():
        for place, split in enumerate(SPLITS):
            theirs = [paper.get(row, {}).get(task, (None, None))[place] for task in tasks]
            for task, known in zip(tasks, theirs, strict=True):
                if (number := counted(results, task, row, split, known)) is not None:
                    table.put(name, f"{task} {split}", number)
            found = [rates(results, task, row, split) for task in tasks]
            if found and all(found):
                numbers = [each for each in theirs if each is not None]
                whole = sum(numbers) / len(numbers) if len(numbers) == len(tasks) else None
                table.put(name, f"{MEAN} {split}", mean_over(found, whole))
    return table


def _present(results: Results, tasks: Iterable[str]) -> list[str]:
    return [task for task in tasks if any(fnmatchcase(name, f"{task}/*/trials") for name in results)]
