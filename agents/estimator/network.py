"""The networks: a trunk, two layers of 1024, and a code of principal components that is decoded to 21 points."""

from __future__ import annotations

from typing import Any

from agents.common.imports import need
from agents.estimator.config import EstimatorConfig

torch: Any = need("torch")
nn = torch.nn
Tensor = Any

PIXELS = 128
"""Height and width of the crops that networks see."""
FEATURES = 1024
"""Numbers that a hand is said in before its code: the policies' phi."""


class HandNetwork(nn.Module):  # type: ignore[misc,name-defined]
    """Points in units of half the cube, and features, of crops.

    The trunk differs: `published` is DeepPrior++'s, of 47 layers; `small` sees the crop at half its resolution and has
    a twentieth of its operations, so that a core can train it.
    """

    def __init__(self, config: EstimatorConfig) -> None:
        super().__init__()
        trunk, width = (_published if config.size == "published" else _small)()
        self.trunk = trunk
        self.first, self.second = nn.Linear(width, FEATURES), nn.Linear(FEATURES, FEATURES)
        self.drop = nn.Dropout(config.dropout)
        self.code = nn.Linear(FEATURES, config.components)
        self.register_buffer("mean", torch.zeros(63))
        self.register_buffer("basis", torch.zeros(config.components, 63))
        _initialise(self)

    def features(self, depth: Tensor) -> Tensor:
        """The second layer's activations, (n, 1024), of crops (n, H, W)."""
        seen = self.trunk(_fitted(depth[:, None]).contiguous(memory_format=torch.channels_last))
        hidden = self.drop(torch.relu(self.first(seen.flatten(1))))
        return self.drop(torch.relu(self.second(hidden)))

    def decoded(self, code: Tensor) -> Tensor:
        """Points (n, 63) of codes."""
        return code @ self.basis + self.mean

    def forward(self, depth: Tensor) -> tuple[Tensor, Tensor]:
        """Codes and features."""
        features = self.features(depth)
        return self.code(features), features


def _fitted(images: Tensor) -> Tensor:
    """Of the size that networks see, whatever size they are given in."""
    if images.shape[-2:] == (PIXELS, PIXELS):
        return images
    return nn.functional.interpolate(images, size=(PIXELS, PIXELS), mode="area")


def _small() -> tuple[Any, int]:
    layers = [nn.AvgPool2d(2), nn.Conv2d(1, 32, 4, 4), nn.ReLU()]
    for before, after, stride in ((32, 64, 1), (64, 96, 2), (96, 96, 1), (96, 128, 2)):
        layers += [nn.Conv2d(before, after, 3, stride, 1, bias=False), nn.BatchNorm2d(after), nn.ReLU()]
    return nn.Sequential(*layers, nn.Conv2d(128, 80, 1), nn.ReLU()), 80 * 4 * 4


def _published() -> tuple[Any, int]:
    layers: list[Any] = [nn.Conv2d(1, 32, 5, padding=2), nn.MaxPool2d(2)]
    before = 32
    for width in (64, 128, 256, 256):
        layers += [_Bottleneck(before, width, 2), *(_Bottleneck(width, width, 1) for _ in range(4))]
        before = width
    return nn.Sequential(*layers, nn.BatchNorm2d(256), nn.ReLU()), 256 * 4 * 4


class _Bottleneck(nn.Module):  # type: ignore[misc,name-defined]
    """Three convolutions to add to what came in, each after its normalisation."""

    def __init__(self, before: int, after: int, stride: int) -> None:
        super().__init__()
        inner = after // 4
        shapes = ((before, inner, 1, 1, 0), (inner, inner, 3, stride, 1), (inner, after, 1, 1, 0))
        parts = [[nn.BatchNorm2d(shape[0]), nn.ReLU(), nn.Conv2d(*shape)] for shape in shapes]
        self.change = nn.Sequential(*(part for each in parts for part in each))
        alike = stride == 1 and before == after
        self.pass_on = nn.Identity() if alike else nn.Conv2d(before, after, 1, stride)

    def forward(self, images: Tensor) -> Tensor:
        return self.pass_on(images) + self.change(images)


def _initialise(network: HandNetwork) -> None:
    """He's; the code begins near 0, the mean pose."""
    for layer in network.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
    with torch.no_grad():
        network.code.weight *= 0.1
