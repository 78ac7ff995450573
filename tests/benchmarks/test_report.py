"""Intervals as computed by hand, and tables that say what they hold."""

from __future__ import annotations

import csv
import io

import pytest
from rich.console import Console

from benchmarks.report import Comparison, Interval, Number, success, wilson
from hand_envs.errors import OptionError


@pytest.mark.parametrize(
    ("successes", "trials", "confidence", "low", "high"),
    [
        # z = 1.959964, z^2 = 3.841459. 8 of 10: middle (0.8 + 0.192073) / 1.384146 = 0.716740;
        # reach 1.959964 sqrt(0.016 + 0.009604) / 1.384146 = 1.959964 * 0.160011 / 1.384146 = 0.226577
        (8, 10, 0.95, 0.490163, 0.943317),
        # nothing: 0 and z^2 / (n + z^2) = 3.841459 / 13.841459
        (0, 10, 0.95, 0.0, 0.277533),
        (10, 10, 0.95, 0.722467, 1.0),
        # one of two: symmetric; reach 1.959964 sqrt(0.125 + 0.240091) / 2.920729 = 0.405469
        (1, 2, 0.95, 0.094531, 0.905469),
        # 90 %: z = 1.644854, z^2 = 2.705543. 50 of 100: reach 1.644854 sqrt(0.0025 + 0.0000676386) / 1.02705543
        (50, 100, 0.90, 0.418847, 0.581153),
    ],
)
def test_wilson_is_as_by_hand(successes, trials, confidence, low, high):
    assert wilson(successes, trials, confidence) == pytest.approx((low, high), abs=2e-6)


@pytest.mark.parametrize(("successes", "trials"), [(1, 0), (3, 2), (-1, 2)])
def test_counts_that_cannot_be_are_refused(successes, trials):
    with pytest.raises(OptionError, match=f"got {successes} of {trials}"):
        wilson(successes, trials)


def test_a_confidence_in_percent_is_refused():
    with pytest.raises(OptionError, match="between 0 and 1, got 95"):
        wilson(1, 2, 95)


@pytest.fixture
def table() -> Comparison:
    table = Comparison("Table [I]", ["0.00", "a|b"], unit="%")
    table.put("ours", "0.00", success(8, 10, paper=0.8))
    table.put("ours", "a|b", success(8, 10, paper=0.801))
    table.put("user [raw]", "a|b", Number(0.25))
    return table


def test_markdown_has_ours_interval_and_paper(table):
    assert table.markdown().splitlines()[2:6] == [
        "|  | 0.00 | a\\|b |",
        "| --- | --- | --- |",
        "| ours | **80.0 (49.0-94.3)** / 80.0 | 80.0 (49.0-94.3) / 80.1 |",
        "| user [raw] |  | 25.0 |",
    ]


def test_csv_has_all_digits_and_leaves_absent_numbers_empty(table):
    rows = list(csv.DictReader(io.StringIO(table.csv())))
    assert [(row["row"], row["column"], row["reached"]) for row in rows] == [
        ("ours", "0.00", "True"),
        ("ours", "a|b", "False"),
        ("user [raw]", "a|b", ""),
    ]
    assert float(rows[0]["low"]) == wilson(8, 10).low
    assert (rows[2]["low"], rows[2]["paper"], float(rows[2]["ours"])) == ("", "", 0.25)


def test_the_terminal_shows_what_reaches_the_paper_in_bold(table):
    console = Console(file=io.StringIO(), force_terminal=True, width=120, color_system="standard")
    console.print(table.rich())
    shown = console.file.getvalue()
    assert "\x1b[1;32m80.0 (49.0-94.3)\x1b[0m / 80.0" in shown
    assert shown.count("\x1b[1;32m") == 1
    assert "Table [I]" in shown
    assert "user [raw]" in shown


def test_the_legend_says_how_sure_and_a_column_must_be_there(table):
    assert table.legend.startswith("ours (95 % interval) / paper in %")
    with pytest.raises(OptionError, match="No such column in Table .*: got '0.0'; did you mean '0.00'"):
        table.put("ours", "0.0", Number(1.0))
    assert Number(1.0, Interval(0.5, 1.5), paper=0.1 + 0.9).reached
