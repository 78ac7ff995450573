"""What frozen features know: a linear probe, fitted to some episodes and judged on others."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from hand_envs.errors import OptionError

Array = np.ndarray

PENALTIES = 10.0 ** np.arange(-6, 3)
"""Of which a probe's is chosen, in shares of the features' mean eigenvalue; on the episodes that it is fitted to."""
_FOLDS = 3
_LEAST = 1e-9  # of a deviation: what varies less is taken to be constant


class Probed(NamedTuple):
    """Errors on episodes that were held out."""

    error: Array
    """Mean absolute error of each target, (k,), in its unit."""
    reference: Array
    """That of the mean of the targets that the probe was fitted to: of who sees nothing."""
    penalty: float
    """Which was chosen."""


def probe(features: Array, targets: Array, episodes: Array, test: float | Array = 0.25, seed: int = 0) -> Probed:
    """How well targets can be told from features, linearly.

    Features and targets are scaled by their deviations x, y over the episodes that are fitted to, and the probe is
    W = (X' X / n + p t I)^-1 X' Y / n, with t = tr(X' X / n) / w, and the penalty p that errs least when each third of
    these episodes is told from the rest. Frames of one episode are alike, so episodes are never split.

    Args:
        features: (n, w).
        targets: (n, k), in any units.
        episodes: which episode each frame is of, (n,).
        test: the share of the episodes that is held out, or which frames are, (n,) bool.
        seed: of which episodes these are, and of the thirds.
    """
    features, targets, episodes = _checked(features, targets, episodes)
    draw = np.random.default_rng(seed)
    held = _held_out(episodes, test, draw)
    known, names = ~held, np.unique(episodes[~held])
    if len(names) < 2 or not held.any():
        raise OptionError(
            f"A probe is fitted to two episodes at least and judged on one, got {len(names)} of "
            f"{len(np.unique(episodes))} to fit to."
        )
    fold = draw.permutation(len(names)) % _FOLDS
    folds = fold[np.searchsorted(names, episodes[known])]
    penalty = _best_penalty(features[known], targets[known], folds)
    found = _told(features[known], targets[known], features[held], np.array([penalty]))[0]
    error = np.abs(found - targets[held]).mean(axis=0)
    reference = np.abs(targets[known].mean(axis=0) - targets[held]).mean(axis=0)
    return Probed(error, reference, float(penalty))


def _best_penalty(features: Array, targets: Array, folds: Array) -> float:
    """The one by which the folds are told best from each other, all targets counting alike."""
    scale = _deviation(targets)
    errors = np.zeros(len(PENALTIES))
    for fold in np.unique(folds):
        out = folds == fold
        found = _told(features[~out], targets[~out], features[out], PENALTIES)
        errors += (np.abs(found - targets[out]) / scale).sum(axis=(1, 2))
    return float(PENALTIES[errors.argmin()])


def _told(features: Array, targets: Array, asked: Array, penalties: Array) -> Array:
    """Targets (penalties, m, k) of features that are asked for, (m, w), from those of others."""
    centre, scale = features.mean(axis=0), _deviation(features)
    seen, new = (features - centre) / scale, (asked - centre) / scale
    middle = targets.mean(axis=0)
    values, vectors = np.linalg.eigh(seen.T @ seen / len(seen))
    values = np.maximum(values, 0.0)
    along = vectors.T @ (seen.T @ (targets - middle)) / len(seen)
    turned, least = new @ vectors, max(float(values.mean()), _LEAST)
    return np.stack([turned @ (along / (values + each * least)[:, None]) + middle for each in penalties])


def _deviation(values: Array) -> Array:
    deviation = values.std(axis=0)
    return np.where(deviation > _LEAST, deviation, 1.0)


def _held_out(episodes: Array, test: float | Array, draw: np.random.Generator) -> Array:
    """Which frames are for judging, (n,) bool."""
    if np.ndim(test) == 0:
        share = float(test)
        if not 0 < share < 1:
            raise OptionError(f"test is a share of the episodes, above 0 and below 1, got {share}.")
        names = np.unique(episodes)
        chosen = draw.permutation(names)[: max(1, round(share * len(names)))]
        return np.isin(episodes, chosen)
    held = np.asarray(test)
    if held.dtype != bool or held.shape != episodes.shape:
        raise OptionError(f"test says of {episodes.shape} frames which are held out, got {held.dtype} {held.shape}.")
    if np.intersect1d(episodes[held], episodes[~held]).size:
        raise OptionError("test splits an episode, whose frames are alike: hold out whole ones.")
    return held


def _checked(features: Array, targets: Array, episodes: Array) -> tuple[Array, Array, Array]:
    features, targets = np.asarray(features, np.float64), np.asarray(targets, np.float64)
    episodes = np.asarray(episodes)
    count = len(episodes) if episodes.ndim == 1 else -1
    if features.ndim != 2 or targets.ndim != 2 or 0 in features.shape or not len(features) == len(targets) == count:
        raise OptionError(
            f"A probe takes features (n, w), targets (n, k) and episodes (n,), got {features.shape}, {targets.shape} "
            f"and {episodes.shape}."
        )
    if not np.isfinite(features).all() or not np.isfinite(targets).all():
        raise OptionError("Features and targets of a probe are finite numbers; some of these are not.")
    return features, targets, episodes
