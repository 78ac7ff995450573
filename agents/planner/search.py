"""The points of a spline searched by the cross-entropy method, tried with an unsteady hand."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from agents.common.cross_entropy import CrossEntropy
from agents.planner.problem import Problem
from agents.planner.rollouts import Rollouts
from agents.planner.spline import basis
from hand_envs.core.simulation import State

Array = np.ndarray

SMALLEST = 0.03  # the search keeps trying at least so far about, in normalised action units


@dataclass(frozen=True)
class Window:
    """Which points are searched, and over which steps they are judged."""

    first_point: int
    last_point: int
    first_step: int
    last_step: int


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
