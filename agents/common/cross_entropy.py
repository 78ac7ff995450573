"""The cross-entropy method: draw tries, and draw the next ones around the best of them."""

from __future__ import annotations

import numpy as np

Array = np.ndarray

ELITE = 8  # how many of the tries the next ones are drawn around
SHARPNESS = 0.15  # relative excess of cost at which a try counts a third of the best


class CrossEntropy:
    """Draws tries around the best of those before.

    Args:
        mean: what the first are drawn around.
        deviation: how far, broadcast to its shape.
        rng: draws them.
        smallest: a deviation that it keeps, unless the first was less.
    """

    def __init__(self, mean: Array, deviation: Array, rng: np.random.Generator, smallest: float | Array) -> None:
        self.mean, self.rng = mean, rng
        self.deviation = np.broadcast_to(deviation, mean.shape)
        self._floor = np.minimum(smallest, self.deviation)
        self.elite = mean[None]

    def ask(self, count: int) -> Array:
        """So many tries: the mean, the best of the last ones, and new ones."""
        tries: Array = self.mean + self.deviation * self.rng.normal(size=(count, *self.mean.shape))
        tries[0] = self.mean
        again = self.elite[: count - 1]
        tries[1 : 1 + len(again)] = again
        return tries

    def update(self, tries: Array, costs: Array) -> None:
        """What the tries cost."""
        best = np.argsort(costs)[:ELITE]
        self.elite, weights = tries[best], _weights(costs[best])
        self.mean = np.tensordot(weights, self.elite, 1)
        deviation = 0.4 * self.deviation + 0.6 * np.sqrt(np.tensordot(weights, (self.elite - self.mean) ** 2, 1))
        self.deviation = np.maximum(deviation, self._floor)


def _weights(costs: Array) -> Array:
    """What each of the elite counts: a rare good one counts for much, equals count alike."""
    weights = np.exp(-(costs - costs.min()) / (SHARPNESS * abs(costs.min()) + 1e-9))
    return weights / weights.sum()
