"""Residual networks (He et al., 2016) without a classifier, their parameters named and shaped as torchvision's."""

from __future__ import annotations

from typing import Any

from agents.common.imports import need
from hand_envs.errors import OptionError, choices

torch: Any = need("torch")
nn = torch.nn
Tensor = Any

DEPTHS = {18: (2, 2, 2, 2), 34: (3, 4, 6, 3), 50: (3, 4, 6, 3)}
"""Blocks of each of the four layers."""


class ResNet(nn.Module):  # type: ignore[misc,name-defined]
    """Features of images: the last maps, averaged over the picture.

    Args:
        depth: 18, 34 or 50.
        gates: weigh the channels of each layer's first block by what the whole picture shows, as AlphaPose does
            (squeeze and excitation, Hu et al., 2018).
    """

    def __init__(self, depth: int = 18, gates: bool = False) -> None:
        super().__init__()
        if depth not in DEPTHS:
            raise OptionError(f"There is no such ResNet: {choices(str(depth), map(str, DEPTHS))}")
        block = _Bottleneck if depth == 50 else _Basic
        self.depth, self.width = depth, 512 * block.expansion
        self.conv1 = nn.Conv2d(3, 64, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        before = 64
        for index, count in enumerate(DEPTHS[depth]):
            inner, stride = 64 * 2**index, 1 if index == 0 else 2
            blocks = [block(before, inner, stride, gates)]
            before = inner * block.expansion
            blocks += [block(before, inner, 1) for _ in range(count - 1)]
            self.add_module(f"layer{index + 1}", nn.Sequential(*blocks))
        _initialise(self)

    def forward(self, images: Tensor) -> Tensor:
        """Features (n, width) in float32 of images (n, 3, h, w)."""
        return self.maps(images).float().mean((2, 3))

    def maps(self, images: Tensor) -> Tensor:
        """The last maps, (n, width, h / 32, w / 32)."""
        return self.stages(images)[-1]

    def stages(self, images: Tensor) -> list[Tensor]:
        """The maps of the stem, at half the size, and of the four layers, at 1/4, 1/8, 1/16 and 1/32."""
        found = [self.bn1(self.conv1(images)).relu_()]
        seen = self.maxpool(found[0])
        for layer in (self.layer1, self.layer2, self.layer3, self.layer4):
            seen = layer(seen)
            found.append(seen)
        return found


class _Basic(nn.Module):  # type: ignore[misc,name-defined]
    """Two convolutions to add to what came in."""

    expansion = 1

    def __init__(self, before: int, inner: int, stride: int, gated: bool = False) -> None:
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(before, inner, 3, stride, 1, bias=False), nn.BatchNorm2d(inner)
        self.conv2, self.bn2 = nn.Conv2d(inner, inner, 3, 1, 1, bias=False), nn.BatchNorm2d(inner)
        self.downsample, self.se = _downsample(before, inner, stride), _gate(before, inner, stride, gated)

    def forward(self, seen: Tensor) -> Tensor:
        change = self.bn1(self.conv1(seen)).relu_()
        return self.se(self.bn2(self.conv2(change))).add_(self.downsample(seen)).relu_()


class _Bottleneck(nn.Module):  # type: ignore[misc,name-defined]
    """Three convolutions, the middle one narrow; the stride is the middle one's, as torchvision has it."""

    expansion = 4

    def __init__(self, before: int, inner: int, stride: int, gated: bool = False) -> None:
        super().__init__()
        after = inner * self.expansion
        self.conv1, self.bn1 = nn.Conv2d(before, inner, 1, bias=False), nn.BatchNorm2d(inner)
        self.conv2, self.bn2 = nn.Conv2d(inner, inner, 3, stride, 1, bias=False), nn.BatchNorm2d(inner)
        self.conv3, self.bn3 = nn.Conv2d(inner, after, 1, bias=False), nn.BatchNorm2d(after)
        self.downsample, self.se = _downsample(before, after, stride), _gate(before, after, stride, gated)

    def forward(self, seen: Tensor) -> Tensor:
        change = self.bn1(self.conv1(seen)).relu_()
        change = self.bn2(self.conv2(change)).relu_()
        return self.se(self.bn3(self.conv3(change))).add_(self.downsample(seen)).relu_()


class _Gate(nn.Module):  # type: ignore[misc,name-defined]
    """Channels, each weighed from 0 to 1 by the means of all."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        layers = nn.Linear(channels, channels), nn.ReLU(), nn.Linear(channels, channels), nn.Sigmoid()
        self.fc = nn.Sequential(*layers)

    def forward(self, seen: Tensor) -> Tensor:
        return seen * self.fc(seen.mean((2, 3)))[:, :, None, None]


def _gate(before: int, after: int, stride: int, gated: bool) -> Any:
    """In blocks that change the shape, if anywhere."""
    return _Gate(after) if gated and (stride > 1 or before != after) else nn.Sequential()


def _downsample(before: int, after: int, stride: int) -> Any:
    """What came in, in the shape of what is added to it."""
    if stride == 1 and before == after:
        return nn.Sequential()
    return nn.Sequential(nn.Conv2d(before, after, 1, stride, bias=False), nn.BatchNorm2d(after))


def _initialise(network: ResNet) -> None:
    """He's, so that activations neither grow nor vanish with depth."""
    for layer in network.modules():
        if isinstance(layer, nn.Conv2d):
            nn.init.kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="relu")
