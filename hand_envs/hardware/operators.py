"""Whoever stands beside a hand: says when all is ready, what a try was worth, and that it is to be done again."""

from __future__ import annotations

import math
import select
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import IO, Any, Protocol

from hand_envs.errors import HardwareError, OptionError


@dataclass(frozen=True)
class Verdict:
    """What a try was worth."""

    score: float
    """0 to 1."""
    again: bool = False
    """It does not count and is to be done again."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "score", score_of(self.score))


class Operator(Protocol):
    """Asked between tries; each question may take as long as a person takes."""

    def ready(self, what: str) -> bool:
        """Do that, then say so; False ends everything."""

    def confirm(self, question: str) -> bool:
        """Yes or no."""

    def verdict(self) -> Verdict:
        """Of the try that has just ended."""


def score_of(given: Any) -> float:
    """A score, if it is one."""
    real = isinstance(given, int | float) or type(given).__module__ == "numpy"
    try:
        score = float(given) if real else math.nan
    except (TypeError, ValueError):
        score = math.nan
    if not 0.0 <= score <= 1.0:  # NaN is not
        raise OptionError(f"A score is a number from 0 (nothing) to 1 (done), got {given!r}.")
    return score


class Console:
    """A person at a terminal.

    Args:
        patience: how long to wait for an answer (s); None for ever.
        source: where answers come from.
        sink: where questions go.
    """

    def __init__(
        self, patience: float | None = None, source: IO[str] | None = None, sink: IO[str] | None = None
    ) -> None:
        self.patience, self.source, self.sink = patience, source, sink

    def ready(self, what: str) -> bool:
        return self._ask(f"{what}, then press Enter (q to stop): ").lower() not in ("q", "quit")

    def confirm(self, question: str) -> bool:
        while True:
            answer = self._ask(f"{question} [y/n] ").lower()
            if answer in ("y", "yes", "n", "no"):
                return answer[0] == "y"

    def verdict(self) -> Verdict:
        while True:
            answer = self._ask("What was it worth, from 0 to 1? (r to do it again) ").lower()
            if answer in ("r", "redo"):
                return Verdict(0.0, again=True)
            try:
                return Verdict(float(answer))
            except ValueError:
                print("A number from 0 to 1, or r.", file=self.sink or sys.stderr)

    def _ask(self, question: str) -> str:
        print(question, end="", file=self.sink or sys.stderr, flush=True)
        source = self.source or sys.stdin
        if self.patience is not None and not select.select([source], [], [], self.patience)[0]:
            raise HardwareError(f"Nobody answered for {self.patience:g} s.")
        line = source.readline()
        if not line:
            raise HardwareError("There is nobody to ask: the input has ended. Give an operator that needs none.")
        return line.strip()


class Scripted:
    """Answers known beforehand: for tests, and for what needs no person.

    Args:
        scores: of the tries, one after the other; None among them asks for another try. The last one stays.
        ready: what is said when asked whether all is ready.
    """

    def __init__(self, scores: Iterable[float | None] = (1.0,), ready: bool = True) -> None:
        self._scores: Iterator[float | None] = iter(scores)
        self._verdict = Verdict(0.0)
        self._ready = ready
        self.asked: list[str] = []
        """Every question so far."""

    def ready(self, what: str) -> bool:
        self.asked.append(what)
        return self._ready

    def confirm(self, question: str) -> bool:
        self.asked.append(question)
        return self._ready

    def verdict(self) -> Verdict:
        self.asked.append("verdict")
        for score in self._scores:
            self._verdict = Verdict(0.0, again=True) if score is None else Verdict(score)
            break
        return self._verdict


class Calling(Scripted):
    """Ready at once; the score is what a function says.

    Args:
        score: gives it, from 0 to 1.
    """

    def __init__(self, score: Callable[[], float]) -> None:
        super().__init__()
        self._score = score

    def verdict(self) -> Verdict:
        return Verdict(self._score())


def operator_of(given: Any) -> Operator:
    """An operator, from itself, "console", a score or scores, or a function that gives scores."""
    if given is None or given == "console":
        return Console()
    if all(callable(getattr(given, name, None)) for name in ("ready", "confirm", "verdict")):
        return given
    if callable(given):
        return Calling(given)
    if isinstance(given, list | tuple):
        return Scripted(given)
    return Scripted([score_of(given)])
