"""Tables of what is learned on features, from the results of cells: those of a run, or the published ones."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf

from benchmarks.clusters import success_of
from benchmarks.report import Comparison
from benchmarks.vision.paper import TASKS
from benchmarks.vision.tables import MEAN, Results, mean, of, put_mean, rates, returns
from benchmarks.vision.variants import Variant

SIZES = ("samples", "minutes")


def success(results: Results, variants: Mapping[str, Variant]) -> Comparison:
    """Success of each way to learn, on each task."""
    tasks = _present(results, variants)
    table = Comparison("Success after learning", [*tasks, MEAN], unit="%", digits=0, notes=SIZES)
    for title, each in variants.items():
        for task in tasks:
            if found := of(results, task, each.row, each.kind):
                seeds = [seed for seed, result in found.items() for _ in result["success"]]
                outcomes = "".join(result["success"] for result in found.values())
                table.put(title, task, success_of(outcomes, seeds))
                table.note(title, "samples", f"{max(result['steps'] for result in found.values()) / 1e3:.0f} k")
                table.note(title, "minutes", f"{max(result['seconds'] for result in found.values()) / 60:.0f}")
        put_mean(table, title, [rates(results, task, each.row, each.kind) for task in tasks])
    return table


def earned(results: Results, variants: Mapping[str, Variant]) -> Comparison:
    """Returns of each way to learn as shares of the expert's, on each task."""
    tasks = _present(results, variants)
    table = Comparison("Return after learning, as a share of the expert's", [*tasks, MEAN], unit="%", digits=0)
    for title, each in variants.items():
        of_tasks = [returns(results, task, each.row, each.kind) for task in tasks]
        for task, found in zip(tasks, of_tasks, strict=True):
            if found:
                table.put(title, task, mean([found], -inf, inf))
        put_mean(table, title, of_tasks, -inf, inf)
    return table


def _present(results: Results, variants: Mapping[str, Variant]) -> list[str]:
    return [task for task in TASKS if any(of(results, task, each.row, each.kind) for each in variants.values())]
