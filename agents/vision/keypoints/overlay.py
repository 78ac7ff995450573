"""Pictures of keypoints: coloured spots where they lie, frame by frame, beside what is reconstructed from them."""

from __future__ import annotations

import colorsys
from typing import Any

import numpy as np

from agents.common.imports import need
from agents.vision.encoders.encoder import Encoder
from agents.vision.keypoints.network import KeypointNetwork, resized
from hand_envs.rendering import strip

torch: Any = need("torch")
Array = np.ndarray
_RADIUS = 0.012  # of a spot, in widths of the picture


def overlaid(image: Array, places: Array, scale: int = 3) -> Array:
    """A picture with a spot at each of the places (k, 2), x and y from -1 to 1; `scale` times as large."""
    drawn = image.repeat(scale, axis=0).repeat(scale, axis=1)
    height, width = drawn.shape[:2]
    row, column = np.mgrid[:height, :width]
    radius = max(2.0, _RADIUS * width)
    for (x, y), colour in zip(places, colours(len(places)), strict=True):
        away = np.hypot(column + 0.5 - (x + 1) / 2 * width, row + 0.5 - (y + 1) / 2 * height)
        drawn[away < radius + 1] = 0
        drawn[away < radius] = colour
    return drawn


def colours(count: int) -> Array:
    """So many colours (count, 3), the same for the same keypoint."""
    hues = [colorsys.hsv_to_rgb(number / count, 1.0 if number % 2 else 0.6, 1.0) for number in range(count)]
    return np.round(255 * np.array(hues)).astype(np.uint8)


def episode_picture(network: KeypointNetwork, encoder: Encoder, images: Array, small: int, count: int = 8) -> Array:
    """Frames across an episode with their keypoints, above what they are reconstructed as from the first one.

    Args:
        network: that reconstructs.
        encoder: its trunk's.
        images: (frames, height, width, 3) uint8.
        small: pixels a side of a reconstruction.
        count: of the frames that are shown.
    """
    shown = images[np.linspace(0, len(images) - 1, min(count, len(images))).round().astype(int)]
    network.eval()
    with torch.inference_mode():
        seen = encoder.prepare(shown)
        source = resized(seen[:1], small).expand(len(shown), -1, -1, -1)
        found, places = network(source, seen)
    mean, std = (np.array(each)[:, None, None] for each in (encoder.mean, encoder.std))
    again = np.clip(255 * (found.numpy() * std + mean), 0, 255).round().astype(np.uint8).transpose(0, 2, 3, 1)
    return np.concatenate([_row(shown, places.numpy()), strip(_enlarged(each, 3 * shown.shape[1]) for each in again)])


def _row(images: Array, places: Array) -> Array:
    return strip(overlaid(image, at) for image, at in zip(images, places, strict=True))


def _enlarged(image: Array, side: int) -> Array:
    nearest = np.arange(side) * len(image) // side
    return image[nearest][:, nearest]
