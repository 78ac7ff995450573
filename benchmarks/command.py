"""What the commands that make tables and figures have in common: sizes, seeds, where cells run, what is written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

import tyro
from rich.console import Console

from benchmarks import published
from benchmarks.report import Comparison
from benchmarks.runner import Cell, Options, Summary, run
from hand_envs.errors import OptionError, choices
from hand_envs.files.atomic import write_text

_console = Console()


@dataclass(frozen=True)
class CellsCommand:
    """Where cells run, and whether their outcomes stay."""

    name: ClassVar[str]
    """Of the benchmark, in the name of its folder and of its file in benchmarks/results."""

    run: Annotated[Options, tyro.conf.arg(name="")] = field(default_factory=lambda: Options(Path()))
    """Where cells run."""
    publish: bool = False
    """Keep the outcomes in benchmarks/results, which documents are made from: commit them, and `make docs`."""
    uncommitted: bool = False
    """Publish also what was run with changes that are not committed; the records say so."""

    @property
    def out(self) -> Path:
        """The folder of all that is made."""
        return Path("outputs") / self._folder if self.run.out == Path() else self.run.out

    @property
    def _folder(self) -> str:
        return self.name

    def go(self, cells: Iterable[Cell]) -> Summary:
        """Run cells, and publish what is finished if asked to."""
        if self.publish and not self.uncommitted:
            published.refuse_now()
        summary = run(cells, replace(self.run, out=self.out))
        if self.publish:
            say_written(published.publish(self.name, summary.records.values(), self.uncommitted))
        return summary


@dataclass(frozen=True)
class TableCommand(CellsCommand):
    """How large, and where."""

    preset: Literal["smoke", "laptop", "paper"] = "laptop"
    """smoke: does it run, a minute; laptop: two cores and one seed; paper: three seeds."""
    steps: int = 0
    """Samples of each training; 0 for the preset's."""
    seeds: tuple[int, ...] = ()
    """Others than the preset's."""

    @property
    def _folder(self) -> str:
        return f"{self.name}-{self.preset}"

    def go(self, cells: Iterable[Cell]) -> Summary:
        """Run cells, and publish what is finished if asked to."""
        if self.publish and self.preset == "smoke":
            raise OptionError("--preset smoke only shows that a benchmark runs; --publish takes laptop or paper.")
        return super().go(cells)


def those_of(table: str, option: str, given: Sequence[str], valid: Iterable[str]) -> None:
    """Refuse rows, tasks or noises that a table does not have."""
    for each in given:
        if each not in valid:
            raise OptionError(f"{option} takes those of {table}: {choices(each, valid)}")


def complete(groups: Iterable[Sequence[Sequence[Cell]]], summary: Summary) -> dict[str, dict[str, Any]]:
    """The results of those groups of seeds in which none is missing: a table would count fewer than it was asked to.

    Args:
        groups: the seeds of what a table has a number of, each the cells that lead to it.
        summary: of the run.
    """
    finished = summary.results
    whole = [chain for group in groups if all(each[-1].name in finished for each in group) for chain in group]
    return {cell.name: finished[cell.name] for chain in whole for cell in chain}


def write(stem: Path, table: Comparison) -> None:
    """Print a table, and write it as Markdown and CSV."""
    markdown, csv = stem.with_suffix(".md"), stem.with_suffix(".csv")
    write_text(markdown, table.markdown())
    write_text(csv, table.csv())
    _console.print(table.rich())
    say_written(markdown, csv)


def say(text: str) -> None:
    """Print a line."""
    _console.print(text, soft_wrap=True)


def say_written(*paths: Path) -> None:
    """Say what was written."""
    for path in paths:
        _console.print(f"written: {path}", soft_wrap=True)
