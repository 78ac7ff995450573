"""Where in a picture the thing to grasp is: an interface, and what needs no detector, a table seen in depth."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from hand_envs.errors import OptionError

Array = np.ndarray

ABOVE, BELOW = 0.006, 0.25
"""m above the table: nearer to it the sensor's noise is, and farther up the robot."""
_FEWEST = 12  # pixels that are a thing


class Cropper(Protocol):
    """Finds the thing that words name; SAM, or anybody's detector, fits in here."""

    def __call__(self, rgb: Array, points: Array, text: str) -> Array:
        """The thing's mask (h, w).

        Args:
            rgb: (h, w, 3) uint8.
            points: (h, w, 3) m, what each pixel shows, z up from the table's top; NaN where depth is missing.
            text: what to do, such as "pick up the cup".
        """
        ...


class AboveTable:
    """The largest connected part of a picture that stands above the table, within its bounds.

    Args:
        above: m that count as above.
        low: of x and y (m), where the table is.
        high: the same.
    """

    def __init__(
        self, above: float = ABOVE, low: tuple[float, float] = (-2, -2), high: tuple[float, float] = (2, 2)
    ) -> None:
        self.above, self.low, self.high = above, low, high

    def __call__(self, rgb: Array, points: Array, text: str) -> Array:
        """See `Cropper`; words make no difference."""
        with np.errstate(invalid="ignore"):
            stands = (points[..., 2] > self.above) & (points[..., 2] < BELOW)
            stands &= ((points[..., :2] >= self.low) & (points[..., :2] <= self.high)).all(axis=-1)
        names = np.zeros(stands.shape, int)
        if stands.any():
            left, top, right, bottom = box_of(stands).astype(int)
            names[top:bottom, left:right] = components(stands[top:bottom, left:right])
        sizes = np.bincount(names.ravel())[1:]
        if not sizes.size or sizes.max() < _FEWEST:
            raise OptionError(
                f"Nothing to grasp is seen: no {_FEWEST} pixels together stand {1e3 * self.above:g} mm above the table."
            )
        return names == sizes.argmax() + 1


def components(mask: Array) -> Array:
    """Numbers (h, w) of the connected parts of a mask, from 1 on, 0 outside. Diagonal neighbours connect.

    Every pixel takes the largest number around it until none changes.
    """
    height, width = mask.shape
    names = np.where(mask, np.arange(1, height * width + 1).reshape(mask.shape), 0)
    while True:
        spread = np.pad(names, 1)
        for axis in (0, 1):
            spread = np.maximum(spread, np.maximum(np.roll(spread, 1, axis), np.roll(spread, -1, axis)))
        spread = np.where(mask, spread[1:-1, 1:-1], 0)
        if (spread == names).all():
            return np.unique(names, return_inverse=True)[1].reshape(mask.shape) + (0 if (~mask).any() else 1)
        names = spread


def box_of(mask: Array) -> Array:
    """Left, top, right, bottom (px) around the pixels of a mask; pixel i spans from i to i + 1."""
    rows, columns = np.nonzero(mask)
    return np.array([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1], np.float64)


def square_of(box: Array, margin: float = 1.3) -> Array:
    """The square about a box's centre that is `margin` times as wide as the box's longer side: what a network sees."""
    middle, half = (box[:2] + box[2:]) / 2, margin * max(box[2] - box[0], box[3] - box[1]) / 2
    return np.concatenate([middle - half, middle + half])


def cut(image: Array, square: Array, size: int) -> Array:
    """A square of a picture (h, w, c) in size x size pixels, bilinear; beyond its borders the border goes on."""
    height, width = image.shape[:2]
    step = (np.arange(size) + 0.5) / size
    x = np.clip(square[0] + (square[2] - square[0]) * step - 0.5, 0, width - 1)
    y = np.clip(square[1] + (square[3] - square[1]) * step - 0.5, 0, height - 1)
    left, top = np.floor(x).astype(int), np.floor(y).astype(int)
    right, bottom = np.minimum(left + 1, width - 1), np.minimum(top + 1, height - 1)
    across, down = (x - left)[:, None].astype(np.float32), (y - top)[:, None, None].astype(np.float32)
    upper = image[top][:, left] * (1 - across) + image[top][:, right] * across
    lower = image[bottom][:, left] * (1 - across) + image[bottom][:, right] * across
    return upper * (1 - down) + lower * down


def to_square(pixels: Array, square: Array) -> Array:
    """Pixels (..., 2) as shares of a square, -1 to 1 in it."""
    return (pixels - square[:2]) / (square[2:] - square[:2]) * 2 - 1


def from_square(shares: Array, square: Array) -> Array:
    """The pixels again."""
    return (shares + 1) / 2 * (square[2:] - square[:2]) + square[:2]
