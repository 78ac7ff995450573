"""Tables of what features know, from the results of cells: those of a run, or the published ones."""

from __future__ import annotations

from math import inf

import numpy as np

from benchmarks.clusters import mean_over
from benchmarks.report import Comparison, Number
from benchmarks.vision.tables import MEAN, Results, of, present, rows
from benchmarks.vision.targets import HAND, OBJECT, PLACE

MEASURES = {
    HAND: "Error of the hand's angles (degrees)",
    PLACE: "Error of the object's place (mm)",
    OBJECT: "Error of all that is told of the object, as a share of the guess's",
}
GUESS = "Guess: their mean"
_KIND = "probed"


def errors(results: Results, measure: str) -> Comparison:
    """Mean absolute error of every row on every task, in episodes that nothing was fitted to; less is better.

    Folds are what varies: networks that were drawn several times are first averaged in each. The guess is the mean of
    the episodes that are fitted to.
    """
    tasks = present(results, _KIND)
    share = measure == OBJECT
    table = Comparison(MEASURES[measure], [*tasks, MEAN], "%" if share else "", digits=0 if share else 1)
    found = {row: [folds(results, task, row, measure, "share" if share else "error") for task in tasks]
             for row in rows(results, _KIND)}  # fmt: skip
    named = {title: found[row] for row, title in rows(results, _KIND).items()}
    if not share:
        named = {GUESS: [folds(results, task, "*", measure, "guess") for task in tasks], **named}
    for title, of_tasks in named.items():
        for task, each in zip(tasks, of_tasks, strict=True):
            if each:
                table.put(title, task, _mean([each]))
        if len(tasks) > 1 and all(of_tasks):
            table.put(title, MEAN, _mean(of_tasks))
    return table


def folds(results: Results, task: str, row: str, measure: str, part: str) -> dict[int, float]:
    """The error in each fold, mean over the networks that were drawn."""
    found = [each[measure][part] for each in of(results, task, row, _KIND).values()]
    return dict(enumerate(np.mean(found, axis=0).tolist())) if found else {}


def _mean(tasks: list[dict[int, float]]) -> Number:
    number = mean_over(tasks, least=0.0, most=inf)
    return Number(number.ours, number.interval if len(tasks[0]) > 1 else None, is_error=True)
