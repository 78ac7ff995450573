"""Pictures made of numbers, to paint surfaces with: (height, width, 3) uint8 between two colours."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

Array = np.ndarray
Colour = tuple[int, int, int]
Share = Callable[[int, int, np.random.Generator], Array]
"""How much of the second colour each pixel has, (height, width) from 0 to 1."""

SQUARES, RINGS, COARSE = 8, 5.0, 6  # across a picture


def checker(height: int, width: int, rng: np.random.Generator) -> Array:
    """Squares of one colour beside squares of the other."""
    rows, columns = np.arange(height) * SQUARES // height, np.arange(width) * SQUARES // width
    return (rows[:, None] + columns) % 2.0


def gradient(height: int, width: int, rng: np.random.Generator) -> Array:
    """From one colour at a corner to the other at the opposite one."""
    return (np.linspace(0, 1, height)[:, None] + np.linspace(0, 1, width)) / 2


def noise(height: int, width: int, rng: np.random.Generator) -> Array:
    """Soft spots: random values on a coarse grid, joined by straight lines."""
    values = rng.uniform(size=(COARSE + 1, COARSE + 1))
    rows, columns = np.linspace(0, COARSE, height), np.linspace(0, COARSE, width)
    along = np.stack([np.interp(columns, np.arange(COARSE + 1), row) for row in values])
    return np.stack([np.interp(rows, np.arange(COARSE + 1), column) for column in along.T], axis=1)


def wood(height: int, width: int, rng: np.random.Generator) -> Array:
    """Stripes that waver, as of a board that was cut along its rings."""
    across = np.linspace(0, RINGS, width) + 0.6 * noise(height, width, rng) + 0.05 * rng.uniform(size=(height, width))
    return np.asarray(across % 1.0)


def plain(height: int, width: int, rng: np.random.Generator) -> Array:
    """The first colour alone."""
    return np.zeros((height, width))


def painted(share: Share, colours: tuple[Colour, Colour], height: int, width: int, rng: np.random.Generator) -> Array:
    """A picture in two colours."""
    second = share(height, width, rng)[:, :, None]
    picture: Array = np.rint(np.array(colours[0]) * (1 - second) + np.array(colours[1]) * second).astype(np.uint8)
    return picture
