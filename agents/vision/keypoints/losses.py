"""How far a reconstruction is from its picture, as a network's layers see it: the paper's eq. 3."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from agents.common import checkpoints
from agents.common.imports import need
from agents.vision.encoders.weights import read_tensors
from hand_envs.files.reading import reading

torch: Any = need("torch")
nn = torch.nn
Tensor = Any
Layers = Callable[[Tensor], list[Tensor]]
"""Pictures (n, 3, h, w) to what some layers make of them."""

_VGG16 = (64, 64, "M", 128, 128, "M", 256, 256, 256, "M", 512, 512, 512, "M", 512, 512)
_SEEN = (3, 8, 13, 20, 27)
"""Its layers relu1_2, relu2_2, relu3_2, relu4_2 and relu5_2, by their numbers in torchvision."""
_MOMENTUM = 0.01


class PerceptualLoss(nn.Module):  # type: ignore[misc,name-defined]
    """The mean square errors of pixels and of layers' outputs, each divided by its own running mean, added up.

    So each counts alike, whatever its units. The means begin with the first batch's.

    Args:
        layers: a frozen network's; not a part of this module, which keeps the means alone.
        terms: how many errors there are: the layers' and the pixels'.
    """

    def __init__(self, layers: Layers, terms: int) -> None:
        super().__init__()
        self.layers = layers
        self.register_buffer("means", torch.zeros(terms))

    def errors(self, image: Tensor, target: Tensor) -> Tensor:
        """Of the pixels, then of each layer."""
        with torch.no_grad():
            truth = [target, *self.layers(target)]
        seen = [image, *self.layers(image)]
        return torch.stack([(_wide(a) - _wide(b)).square().mean() for a, b in zip(seen, truth, strict=True)])

    def forward(self, image: Tensor, target: Tensor) -> Tensor:
        """The loss; in training, the means follow."""
        errors = self.errors(image, target)
        if self.training:
            now = errors.detach()
            self.means.copy_(torch.where(self.means > 0, self.means.lerp(now, _MOMENTUM), now))
        return (errors / self.means).sum()


def _wide(values: Tensor) -> Tensor:
    """Half precision is enough for a layer, and too little for a mean over one."""
    return values.float() if values.dtype == torch.bfloat16 else values


def frozen(network: Any) -> Any:
    """A network that nothing changes."""
    return network.eval().requires_grad_(False)


def vgg16_layers(path: str | Path, mean: Tensor, std: Tensor) -> Layers:
    """Layers of a VGG16 in torchvision's file, which takes pictures from 0 to 1 without further scaling, as published.

    Args:
        path: of the file.
        mean: of the pictures as they come.
        std: of the pictures as they come.
    """
    network = vgg16()
    wanted = network.state_dict()
    found = read_tensors(Path(path))
    with reading(path, " Expected is the file of torchvision's vgg16, such as vgg16-397923af.pth."):
        checkpoints.load_weights(network, {name: found[f"features.{name}"] for name in wanted})
    frozen(network)

    def layers(images: Tensor) -> list[Tensor]:
        seen, now = [], images * std + mean
        for number, layer in enumerate(network):
            now = layer(now)
            if number in _SEEN:
                seen.append(now)
        return seen

    return layers


def vgg16() -> Any:
    """VGG16's convolutions up to the last that is seen, numbered as torchvision does."""
    layers: list[Any] = []
    channels = 3
    for width in _VGG16:
        if isinstance(width, str):
            layers.append(nn.MaxPool2d(2))
        else:
            layers += [nn.Conv2d(channels, width, 3, padding=1), nn.ReLU()]
            channels = width
    return nn.Sequential(*layers)


def separation(places: Tensor, spread: float) -> Tensor:
    """How near keypoints (n, k, 2) are to each other, 0 to 1: the mean over pairs of a Gaussian of the distance."""
    count = places.shape[1]
    squared = (places[:, :, None] - places[:, None]).square().sum(dim=-1)
    near = (-squared / (2 * (2 * spread) ** 2)).exp()
    return (near.sum(dim=(1, 2)) - count).mean() / max(count * (count - 1), 1)
