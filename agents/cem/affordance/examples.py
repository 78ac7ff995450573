"""Labels as arrays that batches are drawn from, and how each is varied when it is seen again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from agents.cem.affordance.cropping import cut, square_of, to_square
from agents.cem.affordance.labels import Label
from agents.cem.affordance.network import PIXELS, POINTS
from agents.cem.affordance.words import TextEncoder
from agents.common.imports import need
from hand_envs.core.turns import matrix_of, vector_of

torch: Any = need("torch")
Array = np.ndarray
Tensor = Any

MARGIN = 1.3
"""A crop's side, in longer sides of the object's box."""
_KEPT, _KEPT_PIXELS = 1.8, 88  # what is kept of a picture, wide enough for crops to be moved within


class Examples(NamedTuple):
    """Labels, one a row."""

    images: Array
    """(n, 88, 88, 3) uint8: a square of 1.8 sides of the object's box."""
    contact: Array
    """(n, 5, 2) centres, from -1 to 1 in it; fewer than five are given again."""
    hands: Array
    """(n, 48) rad."""
    words: Array
    """(n, words)."""

    def rows(self, chosen: Array) -> Examples:
        """Some of them."""
        return Examples(*(part[chosen] for part in self))


def examples_of(labels: Sequence[Label], encode: TextEncoder) -> Examples:
    """The labels as arrays."""
    squares = [square_of(label.box, _KEPT) for label in labels]
    images = [cut(each.image, square, _KEPT_PIXELS) for each, square in zip(labels, squares, strict=True)]
    contact = [to_square(_five(each.contact), square) for each, square in zip(labels, squares, strict=True)]
    return Examples(
        np.rint(np.stack(images)).astype(np.uint8),
        np.stack(contact).astype(np.float32),
        np.stack([label.hand for label in labels]).astype(np.float32),
        encode([label.text for label in labels]),
    )


def varied(
    examples: Examples, draw: np.random.Generator, shift: float = 0.0, tint: float = 0.0, swap: float = 0.0
) -> tuple[Tensor, Tensor]:
    """Crops (n, 3, 64, 64), 0 to 1, and the contact's centres in them; each moved, scaled and coloured at random.

    Args:
        examples: of a batch.
        draw: of what is changed.
        shift: standard deviation of place and size, in widths of the crop.
        tint: of brightness, contrast and each colour.
        swap: share of crops whose three colours change places.
    """
    n = len(examples.images)
    share = MARGIN / _KEPT
    sizes = share * np.exp(shift * draw.standard_normal((n, 1)))
    moves = 2 * share * shift * draw.standard_normal((n, 2))
    grids = np.zeros((n, 2, 3), np.float32)
    grids[:, 0, 0] = grids[:, 1, 1] = sizes[:, 0]
    grids[:, :, 2] = moves
    images = torch.from_numpy(examples.images).permute(0, 3, 1, 2).float() / 255
    grid = torch.nn.functional.affine_grid(torch.from_numpy(grids), [n, 3, PIXELS, PIXELS], align_corners=False)
    images = torch.nn.functional.grid_sample(images, grid, padding_mode="border", align_corners=False)
    contrast, colours = (np.exp(tint * draw.standard_normal((n, k, 1, 1))).astype(np.float32) for k in (1, 3))
    light = (tint * draw.standard_normal((n, 1, 1, 1))).astype(np.float32)
    images = ((images - 0.5 + torch.from_numpy(light)) * torch.from_numpy(contrast) + 0.5) * torch.from_numpy(colours)
    order = np.where(draw.random((n, 1)) < swap, draw.permuted(np.tile(range(3), (n, 1)), axis=1), range(3))
    images = images[torch.arange(n)[:, None], torch.from_numpy(order)]
    contact = (examples.contact - moves[:, None]) / sizes[:, None]
    return images.clamp(0, 1), torch.from_numpy(contact.astype(np.float32))


def relative(hands: Array, wrist: Array) -> Array:
    """Hands (n, 48) whose wrists are turns from this one (3, 3)."""
    turns = vector_of(matrix_of(hands[:, :3]) @ wrist.T)
    return np.concatenate([turns, hands[:, 3:]], axis=1).astype(np.float32)


def absolute(hands: Array, wrist: Array) -> Array:
    """The hands again."""
    turns = vector_of(matrix_of(hands[:, :3]) @ wrist)
    return np.concatenate([turns, hands[:, 3:]], axis=1)


def mean_wrist(hands: Array) -> Array:
    """The rotation (3, 3) that is least away from all wrists of hands (n, 48), in squares of matrices."""
    left, _, right = np.linalg.svd(matrix_of(hands[:, :3]).mean(axis=0))
    left[:, 2] *= np.sign(np.linalg.det(left @ right))
    turn: Array = left @ right
    return turn


def _five(contact: Array) -> Array:
    return np.asarray(contact)[np.arange(POINTS) % len(contact)]
