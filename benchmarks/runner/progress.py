"""How far the cells are: a bar on a terminal, lines in a file."""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import timedelta
from types import TracebackType

from rich.console import Console, RenderableType
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text


class CellProgress:
    """Shows cells done and running, the time taken, and the time left at the pace so far.

    Args:
        total: how many cells there are.
        kept: how many of them are done already.
    """

    def __init__(self, total: int, kept: int, console: Console | None = None) -> None:
        self.console = console or Console()
        self.total, self.kept, self.done = total, kept, kept
        self._began = time.monotonic()
        self._bar = _Bar(self.console)
        self._task = self._bar.add_task("cells", total=total, completed=kept, left="")

    def __enter__(self) -> CellProgress:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.names = ""
        self._bar.stop()

    def finished(self, name: str, seconds: float, running: Iterable[str]) -> None:
        """A cell is done."""
        self.done += 1
        self.running(running)
        if not self.console.is_terminal:
            left = f", {self.left} left" if self.left else ""
            self.say(f"[{self.done}/{self.total}] {name}: {seconds:.1f} s{left}")

    def running(self, names: Iterable[str]) -> None:
        """Which cells are at work now."""
        self._bar.names = ", ".join(names)
        self._bar.update(self._task, completed=self.done, left=f"{self.left} left" if self.left else "")

    def say(self, text: str) -> None:
        """A line above the bar."""
        self.console.print(text, markup=False, highlight=False, soft_wrap=True)

    @property
    def left(self) -> str:
        """Time left, once a cell of this run is done."""
        if self.done == self.kept or self.done == self.total:
            return ""
        each = (time.monotonic() - self._began) / (self.done - self.kept)
        return f"about {timedelta(seconds=round(each * (self.total - self.done)))}"


class _Bar(Progress):
    """The bar, and under it the names of the running cells."""

    def __init__(self, console: Console) -> None:
        self.names = ""
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        super().__init__(*columns, TextColumn("{task.fields[left]}"), console=console, disable=not console.is_terminal)

    def get_renderables(self) -> Iterable[RenderableType]:
        yield self.make_tasks_table(self.tasks)
        yield Text(f"running: {self.names}" if self.names else "", overflow="ellipsis", no_wrap=True, style="dim")
