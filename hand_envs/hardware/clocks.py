"""Time that stands still until it is told to go on."""

from __future__ import annotations


class ManualClock:
    """A clock for tests and for what should not wait: seconds pass only by `advance`, which stands in for sleeping."""

    def __init__(self, now: float = 0.0) -> None:
        self.now = now

    def __call__(self) -> float:
        """What time it is (s)."""
        return self.now

    def advance(self, seconds: float) -> None:
        """Let so many seconds pass."""
        self.now += max(seconds, 0.0)
