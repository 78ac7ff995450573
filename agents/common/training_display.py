"""A supervised training on the terminal: how far it is, how fast, and what its evaluations say."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from hand_envs.cli.guard import guarded

Words = Callable[[Mapping[str, Any]], str]


class Display:
    """Shows the batches of a training that says `steps`, `seconds` and `loss` of each.

    Args:
        name: of what is trained.
        unit: of its steps.
        steps: in all.
        words: of an evaluation.
        evaluated: a name that a batch has if there was one.
        console: to show it on.
    """

    def __init__(self, name: str, unit: str, steps: int, words: Words, evaluated: str, console: Console) -> None:
        self.console, self.unit, self.words, self.evaluated = console, unit, words, evaluated
        self.progress = Progress(
            TextColumn(name), BarColumn(), TextColumn("{task.completed:,.0f} of {task.total:,.0f} " + unit),
            TextColumn("{task.fields[rate]}"), TimeRemainingColumn(), console=console,
        )  # fmt: skip
        self.bar = self.progress.add_task("", total=steps, rate="")
        self.begun = 0, 0.0

    def begin(self, steps: int, seconds: float) -> None:
        """Show where the run begins or goes on."""
        self.begun = steps, seconds
        self.progress.update(self.bar, completed=steps)

    def __call__(self, batch: dict[str, Any]) -> None:
        """Show a batch."""
        rate = (batch["steps"] - self.begun[0]) / max(batch["seconds"] - self.begun[1], 1e-9)
        self.progress.update(self.bar, completed=batch["steps"], rate=f"{rate:,.0f}/s loss {batch['loss']:.3f}")
        if self.evaluated in batch:
            self.console.print(f"{batch['steps']:>11,} {self.unit}: {self.words(batch)}")

    def watched(self, training: Any) -> Path:
        """Train to the end, shown; returns the folder of what was trained."""
        with training.open():
            self.begin(training.steps, training.seconds)
            with self.progress:
                folder: Path = training.learn()
        self.console.print(self.words(training.notes[-1]["test"]))
        return folder


def resumable(run: Callable[[list[Path]], None]) -> int:
    """Run a training that says in the list where it goes; returns the exit status. Ctrl+C says how to go on."""
    where: list[Path] = []

    def stopped() -> str:
        last = f" from the last half minute in {where[0]}" if where else ""
        return f"Stopped. The same command with --resume goes on{last}."

    return guarded(lambda: run(where), stopped)
