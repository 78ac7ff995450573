"""Tables of our numbers beside a paper's: on the terminal, as Markdown, as CSV.

table = Comparison("Table I", columns=["0.00", "0.05"], unit="%")
table.put("ours, door", "0.05", success(81, 100, paper=0.74))
Console().print(table.rich())
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import sqrt
from statistics import NormalDist
from typing import NamedTuple

from rich.markup import escape
from rich.table import Table

from hand_envs.errors import OptionError, choices


class Interval(NamedTuple):
    """Where the true value lies with the confidence asked for."""

    low: float
    high: float


def wilson(successes: float, trials: float, confidence: float = 0.95) -> Interval:
    """The interval of a success rate after `successes` of `trials`, by Wilson's score.

    With z the normal quantile of the confidence, p = k / n the rate found:

        (p + z^2 / 2n  +-  z sqrt(p (1 - p) / n + z^2 / 4n^2)) / (1 + z^2 / n)

    Unlike p +- z sqrt(p (1 - p) / n) it stays within 0 and 1, and does not shrink to a point at 0 or n successes. It
    takes the trials as independent: those of one trained agent speak for that agent, not for the training. Trials that
    are not may be as many as so many independent ones (`benchmarks.clusters`), which need be no whole number.
    """
    if not 0 <= successes <= trials or trials == 0:
        raise OptionError(f"Expected 0 <= successes <= trials and more trials than none, got {successes} of {trials}.")
    if not 0 < confidence < 1:
        raise OptionError(f"confidence lies between 0 and 1, got {confidence}.")
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    rate, shrink = successes / trials, 1 + z**2 / trials
    middle = (rate + z**2 / (2 * trials)) / shrink
    reach = z * sqrt(rate * (1 - rate) / trials + z**2 / (4 * trials**2)) / shrink
    return Interval(max(0.0, middle - reach), min(1.0, middle + reach))


@dataclass(frozen=True)
class Number:
    """A number of ours, and the paper's if it has one."""

    ours: float
    interval: Interval | None = None
    paper: float | None = None
    mark: str = ""
    """Behind ours: what has to be said of it, in a sign."""
    is_error: bool = False
    """Whether less is better."""

    @property
    def reached(self) -> bool:
        """Whether ours is at least as good as the paper's."""
        if self.paper is None:
            return False
        better = self.paper - self.ours if self.is_error else self.ours - self.paper
        return better >= -1e-9  # 0.8 may be 80 of 100 or a literal


def success(successes: int, trials: int, paper: float | None = None, confidence: float = 0.95) -> Number:
    """A success rate between 0 and 1, with its interval."""
    return Number(successes / max(1, trials), wilson(successes, trials, confidence), paper)


@dataclass
class Comparison:
    """A table of numbers, filled row by row.

    Args:
        title: what it is a table of.
        columns: their names, in order.
        unit: `%` shows rates between 0 and 1 as percentages.
        digits: after the point.
        confidence: of the intervals, for the legend.
        notes: names of columns of text between the rows' names and their numbers.
    """

    title: str
    columns: Sequence[str]
    unit: str = ""
    digits: int = 1
    confidence: float = 0.95
    notes: Sequence[str] = ()
    rows: dict[str, dict[str, Number]] = field(default_factory=dict)
    texts: dict[str, dict[str, str]] = field(default_factory=dict)
    """Of the notes, row by row."""

    def put(self, row: str, column: str, number: Number) -> None:
        """Set a cell; a row is begun with its first."""
        if column not in self.columns:
            raise OptionError(f"No such column in {self.title}: {choices(column, self.columns)}")
        self.rows.setdefault(row, {})[column] = number

    def note(self, row: str, column: str, text: str) -> None:
        """Set a text of a row."""
        if column not in self.notes:
            raise OptionError(f"No such notes in {self.title}: {choices(column, self.notes)}")
        self.texts.setdefault(row, {})[column] = text

    def rich(self) -> Table:
        """For the terminal: bold and green where ours is at least as good as the paper's."""
        head = map(escape, ("", *self.notes, *self.columns))
        table = Table(*head, title=escape(self.title), caption=escape(self.legend), box=None)
        for row in self.rows:
            table.add_row(escape(row), *map(escape, self._texts(row)), *self._cells(row, "[bold green]{}[/]"))
        return table

    def markdown(self) -> str:
        """For a page of its own: title, table and legend."""
        return f"**{self.title}**\n\n{self.markdown_table()}\n\n{self.legend}\n"

    def markdown_table(self) -> str:
        """For a page: bold where ours is at least as good as the paper's."""
        head = ["", *self.notes, *self.columns]
        lines = [head, ["---"] * len(head)]
        lines += [[row, *self._texts(row), *self._cells(row, "**{}**")] for row in self.rows]
        return "\n".join(f"| {' | '.join(part.replace('|', chr(92) + '|') for part in line)} |" for line in lines)

    def csv(self) -> str:
        """For other programs: a line a number, not rounded, absent ones empty."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(["row", "column", "ours", "low", "high", "paper", "reached"])
        for row, numbers in self.rows.items():
            for column in [column for column in self.columns if column in numbers]:
                number = numbers[column]
                low, high = number.interval or ("", "")
                paper = "" if number.paper is None else number.paper
                writer.writerow([row, column, number.ours, low, high, paper, "" if paper == "" else number.reached])
        return text.getvalue()

    @property
    def legend(self) -> str:
        """How to read a cell."""
        unit = f" in {self.unit}" if self.unit else ""
        return (
            f"ours ({self.confidence * 100:g} % interval) / paper{unit}; bold: ours is at least as good as the paper's"
        )

    def _texts(self, row: str) -> list[str]:
        return [self.texts.get(row, {}).get(column, "") for column in self.notes]

    def _cells(self, row: str, bold: str) -> list[str]:
        return [self._cell(self.rows[row].get(column), bold) for column in self.columns]

    def _cell(self, number: Number | None, bold: str) -> str:
        if number is None:
            return ""
        ours = self._text(number.ours)
        if number.interval:
            between = " to " if number.interval.low < 0 else "-"
            ours += f" ({self._text(number.interval.low)}{between}{self._text(number.interval.high)})"
        ours = (bold.format(ours) if number.reached else ours) + number.mark
        return ours if number.paper is None else f"{ours} / {self._text(number.paper)}"

    def _text(self, value: float) -> str:
        return f"{value * (100 if self.unit == '%' else 1):.{self.digits}f}"
