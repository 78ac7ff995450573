"""The cross-entropy method over the points of a spline, tried with an unsteady hand."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from agents.planner.problem import Problem
from agents.planner.rollouts import Rollouts
from agents.planner.spline import basis
from hand_envs.core.simulation import State

Array = np.ndarray

ELITE = 8  # how many of the tries the next ones are drawn around
SMALLEST = 0.03  # the search keeps trying at least so far about, in normalised action units
SHARPNESS = 0.15  # relative excess of cost at which a try counts a third of the best


@dataclass(frozen=True)
class Window:
    """Which points are searched, and over which steps they are judged."""

    first_point: int
    last_point: int
    first_step: int
    last_step: int


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
        self._elite = mean[None]

    def ask(self, count: int) -> Array:
        """So many tries: the mean, the best of the last ones, and new ones."""
        tries: Array = self.mean + self.deviation * self.rng.normal(size=(count, *self.mean.shape))
        tries[0] = self.mean
        again = self._elite[: count - 1]
        tries[1 : 1 + len(again)] = again
        return tries

    def update(self, tries: Array, costs: Array) -> None:
        """What the tries cost."""
        best = np.argsort(costs)[:ELITE]
        self._elite, weights = tries[best], _weights(costs[best])
        self.mean = np.tensordot(weights, self._elite, 1)
        deviation = 0.4 * self.deviation + 0.6 * np.sqrt(np.tensordot(weights, (self._elite - self.mean) ** 2, 1))
        self.deviation = np.maximum(deviation, self._floor)


class Search:
    """Improves splines for a problem.

    All tries of an iteration suffer the same noise, and each iteration another: so that the better one wins, and that
    what wins in the end does so whatever the noise.

    Args:
        problem: what to solve.
        rollouts: where to try.
        rng: draws the tries and the noise.
        noise: standard deviation of the noise on every actuator and step, in normalised action units.
    """

    def __init__(self, problem: Problem, rollouts: Rollouts, rng: np.random.Generator, noise: float) -> None:
        self.problem, self.rollouts, self.rng, self.noise = problem, rollouts, rng, noise
        self.basis = basis(problem.steps, problem.spacing)

    def improve(self, points: Array, state: State, window: Window, iterations: int, spread: float = 1.0) -> Array:
        """Better points within a window that begins in `state`; `spread` scales the problem's own."""
        part = slice(window.first_point, window.last_point)
        draws = CrossEntropy(points[part], spread * self.problem.deviations, self.rng, SMALLEST)
        for _ in range(iterations):
            tries = np.clip(draws.ask(self.rollouts.count), -1.0, 1.0)
            whole = np.repeat(points[None], len(tries), axis=0)
            whole[:, part] = tries
            draws.update(tries, self.costs(whole, state, window))
        better = points.copy()
        better[part] = draws.mean
        return better

    def costs(self, points: Array, state: State, window: Window) -> Array:
        """What each of so many splines (n, points, actuators) costs over a window that begins in `state`."""
        steps = slice(window.first_step, window.last_step)
        actions = self.basis[steps] @ points
        noise = self.noise * self.rng.normal(size=actions.shape[1:])
        self.rollouts.put(state)
        total = np.zeros(len(points))
        for step, action in enumerate((actions + noise).swapaxes(0, 1), window.first_step):
            self.rollouts.act(action)
            total += self.problem.cost(step)
        bend = np.square(np.diff(points[:, max(window.first_point - 2, 0) : window.last_point], 2, axis=1)).mean((1, 2))
        return total + self.problem.bend * bend * actions.shape[1]


def _weights(costs: Array) -> Array:
    """What each of the elite counts: a rare good one counts for much, equals count alike."""
    weights = np.exp(-(costs - costs.min()) / (SHARPNESS * abs(costs.min()) + 1e-9))
    return weights / weights.sum()
