"""Planning one demonstration: a first guess, made better until it holds up to noise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from agents.common.cross_entropy import CrossEntropy
from agents.planner.problem import Problem
from agents.planner.rollouts import Rollouts
from agents.planner.search import Search, Window
from agents.planner.spline import ORDER
from hand_envs.core.simulation import State

Array = np.ndarray

NOISE = 0.05  # standard deviation, in normalised action units, of the unsteadiness that plans are made for


@dataclass(frozen=True)
class Plan:
    """The points of a spline for a start, and how well they did."""

    seed: int
    start: State
    points: Array
    solved: bool
    """Whether it succeeds with a steady hand, and stays so."""
    steadiness: float
    """Share of the noisy tries that succeed."""

    @property
    def merit(self) -> float:
        """What plans for the same start are compared by."""
        return self.steadiness + self.solved


class Planner:
    """Plans for one task.

    Args:
        kind: the task, as the planner sees it.
        count: how many tries are simulated together.
        nthread: threads to simulate them on; the plans do not depend on it.
    """

    def __init__(self, kind: type[Problem], count: int = 64, nthread: int = 1) -> None:
        self.kind = kind
        self.rollouts = Rollouts(kind.env_id, kind.options, count, nthread)

    def plan(self, seed: int, rounds: int | None = None) -> Plan:
        """The best plan found for the start that the task draws for `seed`."""
        start = self.rollouts.draw(seed)
        state = self.rollouts.begin(start)
        problem = self.kind(self.rollouts.task, self.rollouts.sim)
        search = Search(problem, self.rollouts, np.random.default_rng(seed), NOISE)
        points = problem.guess()
        best = self._judged(seed, start, state, points, search)
        if self.kind.scatter and not best.solved:
            points = self._best_of_many(state, points, search)
            best = max(best, self._judged(seed, start, state, points, search), key=lambda plan: plan.merit)
        for number in range(self.kind.rounds if rounds is None else rounds):
            if best.solved and best.steadiness >= self.kind.enough:
                break
            spread = 1.0 if number == 0 or not best.solved else 0.5
            window = Window(ORDER - 1, problem.points, 0, problem.steps)
            points = search.improve(points, state, window, self.kind.iterations, spread)
            best = max(best, self._judged(seed, start, state, points, search), key=lambda plan: plan.merit)
        return best

    def _best_of_many(self, state: State, points: Array, search: Search) -> Array:
        """The try around these points that costs least, of those that solve the problem if there are any."""
        problem, rollouts = search.problem, self.rollouts
        tries = CrossEntropy(points, problem.scatter * problem.deviations, search.rng, 0.0).ask(rollouts.count)
        tries = np.clip(tries, -1.0, 1.0)
        rollouts.put(state)
        solved, cost = np.ones(len(tries), bool), np.zeros(len(tries))
        for step, actions in enumerate((search.basis @ tries).swapaxes(0, 1)):
            rollouts.act(actions)
            cost += problem.cost(step)
            if step >= problem.steps - problem.stays:
                solved &= problem.solved()
        best: Array = tries[np.lexsort((cost, ~solved))[0]]
        return best

    def _judged(self, seed: int, start: State, state: State, points: Array, search: Search) -> Plan:
        """A plan tried once with a steady hand and otherwise with an unsteady one."""
        problem, rollouts = search.problem, self.rollouts
        rollouts.put(state)
        well = np.ones(rollouts.count, bool)
        generator = np.random.default_rng(seed)
        for step, action in enumerate(search.basis @ points):
            noise = NOISE * generator.normal(size=(rollouts.count, len(action)))
            noise[0] = 0.0
            rollouts.act(action + noise)
            well &= problem.sound(step)
            if step >= problem.steps - problem.stays:
                well[0] &= problem.solved()[0]
        well &= rollouts.task.success(rollouts.sim)
        return Plan(seed, start, points, bool(well[0]), float(well[1:].mean()))
