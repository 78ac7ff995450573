"""The network: where 30 keypoints lie in a picture, and what another picture of the episode looks like with them there.

Appearance and geometry are told apart as Jakab et al. (2018) do: all that the decoder learns of the target picture is
where keypoints lie in it, so these have to follow whatever moves.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

from agents.common.imports import need

torch: Any = need("torch")
nn = torch.nn
Tensor = Any


class KeypointHeads(nn.Module):  # type: ignore[misc,name-defined]
    """Heat maps of a trunk's last map, eight times as fine, and the places that they say.

    Args:
        width: channels of the trunk's last map.
        channels: of the transposed convolutions.
        keypoints: how many.
    """

    def __init__(self, width: int, channels: int, keypoints: int) -> None:
        super().__init__()
        self.width, self.channels, self.keypoints = width, channels, keypoints
        sizes = itertools.pairwise((width, channels, channels, channels))
        self.finer = nn.Sequential(*(layer for before, after in sizes for layer in _finer(before, after)))
        self.maps = nn.Conv2d(channels, keypoints, 1)

    def forward(self, features: Tensor) -> Tensor:
        """Places (n, keypoints, 2), x to the right and y down, each from -1 to 1."""
        maps = self.maps(self.finer(features))
        return expected_places(maps.float() if maps.dtype == torch.bfloat16 else maps)


class KeypointNetwork(nn.Module):  # type: ignore[misc,name-defined]
    """Reconstructs a target picture from a source picture and the target's keypoints.

    The trunk stays in eval mode: its statistics of BatchNorm do not change.

    Args:
        trunk: pictures to a map of features by its method `maps`.
        width: channels of that map.
        keypoints: how many.
        head: channels of the transposed convolutions.
        widths: channels of the encoders, at one size and at its halvings.
        spread: standard deviation of a keypoint's Gaussian, in widths of the picture.
    """

    def __init__(self, trunk: Any, width: int, keypoints: int, head: int, widths: Sequence[int], spread: float) -> None:
        super().__init__()
        self.trunk, self.spread = trunk, spread
        self.heads = KeypointHeads(width, head, keypoints)
        self.appearance = _encoder(3, widths)
        self.geometry = _encoder(keypoints, widths)
        self.decoder = _decoder(widths)
        self.train()

    def train(self, mode: bool = True) -> KeypointNetwork:
        super().train(mode)
        self.trunk.eval()
        return self

    def places(self, target: Tensor) -> Tensor:
        """Of the keypoints in pictures (n, 3, size, size), (n, keypoints, 2) from -1 to 1."""
        return self.heads(self.trunk.maps(target))

    def decoded(self, source: Tensor, places: Tensor) -> Tensor:
        """What source pictures (n, 3, h, w) would be with the keypoints there."""
        spots = gaussians(places, source.shape[-2:], self.spread)
        return self.decoder(torch.cat([self.appearance(source), self.geometry(spots)], dim=1))

    def forward(self, source: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
        """The target as reconstructed, as large as the source; and the places of its keypoints."""
        places = self.places(target)
        return self.decoded(source, places), places


def expected_places(maps: Tensor) -> Tensor:
    """Expected x and y, -1 to 1, of the softmaxes over the summed columns and rows of maps (n, k, h, w)."""

    def expected(sums: Tensor) -> Tensor:
        return (sums.softmax(dim=-1) * _centres(sums.shape[-1], sums)).sum(dim=-1)

    return torch.stack([expected(maps.sum(dim=2)), expected(maps.sum(dim=3))], dim=-1)


def gaussians(places: Tensor, size: tuple[int, int], spread: float) -> Tensor:
    """Maps (n, k, h, w) of 1 at each of the places (n, k, 2), falling off as Gaussians of `spread` picture widths."""
    height, width = size
    x = _centres(width, places) - places[..., 0, None]
    y = _centres(height, places) - places[..., 1, None]
    falloff = -1 / (2 * (2 * spread) ** 2)  # a picture is 2 wide, from -1 to 1
    return (falloff * y**2).exp()[..., :, None] * (falloff * x**2).exp()[..., None, :]


def resized(images: Tensor, side: int) -> Tensor:
    """Pictures of another size, each pixel the mean of what it covers."""
    return images if images.shape[-1] == side else nn.functional.interpolate(images, size=(side, side), mode="area")


def _centres(count: int, like: Tensor) -> Tensor:
    """Of so many cells from -1 to 1."""
    return (torch.arange(count, dtype=like.dtype, device=like.device) + 0.5) * (2 / count) - 1


def _finer(before: int, after: int) -> list[Any]:
    return [nn.ConvTranspose2d(before, after, 4, 2, 1, bias=False), nn.BatchNorm2d(after), nn.ReLU()]


def _convolved(before: int, after: int, kernel: int = 3, stride: int = 1) -> list[Any]:
    convolution = nn.Conv2d(before, after, kernel, stride, kernel // 2, bias=False)
    return [convolution, nn.BatchNorm2d(after), nn.ReLU()]


def _encoder(channels: int, widths: Sequence[int]) -> Any:
    """At full size a wide kernel and a narrow one, then halvings, two convolutions each."""
    layers = [*_convolved(channels, widths[0], 7), *_convolved(widths[0], widths[0])]
    for before, after in itertools.pairwise(widths):
        layers += [*_convolved(before, after, stride=2), *_convolved(after, after)]
    return nn.Sequential(*layers)


def _decoder(widths: Sequence[int]) -> Any:
    """From both encodings to a picture: two convolutions and a doubling for each halving."""
    layers: list[Any] = []
    for before, after in itertools.pairwise((2 * widths[-1], *reversed(widths[1:]))):
        layers += [*_convolved(before, after), *_convolved(after, after), nn.Upsample(scale_factor=2)]
    return nn.Sequential(*layers, *_convolved(widths[1], widths[0]), nn.Conv2d(widths[0], 3, 3, padding=1))
