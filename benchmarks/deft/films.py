"""The rows of Table 1 side by side, at one attempt."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import gymnasium as gym

from agents.cem import Agent
from agents.cem.attempts import make
from agents.cem.evaluation import Propose, alone, learned
from agents.cem.films import scenes, write
from agents.cem.priors import prior_of
from benchmarks.deft.cells import GUESSES, env_of
from benchmarks.deft.paper import ROWS

_SEED = 3  # of the attempt
_SIZE = {"width": 240, "height": 240}


def film(path: Path, task: str, thing: str, searches: Mapping[str, Path]) -> Path:
    """A guess, or what a search has found, from the same start.

    Args:
        path: of the film.
        task: by its name in the table.
        thing: which object.
        searches: folders of the rows that search.
    """
    options = {"split": "test", "object": thing}
    env = make(env_of(task), options)
    try:
        shown = [
            scenes(name, env_of(task), {**options, **_SIZE}, _proposing(env, row, searches), 1, _SEED)
            for row, name in ROWS.items()
        ]
    finally:
        env.close()
    return write(path, shown)


def _proposing(env: gym.Env, row: str, searches: Mapping[str, Path]) -> Propose:
    if row in GUESSES:
        return alone(prior_of(GUESSES[row], env), "")
    agent = Agent.load(searches[row] / "agent")
    return learned(agent, prior_of(agent.config.prior, env))
