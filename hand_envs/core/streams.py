"""Random numbers for many simulations, each from its own generator."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np


class Streams:
    """One random generator a simulation, drawn from together.

    Row i of every draw comes from generator i alone, so that what a simulation draws depends on its own seed and
    never on how many neighbours it has or which of them are reset with it.
    """

    def __init__(self, generators: Sequence[np.random.Generator]) -> None:
        self.generators = list(generators)

    def uniform(self, low: Any, high: Any) -> np.ndarray:
        """Draws from [low, high), of shape (n, *shape of the bounds)."""
        return self._each(lambda generator: generator.uniform(low, high))

    def integers(self, high: int) -> np.ndarray:
        """Draws from 0, ..., high - 1, of shape (n,)."""
        return self._each(lambda generator: generator.integers(high))

    def _each(self, draw: Callable[[np.random.Generator], Any]) -> np.ndarray:
        return np.stack([np.asarray(draw(generator)) for generator in self.generators])
