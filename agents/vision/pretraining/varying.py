"""Pictures varied: turned, shifted, larger or smaller, in other colours, before any background, partly hidden.

What is made looks alike; what a robot's camera sees does not look like it. A hand is not mirrored, for a left one is
none of a right hand's poses.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from agents.common.imports import need
from agents.vision.pretraining.data import SIDE, Pictures

torch: Any = need("torch")
functional: Any = need("torch.nn.functional")
Array = np.ndarray
Tensor = Any

MEAN, DEVIATION = 0.5, 0.25
"""What pixels from 0 to 1 are centred and scaled by."""
_DENSITY = (110.0, 220.0)  # pixels a metre: a hand is 20 to 40 pixels long, as robots' hands are at any size of picture
_HAND = 0.16  # m, that is always seen
_NOISE = 0.04  # standard deviation of a pixel from 0 to 1, at most


class Examples(NamedTuple):
    """What a network sees, and what is true of it."""

    images: Tensor
    """(n, 3, size, size), centred and scaled."""
    points: Tensor
    """The joints (m) from the picture's middle, (n, 21, 3)."""
    seen: Tensor
    """Where they are, from -1 to 1, (n, 21, 2)."""
    held: Tensor
    """What is held, (n,)."""


def varied(pictures: Pictures, size: int, seed: Array | list[int]) -> Examples:
    """The pictures at this size (px), varied by chance."""
    draw = np.random.default_rng(seed)
    chance = torch.Generator().manual_seed(int(draw.integers(2**62)))
    count = len(pictures)
    shown = size / np.exp(draw.uniform(np.log(_DENSITY[0]), np.log(_DENSITY[1]), count))  # m
    scale, turn = shown / SIDE, draw.uniform(-np.pi, np.pi, count)
    shift = draw.uniform(-0.6, 0.6, (count, 2)) * np.maximum(0.0, 1 - _HAND / shown)[:, None]
    layers = looked_at(pictures.colour, scale, turn, shift, size)
    hand, there = layers[:, :3] / torch.clamp(layers[:, 3:], min=1e-3), layers[:, 3:]
    images = _recoloured(hand, chance) * there + backgrounds(count, size, chance) * (1 - there)
    images = images + torch.randn(images.shape, generator=chance) * (_NOISE * _uniform((count, 1, 1, 1), chance))
    images = _hidden(images.clamp(0, 1), draw, chance)
    points, seen = turned(pictures, scale, turn, shift)
    return Examples((images - MEAN) / DEVIATION, points, seen, torch.from_numpy(pictures.held))


def looked_at(colour: Array, scale: Array, turn: Array, shift: Array, size: int) -> Tensor:
    """Colours times presence, and presence (n, 4, size, size), from 0 to 1, of the part that is shown.

    A place q of the new picture shows the old one's p = s (R q + t), for a scale s, a turn R and a shift t.
    """
    layers = torch.from_numpy(colour).permute(0, 3, 1, 2).float() / 255
    layers = torch.cat([layers[:, :3] * layers[:, 3:], layers[:, 3:]], dim=1)
    layers = functional.avg_pool2d(layers, 2)  # else fine detail would turn to noise
    cos, sin = scale * np.cos(turn), scale * np.sin(turn)
    moved = scale[:, None] * shift
    matrix = np.stack([np.stack([cos, -sin, moved[:, 0]], -1), np.stack([sin, cos, moved[:, 1]], -1)], axis=1)
    grid = functional.affine_grid(torch.from_numpy(matrix).float(), [len(colour), 4, size, size], align_corners=False)
    return functional.grid_sample(layers, grid, align_corners=False)


def turned(pictures: Pictures, scale: Array, turn: Array, shift: Array) -> tuple[Tensor, Tensor]:
    """Labels of the new pictures: q = R' (p / s - t), and the joints turned about the line of sight."""
    cos, sin = np.cos(turn), np.sin(turn)
    back = np.stack([np.stack([cos, sin], -1), np.stack([-sin, cos], -1)], axis=1)
    seen = np.einsum("nij,nkj->nki", back, pictures.seen / scale[:, None, None] - shift[:, None])
    flat = np.einsum("nij,nkj->nki", back, pictures.points[..., :2])
    points = np.concatenate([flat, pictures.points[..., 2:]], axis=-1)
    return torch.from_numpy(points.astype(np.float32)), torch.from_numpy(seen.astype(np.float32))


def _recoloured(images: Tensor, chance: Any) -> Tensor:
    """Channels mixed, brighter or darker; one in four is grey, as robots are."""
    count = len(images)
    mix = torch.eye(3) + 0.12 * torch.randn((count, 3, 3), generator=chance)
    grey = torch.full((3, 3), 1 / 3)
    mix = torch.where(_uniform((count, 1, 1), chance) < 0.25, grey, mix) * (0.5 + _uniform((count, 1, 1), chance))
    offset = 0.2 * _uniform((count, 3, 1, 1), chance) - 0.1
    return (torch.einsum("nij,njhw->nihw", mix, images) + offset).clamp(0, 1)


def backgrounds(count: int, size: int, chance: Any) -> Tensor:
    """Made ones, (count, 3, size, size) from 0 to 1: shades, patches, an edge of a table, and boxes on it."""
    found = _stretched(3, "bilinear", count, size, chance)
    for cells, mode in ((6, "nearest"), (16, "bilinear")):
        strength = 0.6 * _uniform((count, 1, 1, 1), chance) * (_uniform((count, 1, 1, 1), chance) < 0.4)
        found = found + strength * (_stretched(cells, mode, count, size, chance) - found)
    y, x = torch.meshgrid(*[torch.linspace(-1, 1, size)] * 2, indexing="ij")
    angle = 2 * np.pi * _uniform((count, 1, 1, 1), chance)
    edge = x * torch.cos(angle) + y * torch.sin(angle) > 1.6 * _uniform((count, 1, 1, 1), chance) - 0.6
    found = torch.where(edge, 0.3 * found + 0.7 * _uniform((count, 3, 1, 1), chance), found)
    for _ in range(3):
        middle, half = 2 * _uniform((2, count, 1, 1, 1), chance) - 1, 0.05 + 0.4 * _uniform((2, count, 1, 1, 1), chance)
        inside = ((x - middle[0]).abs() < half[0]) & ((y - middle[1]).abs() < half[1])
        found = torch.where(inside, 0.2 * found + 0.8 * _uniform((count, 3, 1, 1), chance), found)
    grey = found.mean(dim=1, keepdim=True)  # what is around hands is seldom colourful
    return grey + _uniform((count, 1, 1, 1), chance) * (found - grey)


def _stretched(cells: int, mode: str, count: int, size: int, chance: Any) -> Tensor:
    """So many random colours each way, over the whole picture."""
    return functional.interpolate(_uniform((count, 3, cells, cells), chance), (size, size), mode=mode)


def _hidden(images: Tensor, draw: np.random.Generator, chance: Any) -> Tensor:
    """One picture in three has a rectangle of one colour before it, of at most 0.4 of its width."""
    size = images.shape[-1]
    for row in np.flatnonzero(draw.random(len(images)) < 1 / 3):
        wide, high = draw.integers(1, max(2, int(0.4 * size)), 2)
        left, top = draw.integers(0, size - wide + 1), draw.integers(0, size - high + 1)
        images[row, :, top : top + high, left : left + wide] = _uniform((3, 1, 1), chance)
    return images


def _uniform(shape: tuple[int, ...], chance: Any) -> Tensor:
    return torch.rand(shape, generator=chance)
