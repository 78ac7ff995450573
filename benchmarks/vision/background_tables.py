"""Tables of unseen backgrounds, from the results of cells: those of a run, or the published ones."""

from __future__ import annotations

import re
from collections.abc import Callable
from math import inf

from benchmarks.report import Comparison
from benchmarks.vision.cells import counted
from benchmarks.vision.paper import TASKS
from benchmarks.vision.rows import EXPERT, titles
from benchmarks.vision.tables import Results, mean, rates, returns
from benchmarks.vision.variants import MOMENTUM

TASK = "relocate-potted-meat-can"
"""The paper's."""
SEEN, UNSEEN = "as seen", "unseen, mean"


def success(results: Results) -> Comparison:
    """Success before each background, mean of the tasks."""
    return _table("Success", results, rates, 0.0, 1.0)


def earned(results: Results) -> Comparison:
    """Returns before each background as shares of the expert's, mean of the tasks."""
    return _table("Return as a share of the expert's", results, returns, -inf, inf)


def backgrounds(results: Results) -> list[int]:
    """Those that were never seen."""
    return sorted({int(found[1]) for name in results if (found := re.search(r"/background-(\d+)", name))})


def _table(
    title: str, results: Results, measure: Callable[..., dict[int, float]], least: float, most: float
) -> Comparison:
    unseen = backgrounds(results)
    table = Comparison(title, [SEEN, *map(str, unseen), UNSEEN], unit="%", digits=0)
    tasks = [task for task in TASKS if any(name.startswith(f"{task}/") and "/background-" in name for name in results)]
    found = {name.split("/")[1] for name in results if "/background-" in name} - {EXPERT}
    for row, called in titles(tuple(sorted(found))).items():
        for momentum in (0.0, MOMENTUM) if row in found else ():
            own = called if not momentum else f"{called}, statistics follow"
            by_look = {
                look: [measure(results, task, row, counted(look, momentum)) for task in tasks] for look in (0, *unseen)
            }
            for look, each in by_look.items():
                if all(each):
                    table.put(own, str(look) if look else SEEN, mean(each, least, most))
            if all(all(each) for each in by_look.values()):
                over = [_averaged([by_look[look][place] for look in unseen]) for place in range(len(tasks))]
                table.put(own, UNSEEN, mean(over, least, most))
    return table


def _averaged(looks: list[dict[int, float]]) -> dict[int, float]:
    """Over backgrounds, for each seed that has all."""
    seeds = set.intersection(*(set(each) for each in looks))
    return {seed: sum(each[seed] for each in looks) / len(looks) for seed in sorted(seeds)}
