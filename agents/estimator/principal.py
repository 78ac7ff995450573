"""The principal components of hand poses: what a network's last layer begins with and says poses in."""

from __future__ import annotations

import numpy as np

from hand_envs.errors import OptionError

Array = np.ndarray


def fitted(points: Array, components: int) -> tuple[Array, Array]:
    """The mean (63,) of points (n, 21, 3), and an orthonormal basis (components, 63) of most of how they vary."""
    flat = np.asarray(points, np.float64).reshape(len(points), -1)
    if not 1 <= components <= min(flat.shape):
        raise OptionError(f"{len(flat)} poses have 1 to {min(flat.shape)} components, got components={components}.")
    mean = flat.mean(axis=0)
    values, vectors = np.linalg.eigh((flat - mean).T @ (flat - mean))
    return mean, vectors[:, np.argsort(values)[::-1][:components]].T


def coded(points: Array, mean: Array, basis: Array) -> Array:
    """Points (n, 21, 3) as codes (n, components)."""
    return (points.reshape(len(points), -1) - mean) @ basis.T


def decoded(codes: Array, mean: Array, basis: Array) -> Array:
    """Codes as points."""
    return (codes @ basis + mean).reshape(len(codes), -1, 3)
