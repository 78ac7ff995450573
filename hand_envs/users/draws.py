"""What is drawn once an episode, from its seed."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

Fill = Callable[[int, np.random.Generator], None]


class EpisodeDraws:
    """Knows which simulations are in an episode whose draws are not there yet, and has them drawn.

    What is drawn follows from the seeds, which are part of the simulations' states, so it need not be: whoever restores
    a state finds the same draws again.

    Args:
        fill: writes what an episode draws from its generator to the row of its simulation.
        seeds: of the episodes, live, one a simulation.
        also: what else decides what is drawn, live, one a simulation.
    """

    def __init__(self, fill: Fill, seeds: np.ndarray, *also: np.ndarray) -> None:
        self.fill, self.keys = fill, (seeds, *also)
        self.drawn = np.full((len(self.keys), len(seeds)), -1, np.int64)

    def update(self) -> None:
        """Draw for the episodes that are new."""
        for index in np.flatnonzero((self.drawn != self.keys).any(axis=0)):
            self.fill(int(index), np.random.default_rng(self.keys[0][index]))
            self.drawn[:, index] = [key[index] for key in self.keys]
