"""A mixture of Gaussians over the pixels where a hand touches, of as few centres as say it: by EM, k chosen by BIC."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

Array = np.ndarray

MOST = 5
"""Centres: the network has as many heat maps."""
_ROUNDS = 25
_NARROWEST = 0.5  # px, standard deviation: nothing is known more exactly than a pixel


class Mixture(NamedTuple):
    """Gaussians with variances of their own along x and y."""

    weights: Array
    """(k,), of sum 1."""
    means: Array
    """(k, 2) px."""
    variances: Array
    """(k, 2) px2."""

    def log_density(self, points: Array) -> Array:
        """Of points (n, 2), (n,)."""
        return np.logaddexp.reduce(_log_shares(self, points), axis=1)


def fitted(points: Array, generator: np.random.Generator, most: int = MOST) -> Mixture:
    """The mixture of at most so many centres that points (n, 2), n >= 1, come from.

    The number k has the least Bayesian information criterion: (5 k - 1) log n - 2 log likelihood.
    """
    points = np.asarray(points, np.float64)
    best, least = None, np.inf
    for count in range(1, min(most, len(points)) + 1):
        found = _maximised(points, _begun(points, count, generator))
        score = (5 * count - 1) * np.log(len(points)) - 2.0 * found.log_density(points).sum()
        if score < least:
            best, least = found, score
    assert best is not None
    return best


def _begun(points: Array, count: int, generator: np.random.Generator) -> Mixture:
    """Centres far from each other (k-means++), each as wide as all points together."""
    centres = [points[generator.integers(len(points))]]
    while len(centres) < count:
        away = np.min([((points - centre) ** 2).sum(1) for centre in centres], axis=0) + 1e-9
        centres.append(points[generator.choice(len(points), p=away / away.sum())])
    wide = np.maximum(points.var(axis=0) / count, _NARROWEST**2)
    return Mixture(np.full(count, 1.0 / count), np.stack(centres), np.tile(wide, (count, 1)))


def _maximised(points: Array, mixture: Mixture) -> Mixture:
    """After rounds of expectation and maximisation."""
    for _ in range(_ROUNDS):
        logs = _log_shares(mixture, points)
        shares = np.exp(logs - np.logaddexp.reduce(logs, axis=1, keepdims=True))
        mass = shares.sum(axis=0) + 1e-9
        means = shares.T @ points / mass[:, None]
        spread = np.einsum("nk,nkd->kd", shares, (points[:, None] - means) ** 2) / mass[:, None]
        mixture = Mixture(mass / mass.sum(), means, np.maximum(spread, _NARROWEST**2))
    return mixture


def _log_shares(mixture: Mixture, points: Array) -> Array:
    """log(weight * density) of each point under each Gaussian, (n, k)."""
    away = (points[:, None] - mixture.means) ** 2 / mixture.variances
    return np.log(mixture.weights) - 0.5 * (away + np.log(2 * np.pi * mixture.variances)).sum(axis=-1)
