"""Find how to grip a thing: `python -m agents.planner.tune --env HandRelocateMug-v0`.

If none is kept yet, grips far about those known of other things are tried first; the best begins a search by the
cross-entropy method. What is found is kept beside the planner and begins every plan.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence

import numpy as np
import tyro

from agents.common.cross_entropy import CrossEntropy
from agents.planner.grip import Grip, found, keep
from agents.planner.plan import NOISE
from agents.planner.problems import PROBLEMS, problem_of
from agents.planner.relocate import RelocateProblem
from agents.planner.rollouts import Rollouts
from agents.planner.search import Search, Window
from hand_envs.cli.guard import guarded
from hand_envs.errors import OptionError

Array = np.ndarray

_FIRST_START = 1000  # seeds of the starts that grips are tried from: not those that are planned for
_DEVIATION = {"lengths": 0.008, "poses": 0.08, "fingers": 0.25}  # m, rad, rad: of the first tries of the search
_SMALLEST = 0.1  # share of them that is kept
_FAR = 2.0  # how much farther the first round of wide tries goes
_STARTS = 2  # that each wide try is judged by
_ROUNDS = 2  # of wide tries, where no grip was found yet


def wide_tries(
    kind: type[RelocateProblem], about: Sequence[Grip], rounds: int, count: int, nthread: int
) -> Iterator[tuple[float, Grip]]:
    """Best mean cost and grip after each round of tries far about these grips, then about the best of them.

    Where a first guess does not lift the thing at all, a search has nothing to follow; some of many tries do lift it.
    """
    rollouts, rng = Rollouts(kind.env_id, kind.options, count, nthread), np.random.default_rng(0)
    deviation = _deviation(about[0])
    for number in range(rounds):
        begun = np.stack([_numbers(grip) for grip in about])
        far = (_FAR if number == 0 else 1.0) * deviation
        tries = begun[rng.integers(len(begun), size=count)] + far * rng.normal(size=(count, len(deviation)))
        tries[: len(begun)] = begun[:count]
        seeds = range(_FIRST_START + number * _STARTS, _FIRST_START + (number + 1) * _STARTS)
        costs = np.mean([_costs(kind, rollouts, about[0], tries, seed, rng) for seed in seeds], axis=0)
        about = [about[0].like(tries[costs.argmin()])]
        yield float(costs.min()), about[0]


def tune(
    kind: type[RelocateProblem], first: Grip, iterations: int, count: int, nthread: int
) -> Iterator[tuple[float, Grip]]:
    """Cost of the best try, and the mean of the better tries, after each iteration of the cross-entropy method.

    Every iteration has its own start.
    """
    rollouts, rng = Rollouts(kind.env_id, kind.options, count, nthread), np.random.default_rng(0)
    deviation = _deviation(first)
    draws = CrossEntropy(_numbers(first), deviation, rng, _SMALLEST * deviation)
    for number in range(iterations):
        tries = draws.ask(count)
        costs = _costs(kind, rollouts, first, tries, _FIRST_START + number, rng)
        draws.update(tries, costs)
        yield float(costs.min()), first.like(draws.mean)


def known(kind: type[RelocateProblem]) -> list[Grip]:
    """The grip found for a thing or else its first guess, and those of other things that are of the same joints."""
    own = found(kind.env_id) or kind.first
    ids = dict.fromkeys(env_id for env_id, _ in PROBLEMS if env_id != kind.env_id)
    others = map(found, ids)
    return [own, *(each for each in others if each is not None and _same_joints(each, own))]


def _same_joints(one: Grip, other: Grip) -> bool:
    return (list(one.hand), list(one.turned)) == (list(other.hand), list(other.turned))


def _numbers(grip: Grip) -> Array:
    return np.concatenate(list(grip.groups().values()))


def _deviation(grip: Grip) -> Array:
    return np.concatenate([np.full(len(each), _DEVIATION[name]) for name, each in grip.groups().items()])


def _costs(
    kind: type[RelocateProblem], rollouts: Rollouts, like: Grip, tries: Array, seed: int, rng: np.random.Generator
) -> Array:
    """What the guesses with each of these grips cost from the start of a seed."""
    state = rollouts.begin(rollouts.draw(seed))
    problem = kind(rollouts.task, rollouts.sim)
    points = []
    for each in tries:
        problem.grip = like.like(each)
        points.append(problem.guess())
    window = Window(0, problem.points, 0, problem.steps)
    return Search(problem, rollouts, rng, NOISE).costs(np.stack(points), state, window)


def main(env: str, wide: int | None = None, iterations: int = 40, count: int = 64, nthread: int = 0) -> None:
    """Find a grip and keep it; a second run goes on from what is kept.

    Args:
        env: the environment, such as HandRelocateMug-v0.
        wide: rounds of wide tries before the search; by default two if no grip is kept yet.
        iterations: of the search.
        count: how many grips are tried at once.
        nthread: threads to simulate on, 0 for all cores.
    """
    kind = problem_of(env)
    if not issubclass(kind, RelocateProblem):
        raise OptionError(f"{env} is not about relocating a thing.")
    rounds = wide if wide is not None else 0 if found(env) else _ROUNDS
    begun = known(kind)
    for number, (cost, grip) in enumerate(wide_tries(kind, begun, rounds, 3 * count, nthread)):
        begun = [grip]
        if number + 1 == rounds:
            keep(env, grip)
        print(f"wide tries {number + 1}/{rounds}: best mean cost {cost:.2f}", flush=True)
    for number, (cost, grip) in enumerate(tune(kind, begun[0], iterations, count, nthread)):
        keep(env, grip)
        print(f"{number + 1}/{iterations}: best try {cost:.2f}; kept: the mean of the better ones", flush=True)


if __name__ == "__main__":
    sys.exit(guarded(lambda: tyro.cli(main, description=__doc__)))
