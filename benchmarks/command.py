"""What the commands that make tables and figures have in common: sizes, seeds, where cells run, what is written."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, ClassVar, Literal

import tyro
from rich.console import Console

from benchmarks.report import Comparison
from benchmarks.runner import Cell, Options, Summary, run
from hand_envs.errors import HandEnvsError

_console = Console()


@dataclass(frozen=True)
class TableCommand:
    """How large, and where."""

    name: ClassVar[str]
    """Of the benchmark, in the name of its folder."""

    preset: Literal["smoke", "laptop", "paper"] = "laptop"
    """smoke: does it run, a minute; laptop: two cores and one seed; paper: three seeds."""
    steps: int = 0
    """Samples of each training; 0 for the preset's."""
    seeds: tuple[int, ...] = ()
    """Others than the preset's."""
    run: Annotated[Options, tyro.conf.arg(name="")] = field(default_factory=lambda: Options(Path()))
    """Where cells run."""

    @property
    def out(self) -> Path:
        """The folder of all that is made."""
        return Path("outputs") / f"{self.name}-{self.preset}" if self.run.out == Path() else self.run.out

    def go(self, cells: Iterable[Cell]) -> Summary:
        """Run cells."""
        return run(cells, replace(self.run, out=self.out))


def write(stem: Path, table: Comparison) -> None:
    """Print a table, and write it as Markdown and CSV."""
    markdown, csv = stem.with_suffix(".md"), stem.with_suffix(".csv")
    markdown.write_text(table.markdown())
    csv.write_text(table.csv())
    _console.print(table.rich())
    told_where(markdown, csv)


def told_where(*paths: Path) -> None:
    """Say what was written."""
    for path in paths:
        _console.print(f"written: {path}", soft_wrap=True)


def guarded(command: Callable[[], int]) -> int:
    """The exit status of a command, with our own errors as a line instead of a traceback."""
    try:
        return command()
    except HandEnvsError as error:
        _console.print(f"[red]error:[/red] {error}", soft_wrap=True)
        return 2
