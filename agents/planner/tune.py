"""Find how to grip a thing: `python -m agents.planner.tune --env HandRelocateMug-v0`.

What is found is kept beside the planner and begins every plan.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import tyro

from agents.planner.grip import Grip, found, keep
from agents.planner.plan import NOISE
from agents.planner.problems import problem_of
from agents.planner.relocate import RelocateProblem
from agents.planner.rollouts import Rollouts
from agents.planner.search import CrossEntropy, Search, Window
from hand_envs.errors import OptionError

_FIRST_START = 1000  # seeds of the starts that grips are tried from: not those that are planned for
_DEVIATION = {"lengths": 0.008, "poses": 0.08, "fingers": 0.25}  # m, rad, rad: of the first tries
_SMALLEST = 0.1  # share of them that is kept


def tune(
    kind: type[RelocateProblem], first: Grip, iterations: int, count: int, nthread: int
) -> Iterator[tuple[float, Grip]]:
    """Best cost and grip after each iteration of the cross-entropy method; every iteration has its own start."""
    rollouts = Rollouts(kind.env_id, kind.options, count, nthread)
    rng = np.random.default_rng(0)
    groups = first.groups()
    deviation = np.concatenate([np.full(len(each), _DEVIATION[name]) for name, each in groups.items()])
    draws = CrossEntropy(np.concatenate(list(groups.values())), deviation, rng, _SMALLEST * deviation)
    for number in range(iterations):
        state = rollouts.begin(rollouts.draw(_FIRST_START + number))
        problem = kind(rollouts.task, rollouts.sim)
        window = Window(0, problem.points, 0, problem.steps)
        tries = draws.ask(count)
        points = []
        for each in tries:
            problem.grip = first.like(each)
            points.append(problem.guess())
        costs = Search(problem, rollouts, rng, NOISE).costs(np.stack(points), state, window)
        draws.tell(tries, costs)
        yield float(costs.min()), first.like(draws.mean)


def main(env: str, iterations: int = 40, count: int = 64, nthread: int = 0) -> None:
    """Find a grip and keep it; a second run goes on from what is kept.

    Args:
        env: the environment, such as HandRelocateMug-v0.
        iterations: of the search.
        count: how many grips are tried at once.
        nthread: threads to simulate on, 0 for all cores.
    """
    kind = problem_of(env)
    if not issubclass(kind, RelocateProblem):
        raise OptionError(f"{env} is not about relocating a thing.")
    for number, (cost, grip) in enumerate(tune(kind, found(env) or kind.first, iterations, count, nthread)):
        keep(env, grip)
        print(f"{number + 1}/{iterations}: best cost {cost:.2f}", flush=True)


if __name__ == "__main__":
    tyro.cli(main, description=__doc__)
