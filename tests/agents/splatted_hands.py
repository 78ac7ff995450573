"""Hands as an estimator sees them, without GL: spheres along the links of random fingers, as depth on a grid."""

from __future__ import annotations

import numpy as np

Array = np.ndarray
_BASES = np.array([[-0.02, 0.0, 0.025], [-0.025, 0, 0.09], [0, 0, 0.095], [0.02, 0, 0.088], [0.038, 0, 0.078]])
_LINKS = np.array([[0.045, 0.032, 0.028], [0.042, 0.025, 0.02], [0.046, 0.029, 0.021], [0.043, 0.027, 0.021], [0.034, 0.019, 0.019]])  # fmt: skip
_PARENT = np.array([0, 0, 1, 2, 3, 0, 5, 6, 7, 0, 9, 10, 11, 0, 13, 14, 15, 0, 17, 18, 19])
_RADIUS = 0.009  # m
_STEPS = np.linspace(0, 1, 5)


def points(generator: np.random.Generator, count: int, turned: bool = True) -> Array:
    """Random right hands around the origin, in metres."""
    bend = generator.uniform(0, 1.5, (count, 5, 1)) * generator.uniform(0.5, 1.0, (count, 5, 3))
    lean = np.array([-0.9, -0.1, 0, 0.1, 0.2]) + generator.normal(0, 0.12, (count, 5))
    pitch = np.cumsum(bend, axis=-1)
    along = np.stack(
        [np.sin(lean)[..., None] * np.cos(pitch), np.sin(pitch), np.cos(lean)[..., None] * np.cos(pitch)], -1
    )
    size = generator.uniform(0.85, 1.15, (count, 1, 1, 1))
    joints = _BASES[:, None] + np.cumsum(_LINKS[..., None] * along, axis=2)
    fingers = np.concatenate([np.broadcast_to(_BASES[:, None], (count, 5, 1, 3)), joints], axis=2) * size
    hand = np.concatenate([np.zeros((count, 1, 3)), fingers.reshape(count, 20, 3)], axis=1)
    hand -= hand[:, 9:10]
    return np.einsum("nij,nkj->nki", rotations(generator, count), hand) if turned else hand


def rotations(generator: np.random.Generator, count: int) -> Array:
    """Uniform over all."""
    w, x, y, z = (generator.normal(size=(count, 4)) / 1.0).T / 1.0
    norm = np.sqrt(w**2 + x**2 + y**2 + z**2)
    w, x, y, z = w / norm, x / norm, y / norm, z / norm
    rows = [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y), 2 * (x * y + w * z), 1 - 2 * (x * x + z * z),
            2 * (y * z - w * x), 2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)]  # fmt: skip
    return np.stack(rows, -1).reshape(count, 3, 3)


def depth(hands: Array, centres: Array, side: float, size: int) -> Array:
    """Crops of hands in the camera's frame, (n, size, size) from -1 to 1, +1 where nothing is."""
    ends, starts = hands[:, 1:, None], hands[:, _PARENT[1:], None]
    balls = (starts + _STEPS[:, None] * (ends - starts)).reshape(len(hands), -1, 3)
    grid = (np.arange(size) + 0.5) / size * 2 - 1
    found = np.ones((len(hands), size, size), np.float32)
    for hand, centre, image in zip(balls, centres, found, strict=True):
        across = (hand[:, :2] / hand[:, 2:] - centre[:2] / centre[2]) * centre[2]
        gap = (grid * side / 2)[:, None] - across.T[:, None]  # (2, size, balls)
        inside = _RADIUS**2 - (gap[1] ** 2)[:, None] - (gap[0] ** 2)[None]
        near = np.where(inside > 0, hand[:, 2] - np.sqrt(np.maximum(inside, 0)), np.inf).min(-1)
        image[:] = np.clip((near - centre[2]) / (side / 2), -1, 1)
    return found
