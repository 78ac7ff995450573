"""Tables from the results of cells: those of a run, or the published ones.

Returns are shares of what the expert earns in the same episodes: sum of a seed's episodes / sum of the expert's. The
means of tasks weigh each the same. Seed s begins in other states than seed s + 1, and in the same whatever the row, so
rows are compared seed by seed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fnmatch import fnmatchcase
from math import inf
from typing import Any

from benchmarks.clusters import mean_over, success_of
from benchmarks.report import Comparison, Number
from benchmarks.vision.paper import GAINS, TASKS
from benchmarks.vision.rows import EXPERT, titles

Results = Mapping[str, Mapping[str, Any]]
Seeds = Mapping[int, float]
"""A value for each seed."""

COUNTED = "cloned"
MEAN = "mean"


def of(results: Results, task: str, row: str, kind: str) -> dict[int, Mapping[str, Any]]:
    """Results of one kind, by seed."""
    found = {_seed(name): results[name] for name in results if fnmatchcase(name, f"{task}/{row}/seed-*/{kind}")}
    return dict(sorted(found.items()))


def rates(results: Results, task: str, row: str, kind: str = COUNTED) -> dict[int, float]:
    """The share of episodes that succeed, by seed."""
    found = of(results, task, row, kind)
    return {seed: each["success"].count("1") / len(each["success"]) for seed, each in found.items()}


def returns(results: Results, task: str, row: str, kind: str = COUNTED) -> dict[int, float]:
    """Of those seeds for which the expert was counted: the return as a share of the expert's."""
    found, best = of(results, task, row, kind), of(results, task, EXPERT, COUNTED)
    return {seed: sum(each["returns"]) / sum(best[seed]["returns"]) for seed, each in found.items() if seed in best}


def success(results: Results, kind: str = COUNTED) -> Comparison:
    """Success of every row on every task."""
    tasks = present(results, kind)
    table = Comparison("Success", [*tasks, MEAN], unit="%", digits=0)
    for row, title in rows(results, kind).items():
        for task in tasks:
            found = of(results, task, row, kind)
            if found:
                outcomes = [(seed, each["success"]) for seed, each in found.items()]
                seeds = [seed for seed, each in outcomes for _ in each]
                table.put(title, task, success_of("".join(each for _, each in outcomes), seeds))
        put_mean(table, title, [rates(results, task, row, kind) for task in tasks])
    return table


def earned(results: Results, kind: str = COUNTED) -> Comparison:
    """Returns of every row on every task, as shares of the expert's."""
    tasks = present(results, kind)
    table = Comparison("Return as a share of the expert's", [*tasks, MEAN], unit="%", digits=0)
    for row, title in rows(results, kind).items():
        for task in tasks:
            if found := returns(results, task, row, kind):
                table.put(title, task, mean([found], -inf, inf))
        put_mean(table, title, [returns(results, task, row, kind) for task in tasks], -inf, inf)
    return table


def gains(results: Results, kind: str = COUNTED, best: str = "3d") -> Comparison:
    """What one row gains over each other, in the same episodes (percentage points), over the tasks that both have."""
    called = rows(results, kind)
    table = Comparison(f"Gain of {called.get(best, best)}", ["success", "return"], unit="%", digits=0, notes=("tasks",))
    for row, title in called.items():
        if row in (best, EXPERT):
            continue
        for column, measure, most in (("success", rates, 1.0), ("return", returns, inf)):
            if changes := _changes(results, (row, best), kind, measure):
                paper = GAINS.get(row) if column == "return" else None
                table.put(f"over {title}", column, mean(changes, -most, most, paper))
                table.note(f"over {title}", "tasks", str(len(changes)))
    return table


def present(results: Results, kind: str) -> list[str]:
    """The tasks that there is something of."""
    return [task for task in TASKS if any(fnmatchcase(name, f"{task}/*/seed-*/{kind}") for name in results)]


def rows(results: Results, kind: str) -> dict[str, str]:
    """The rows that there is something of, and what they are called."""
    found = {name.split("/")[1]: None for name in sorted(results) if fnmatchcase(name, f"*/*/seed-*/{kind}")}
    return {row: title for row, title in titles(tuple(found)).items() if row in found}


def _changes(
    results: Results, pair: tuple[str, str], kind: str, measure: Callable[..., dict[int, float]]
) -> list[dict[int, float]]:
    """For each task that both rows have: how the second differs from the first, by seed."""
    found = [[measure(results, task, row, kind) for row in pair] for task in present(results, kind)]
    both = [(before, after, before.keys() & after.keys()) for before, after in found]
    return [{seed: after[seed] - before[seed] for seed in seeds} for before, after, seeds in both if seeds]


def put_mean(table: Comparison, title: str, tasks: Sequence[Seeds], least: float = 0.0, most: float = 1.0) -> None:
    """A mean over fewer tasks than other rows have would not be comparable."""
    if len(tasks) > 1 and all(tasks):
        table.put(title, MEAN, mean(tasks, least, most))


def mean(tasks: Sequence[Seeds], least: float, most: float, paper: float | None = None) -> Number:
    """With an interval where there are several seeds: one says nothing of another."""
    number = mean_over(tasks, paper, least, most)
    return number if any(len(each) > 1 for each in tasks) else Number(number.ours, None, paper)


def _seed(name: str) -> int:
    return int(name.split("/")[2].removeprefix("seed-"))
