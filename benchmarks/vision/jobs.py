"""What a cell does on frozen features: keep those of an expert's rollouts, clone from them, ask what they know."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from agents.common import checkpoints
from agents.common.evaluation import Act, Evaluation, Outcome
from agents.vision.demonstrations import expert_demonstrations, expert_of, meant
from agents.vision.pretraining.probing import probe as probed
from benchmarks.runner import Earlier
from benchmarks.vision.cloned import clone as cloned
from benchmarks.vision.rows import STATE
from benchmarks.vision.sights import Numbers, sight_of
from benchmarks.vision.targets import targets

Array = np.ndarray
After = Mapping[str, Earlier] | None

KEPT = "features.npz"
UNSTEADINESS = 0.1
"""Of the expert's hand: who never errs shows nobody how to go on from an error."""
FOLDS = 5
_APART = 1_000
_FIRST = 70_000
"""Episodes that count begin there, a thousand from seed to seed: the expert shows others."""
_DIGITS = 4


def given(encoder: str, digest: str, folder: Path) -> dict[str, Any]:
    """An encoder that is there, as it would be had this run made it; its digest tells cells of different ones apart."""
    shutil.copytree(encoder, folder / "encoder", dirs_exist_ok=True)
    return {"card": checkpoints.read(folder / "encoder", "card.json")}


def features(
    env: str,
    episodes: int,
    sight: Mapping[str, Any],
    seed: int,
    folder: Path,
    nthread: int,
    after: After = None,
) -> dict[str, Any]:
    """What is seen in rollouts of the expert, and what it means to do there, in `features.npz`.

    Args:
        env: the task, observed by its state.
        episodes: rollouts that succeed.
        sight: what is seen.
        seed: of what is drawn for the encoder; the rollouts are the same for all.
        folder: of the cell.
        nthread: threads to simulate on.
        after: the encoder's cells.
    """
    shown, who = expert_demonstrations(env, episodes, unsteadiness=UNSTEADINESS, nthread=nthread), expert_of(env)
    seen, numbers = zip(*sight_of(env, sight, after or {}).of(shown), strict=True)
    lengths = [len(each) for each in shown]
    arrays: dict[str, Any] = {
        "features": np.concatenate(seen),
        "numbers": np.concatenate(numbers),
        "actions": np.concatenate([meant(each, who) for each in shown]).astype(np.float32),
        "states": np.concatenate([each.observations[: len(each)] for each in shown]).astype(np.float32),
        "episodes": np.repeat(np.arange(len(lengths)), lengths),
    }
    np.savez(folder / KEPT, **arrays)
    return {"pictures": sum(lengths), "width": arrays["features"].shape[1]}


def clone(
    env: str,
    sight: Mapping[str, Any],
    seed: int,
    episodes: int,
    epochs: int,
    momentum: float,
    folder: Path,
    nthread: int,
    after: Mapping[str, Earlier],
) -> dict[str, Any]:
    """Clone from kept features, and count.

    Args:
        env: the task, observed by its state.
        sight: what the policy sees when it is tested.
        seed: of cloning, and of the episodes.
        episodes: that are counted.
        epochs: passes over what the expert did.
        momentum: by which an encoder's statistics follow while it is tested.
        folder: of the cell.
        nthread: threads to simulate on.
        after: the cell of features, and the encoder's.
    """
    kept = kept_in(_features(after))
    policy = cloned(kept["features"], kept["numbers"], kept["actions"], epochs, seed)
    eyes = sight_of(env, sight, after, momentum)
    return counted(eyes.test(env, episodes, first_of(seed), nthread), lambda observed: policy(eyes.seen(observed)))


def expert(env: str, seed: int, episodes: int, folder: Path, nthread: int) -> dict[str, Any]:
    """The same episodes by whom the others learn from."""
    policy = expert_of(env)
    return counted(Numbers(env, STATE).test(env, episodes, first_of(seed), nthread), policy)


def probe(env: str, folder: Path, after: Mapping[str, Earlier]) -> dict[str, Any]:
    """What kept features know of hand and object: errors in each fifth of the episodes, fitted to the other four.

    For each fold: mean absolute error of the hand's angles (degrees), of the object's place before the palm (mm), and
    of all that is told of the object, as a share of what the training episodes' mean is off by; and that mean's own.
    """
    kept = kept_in(_features(after))
    seen = kept["features"] if kept["features"].shape[1] else kept["numbers"]
    asked = targets(env, kept["states"])
    return {name: _folds(seen, values, kept["episodes"]) for name, values in asked.items()}


def _folds(seen: Array, targets: Array, episodes: Array) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {"error": [], "guess": [], "share": []}
    for fold in range(folds := min(FOLDS, int(episodes.max()) + 1)):
        told = probed(seen, targets, episodes, test=episodes % folds == fold)
        varies = told.reference > 0  # in some tasks something is told of the object that is the same everywhere
        found["error"].append(float(told.error.mean()))
        found["guess"].append(float(told.reference.mean()))
        found["share"].append(float((told.error[varies] / told.reference[varies]).mean()))
    return found


def first_of(seed: int) -> int:
    """The first of the episodes that count for a seed."""
    return _FIRST + _APART * seed


def kept_in(folder: Path) -> dict[str, Array]:
    """What `features` has left."""
    with np.load(folder / KEPT) as arrays:
        return dict(arrays)


def _features(after: Mapping[str, Earlier]) -> Path:
    return next(each.folder for name, each in after.items() if name.endswith("/features"))


def counted(test: Evaluation, act: Act) -> dict[str, Any]:
    """Whether each episode succeeded, and what it earned."""
    try:
        outcome: Outcome = test.run(act)
    finally:
        test.env.close()
    return {
        "success": "".join(map(str, outcome.success.astype(int))),
        "returns": [round(float(each), _DIGITS) for each in outcome.reward],
    }
