"""Intervals of episodes that are not independent, against values worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.clusters import change_of, student, success_of, variance
from benchmarks.report import wilson
from hand_envs.errors import OptionError

Z = 1.959964


@pytest.mark.parametrize(("freedom", "quantile"), [(2, 4.303), (5, 2.571), (12, 2.179), (77, 1.991)])
def test_student_is_that_of_tables(freedom, quantile):
    assert student(freedom) == pytest.approx(quantile, rel=8e-3)


def test_variance_by_hand():
    """Clusters of 3, 1 and 2 with sums 3, 0 and 1: m = 2/3, off by 1, -2/3, -1/3: 3/2 (1 + 4/9 + 1/9) / 36."""
    assert variance(np.array([1, 1, 1, 0, 1, 0.0]), [7, 7, 7, 8, 9, 9]) == pytest.approx(3 / 2 * (14 / 9) / 36)


def test_episodes_that_repeat_count_once():
    """78 outcomes, each counted five times over, have the interval of 78, and not that of 390."""
    random = np.random.default_rng(0)
    distinct = "".join(random.choice(["0", "1"], p=[0.35, 0.65], size=78))
    once, often = success_of(distinct, range(78)), success_of(distinct * 5, [*range(78)] * 5)
    assert often.ours == once.ours
    assert often.interval == pytest.approx(once.interval, abs=1e-9)
    naive = wilson(distinct.count("1"), 78)
    assert np.subtract(*often.interval) == pytest.approx(np.subtract(*naive), rel=0.03)


def test_clusters_that_differ_are_so_many_episodes():
    """All episodes of a demonstration succeed, or none: 13 demonstrations are 13 episodes, and V has 12 of them."""
    outcomes = "1" * 9 * 30 + "0" * 4 * 30
    number = success_of(outcomes, np.repeat(range(13), 30).tolist(), paper=0.5)
    effective = 12 * (Z / 2.17881) ** 2  # p (1 - p) / V = 13 * (12 / 13)
    assert number.interval == pytest.approx(wilson(9 / 13 * effective, effective), abs=1e-4)
    assert (number.ours, number.paper) == (pytest.approx(9 / 13), 0.5)


def test_no_more_episodes_than_there_are():
    """Demonstrations that are more alike than chance would have them are no reason to be surer."""
    number = success_of("10" * 26, [number for number in range(13) for _ in range(4)])
    effective = 52 * (Z / 2.17881) ** 2
    assert number.interval == pytest.approx(wilson(effective / 2, effective), abs=1e-4)
    assert success_of("1" * 52, [*range(13)] * 4).interval == pytest.approx(wilson(effective, effective), abs=1e-4)


def test_a_change_by_hand():
    """4, 2, 2 and 0 of the ten pairs of four demonstrations are gained: 0.2 +- 3.182 sqrt(4/3 (4 + 0 + 0 + 4)) / 40."""
    before, after, clusters = "0" * 40, "", np.repeat(range(4), 10).tolist()
    for gained in (4, 2, 2, 0):
        after += "1" * gained + "0" * (10 - gained)
    number = change_of(before, after, clusters)
    reach = 3.182 * np.sqrt(4 / 3 * 8) / 40
    assert number.ours == pytest.approx(0.2)
    assert number.interval == pytest.approx((0.2 - reach, 0.2 + reach), abs=5e-4)
    assert change_of(after, before, clusters).ours == pytest.approx(-0.2)


def test_intervals_hold_what_they_should():
    """In 95 of 100 draws of demonstrations, each with a rate of its own; Wilson's of all episodes holds it in half."""
    random, held, naive, trials = np.random.default_rng(1), 0, 0, 400
    clusters = np.repeat(range(13), 30).tolist()
    for _ in range(trials):
        rates = random.beta(2.0, 1.0, 13)
        outcomes = "".join("01"[int(each)] for each in random.uniform(size=390) < np.repeat(rates, 30))
        low, high = success_of(outcomes, clusters).interval
        held += low <= 2 / 3 <= high
        low, high = wilson(outcomes.count("1"), 390)
        naive += low <= 2 / 3 <= high
    assert 0.92 <= held / trials <= 0.98
    assert naive / trials < 0.7


def test_of_one_demonstration_nothing_can_be_said_of_another():
    assert success_of("1101", [3] * 4).interval == (0, 1)
    assert change_of("0000", "1101", [3] * 4).interval == (-1, 1)
    with pytest.raises(OptionError, match="4 episodes are of 3 demonstrations"):
        success_of("1101", [0, 1, 2])
