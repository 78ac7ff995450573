"""Rates and their changes where episodes are not independent: those of one demonstration have its start and its target.

The demonstrations are what is drawn from all that there could be, so they are the clusters; how their episodes differ
from each other says nothing of another demonstration.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import sqrt
from statistics import NormalDist

import numpy as np

from benchmarks.report import Interval, Number, wilson
from hand_envs.errors import OptionError

Array = np.ndarray

_CONFIDENCE = 0.95


def success_of(outcomes: str, clusters: Sequence[int], paper: float | None = None) -> Number:
    """A success rate and its interval: Wilson's with the effective number of episodes of Korn and Graubard (1998).

    That is as many independent episodes as would vary as much, p (1 - p) / V, but no more than there are, and fewer by
    (z / t)^2 since V is estimated from G clusters, with t of G - 1 degrees of freedom. Where all succeed, or none, V
    says nothing, and there are as many as there are.
    """
    values = _values(outcomes, clusters)
    rate, count = float(values.mean()), len(values)
    if not _several(clusters):
        return Number(rate, Interval(0.0, 1.0), paper)
    varies = variance(values, clusters)
    effective = min(rate * (1 - rate) / varies, count) if varies > 0 else count
    effective *= (_normal() / student(len(set(clusters)) - 1)) ** 2
    return Number(rate, wilson(rate * effective, effective, _CONFIDENCE), paper)


def change_of(before: str, after: str, clusters: Sequence[int]) -> Number:
    """The change of a success rate in paired episodes, +- t sqrt(V) of the differences, with t as above."""
    difference = _values(after, clusters) - _values(before, clusters)
    change = float(difference.mean())
    if not _several(clusters):
        return Number(change, Interval(-1.0, 1.0))
    reach = student(len(set(clusters)) - 1) * sqrt(variance(difference, clusters))
    return Number(change, Interval(change - reach, change + reach))


def mean_over(
    tasks: Sequence[Mapping[int, float]], paper: float | None = None, least: float = 0.0, most: float = 1.0
) -> Number:
    """The mean m of tasks, which are what they are, and of seeds, which are drawn: m +- t sqrt(sum_i s_i^2 / n_i) / T.

    Args:
        tasks: a value for each seed, for each of T tasks; s_i is the deviation of the n_i seeds of one.
        paper: the paper's mean.
        least: that there can be.
        most: likewise.
    """
    values = [np.array(list(each.values())) for each in tasks]
    mean = float(np.mean([each.mean() for each in values]))
    freedom = sum(len(each) - 1 for each in values)
    if freedom < 1:
        return Number(mean, Interval(least, most), paper)
    varies = sum(float(each.var(ddof=1)) / len(each) for each in values if len(each) > 1)
    reach = student(freedom) * sqrt(varies) / len(values)
    return Number(mean, Interval(max(least, mean - reach), min(most, mean + reach)), paper)


def variance(values: Array, clusters: Sequence[int]) -> float:
    """Of the mean m of values in clusters, as of a ratio (Cochran 1977, chapter 6).

    V = G / (G - 1) sum_g (y_g - m n_g)^2 / n^2, with y_g the sum of the n_g values of cluster g.
    """
    _, place = np.unique(clusters, return_inverse=True)
    sums, sizes = np.bincount(place, values), np.bincount(place)
    count = len(sizes)
    off = sums - values.mean() * sizes
    return float(count / (count - 1) * (off @ off) / len(values) ** 2)


def student(freedom: int) -> float:
    """The two-sided 95 % quantile of Student's t, by the expansion of Abramowitz and Stegun (1964), 26.7.5.

    From 5 degrees of freedom on it is right to three digits; below, wide enough is good enough.
    """
    z = _normal()
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return z + sum(term / freedom ** (power + 1) for power, term in enumerate(terms))


def _normal() -> float:
    return NormalDist().inv_cdf((1 + _CONFIDENCE) / 2)


def _values(outcomes: str, clusters: Sequence[int]) -> Array:
    if len(outcomes) != len(clusters):
        raise OptionError(f"{len(outcomes)} episodes are of {len(clusters)} demonstrations: one each was expected.")
    return np.array([outcome == "1" for outcome in outcomes], float)


def _several(clusters: Sequence[int]) -> bool:
    """Of one cluster nothing can be said of another."""
    return len(set(clusters)) > 1
