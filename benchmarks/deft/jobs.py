"""What a cell does: search, or count attempts of what a search has found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np

from agents.cem import Agent, CemConfig, Training, evaluation
from agents.cem.attempts import Attempt, first_deviation, make
from agents.cem.evaluation import Propose, alone, learned
from agents.cem.pictures import write_picture
from agents.cem.priors import prior_of
from agents.common import checkpoints
from benchmarks.runner import Earlier

Array = np.ndarray
_LAST = "last.npz"


def search(config: Mapping[str, Any], folder: Path, after: Mapping[str, Earlier] | None = None) -> dict[str, Any]:
    """Search, or go on with what a stopped attempt has left; the agent is in `folder/agent`.

    What it comes after is the demonstration, if the reward is to compare with its picture.
    """
    shown = {"demonstration": str(next(iter(after.values())).folder / _LAST)} if after else {}
    training = Training(CemConfig.from_data({**config, **shown}), folder, resume=True)
    try:
        training.run()
    finally:
        training.env.close()
    done = training.log.episodes
    return {
        "rewards": [round(each.reward, 5) for each in done],
        "success": "".join(str(int(bool(each.success))) for each in done),
    }


def demonstrate(env: str, prior: str, seed: int, most: int, folder: Path) -> dict[str, Any]:
    """The last picture of an attempt that succeeded, or of the best one: nobody is there who demonstrates.

    Args:
        env: the task.
        prior: that attempts are made around.
        seed: of the first.
        most: attempts at most.
        folder: where `last.npz` is written.
    """
    made = make(env, _options("train"))
    try:
        deviation, guess = first_deviation(CemConfig(env=env), made), prior_of(prior, made)

        def around(observation: Any, rng: np.random.Generator) -> Array:
            return guess(observation, "") + rng.normal(0.0, deviation)

        best: Attempt | None = None
        for tried in evaluation.attempts(made, around, most, seed):
            if best is None or (bool(tried.success), tried.score) > (bool(best.success), best.score):
                best = tried
                write_picture(folder / _LAST, best.after)
            if tried.success:
                break
    finally:
        made.close()
    assert best is not None
    return {"success": bool(best.success), "score": round(best.score, 5), "tries": tried.number + 1}


def count(
    env: str,
    splits: Sequence[str],
    trials: int,
    seed: int,
    folder: Path,
    prior: str | None = None,
    changes: Mapping[str, Any] | None = None,
    moment: int | None = None,
    after: Mapping[str, Earlier] | None = None,
) -> dict[str, Any]:
    """Whether each attempt succeeded, and its score: of a prior alone, or of a policy fitted to the search before it.

    Args:
        env: the task.
        splits: whose objects to attempt.
        trials: attempts of each split.
        seed: of the first.
        folder: of the cell.
        prior: without a search.
        changes: of the search's config, for another policy.
        moment: so many episodes of the search, and no more.
        after: the search.
    """
    outcomes = {}
    for split in splits:
        made = make(env, _options(split))
        try:
            who = _guess(made, prior) if prior else _found(made, next(iter((after or {}).values())), changes, moment)
            found = evaluation.trials(made, who, trials, seed)
        finally:
            made.close()
        outcomes[split] = {
            "success": "".join(map(str, found.success.astype(int))),
            "scores": [round(float(score), 5) for score in found.scores],
        }
    return {"splits": outcomes, "trials": trials}


def _guess(env: gym.Env, prior: str) -> Propose:
    return alone(prior_of(prior, env), "")


def _found(env: gym.Env, search: Earlier, changes: Mapping[str, Any] | None, moment: int | None) -> Propose:
    """What a search's episodes teach, with its own prior."""
    config = CemConfig.from_data({**checkpoints.read(search.folder, "config.json"), **(changes or {})})
    return learned(Agent.of_search(config, env, search.folder, moment), prior_of(config.prior, env))


def _options(split: str) -> dict[str, Any]:
    """Whose objects are attempted."""
    return {"split": split}
