"""The network: a picture and words become five heat maps of contact, a wrist and a hand.

DEFT's, a hundred times smaller and without weights of others: a convolutional encoder for R3M's, upsampling to heat
maps, whose spatial softmax gives the five points; a transformer over what is seen, said and touched; and a perceptron
to 48 numbers. The wrist is predicted as a turn from the training's mean one, so that no vector is near length pi.
"""

from __future__ import annotations

from typing import Any

from agents.common.imports import need

torch: Any = need("torch")
nn = torch.nn
Tensor = Any

PIXELS = 64
"""Height and width of the crops that the network sees."""
POINTS, HAND = 5, 48
_WIDTH, _HEADS, _LAYERS, _HIDDEN = 96, 4, 2, 192


class AffordanceNetwork(nn.Module):  # type: ignore[misc,name-defined]
    """Contact points, wrist and hand of crops.

    Args:
        words: numbers that a text encoder gives.
    """

    def __init__(self, words: int) -> None:
        super().__init__()
        self.encoder = nn.Sequential(_down(3, 24), _down(24, 48), _down(48, _WIDTH), _same(_WIDTH, _WIDTH))
        self.words = nn.Linear(words, _WIDTH)
        self.tint = nn.Linear(words, _WIDTH)
        self.maps = nn.Sequential(_up(_WIDTH, 32), _up(32, 16), nn.Conv2d(16, POINTS, 1))
        self.seen = nn.Linear(_WIDTH * 16, _WIDTH)
        self.touched = nn.Linear(2 * POINTS, _WIDTH)
        self.kinds = nn.Parameter(0.02 * torch.randn(3, _WIDTH))
        layer = nn.TransformerEncoderLayer(_WIDTH, _HEADS, 2 * _WIDTH, 0.0, batch_first=True, norm_first=True)
        self.mixer = nn.TransformerEncoder(layer, _LAYERS, enable_nested_tensor=False)
        self.hand = nn.Sequential(nn.Linear(3 * _WIDTH, _HIDDEN), nn.ReLU(), nn.Linear(_HIDDEN, HAND))
        self.register_buffer("mean", torch.zeros(HAND))
        self.register_buffer("wrist", torch.eye(3))

    def forward(self, images: Tensor, words: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Points (n, 5, 2), -1 to 1 in the crop; hands (n, 48) rad; and the maps (n, 5, 32, 32) of the points.

        Args:
            images: crops (n, 3, 64, 64), 0 to 1.
            words: (n, words) of a text encoder.
        """
        features = self.encoder((images - 0.5) * 4)
        maps = self.maps(torch.relu(features + self.tint(words)[:, :, None, None]))
        points, shares = spatial_softmax(maps)
        pooled = nn.functional.adaptive_avg_pool2d(features, 4).flatten(1)
        tokens = torch.stack([self.seen(pooled), self.words(words), self.touched(points.flatten(1))], dim=1)
        mixed = self.mixer(tokens + self.kinds)
        return points, self.hand(mixed.flatten(1)) + self.mean, shares


def spatial_softmax(maps: Tensor) -> tuple[Tensor, Tensor]:
    """Mean places (n, k, 2), x and y from -1 to 1, of softmaxes over maps (n, k, h, w); and these."""
    height, width = maps.shape[-2:]
    shares = maps.flatten(2).softmax(dim=-1).view(maps.shape)
    x, y = (((torch.arange(size, dtype=maps.dtype) + 0.5) * 2 / size - 1) for size in (width, height))
    points = torch.stack([(shares.sum(dim=2) * x).sum(dim=-1), (shares.sum(dim=3) * y).sum(dim=-1)], dim=-1)
    return points, shares


def _same(before: int, after: int, stride: int = 1) -> Any:
    return nn.Sequential(nn.Conv2d(before, after, 3, stride, 1, bias=False), nn.BatchNorm2d(after), nn.ReLU())


def _down(before: int, after: int) -> Any:
    return _same(before, after, 2)


def _up(before: int, after: int) -> Any:
    """Twice as large, then convolved: a transposed convolution leaves a pattern of squares on the maps."""
    return nn.Sequential(nn.Upsample(scale_factor=2, mode="bilinear", align_corners=False), _same(before, after))
