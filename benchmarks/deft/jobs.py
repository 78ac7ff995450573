"""What a cell does: search, or count attempts of what a search has found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import gymnasium as gym

from agents.cem import Agent, CemConfig, Training, evaluation
from agents.cem.attempts import make
from agents.cem.evaluation import Propose, alone, learned
from agents.cem.pictures import write_picture
from agents.cem.priors import prior_of
from agents.common import checkpoints
from benchmarks.runner import Earlier
from hand_envs.attempts.demonstrate import SCRIPTS
from hand_envs.faces.single import HandEnv
from hand_envs.tasks.household.base import HouseholdTask

_LAST = "last.npz"
_TRIES = 20
"""At a demonstration."""
_APART = 10_000
"""Between the seeds of attempts that are counted for one seed and the next."""
_DEMONSTRATIONS = 900_000
"""Seeds of demonstrations begin here: none is counted."""


def search(
    config: Mapping[str, Any], objects: Sequence[str], folder: Path, after: Mapping[str, Earlier] | None = None
) -> dict[str, Any]:
    """Search, or go on with what a stopped attempt has left; the agent is in `folder/agent`.

    Args:
        config: of the search.
        objects: of which seeds take turns in learning with one.
        folder: of the search.
        after: the demonstration, if the reward is to compare with its picture.
    """
    options = {**config["options"], **_learned_with(objects, config["seed"])}
    shown = {"demonstration": str(next(iter(after.values())).folder / _LAST)} if after else {}
    training = Training(CemConfig.from_data({**config, "options": options, **shown}), folder, resume=True)
    try:
        training.run()
    finally:
        training.env.close()
    done = training.log.episodes
    return {
        "rewards": [round(each.reward, 5) for each in done],
        "success": "".join(str(int(bool(each.success))) for each in done),
    }


def demonstrate(env: str, objects: Sequence[str], seed: int, folder: Path) -> dict[str, Any]:
    """The last picture of the scripted demonstration that tau is of, once it has succeeded."""
    made = make(env, {"split": "train", **_learned_with(objects, seed)})
    try:
        inside = made.unwrapped
        assert isinstance(inside, HandEnv)
        task, sim = inside.task.unwrapped, inside.episode.sim
        assert isinstance(task, HouseholdTask)
        script = SCRIPTS[task.name]
        first = _DEMONSTRATIONS + _TRIES * seed
        for tried in evaluation.attempts(made, lambda seen, rng: script.xi(task, sim)[0], _TRIES, first):
            write_picture(folder / _LAST, tried.after)
            if tried.success:
                break
    finally:
        made.close()
    return {"success": bool(tried.success), "score": round(tried.score, 5), "tries": tried.number + 1}


def count(
    env: str,
    objects: Mapping[str, Sequence[str]],
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
        objects: by split. Attempts of training are with the one that a search of this seed learns with; each of the
            test's gets an equal part of the trials.
        trials: attempts of each split.
        seed: of the search, from which those of attempts follow.
        folder: of the cell.
        prior: without a search.
        changes: of the search's config, for another policy.
        moment: so many episodes of the search, and no more.
        after: the search.
    """
    outcomes = {}
    for split, names in objects.items():
        given = [_learned_with(names, seed)] if split == "train" else [{"object": name} for name in names]
        success, scores = "", list[float]()
        for options, share in zip(given, shares(trials, len(given)), strict=True):
            made = make(env, {"split": split, **options})
            try:
                who = (
                    _guess(made, prior) if prior else _found(made, next(iter((after or {}).values())), changes, moment)
                )
                found = evaluation.trials(made, who, share, _APART * seed + len(scores))
            finally:
                made.close()
            success += "".join(map(str, found.success.astype(int)))
            scores += [round(float(score), 5) for score in found.scores]
        outcomes[split] = {"success": success, "scores": scores}
    return {"splits": outcomes, "trials": trials}


def _learned_with(objects: Sequence[str], seed: int) -> dict[str, Any]:
    """The option of the environment that says which object a seed has the turn of."""
    return {"object": objects[seed % len(objects)]}


def shares(count: int, parts: int) -> list[int]:
    """Whole numbers as equal as they can be."""
    return [count // parts + (place < count % parts) for place in range(parts)]


def _guess(env: gym.Env, prior: str) -> Propose:
    return alone(prior_of(prior, env), "")


def _found(env: gym.Env, search: Earlier, changes: Mapping[str, Any] | None, moment: int | None) -> Propose:
    """What a search's episodes teach, with its own prior."""
    config = CemConfig.from_data({**checkpoints.read(search.folder, "config.json"), **(changes or {})})
    return learned(Agent.of_search(config, env, search.folder, moment), prior_of(config.prior, env))
