"""What stage 2 may change of a trunk: the scales and offsets of its BatchNorm layers, and how far it has moved them."""

from __future__ import annotations

from typing import Any

from agents.common.imports import need
from agents.vision.keypoints.config import AFFINE, ALL
from hand_envs.errors import OptionError

torch: Any = need("torch")
Tensor = Any
PUBLISHED = {"resnet18": 9_600, "resnet34": 17_024, "resnet50": 53_120}
"""Scales and offsets of each architecture. The paper says 0.18 % of ResNet-50; it is 53,120 of 23.5 million: 0.23 %."""


def affine_parameters(trunk: Any) -> dict[str, Any]:
    """Scales and offsets of all BatchNorm layers by their names, from the picture to the features."""
    layers = {name: each for name, each in trunk.named_modules() if isinstance(each, torch.nn.BatchNorm2d)}
    return {f"{name}.{part}": getattr(layer, part) for name, layer in layers.items() for part in ("weight", "bias")}


def adapted_parameters(trunk: Any, adapt: str, architecture: str) -> dict[str, Any]:
    """What is trained of a trunk, by name; everything else in it is told that it is not."""
    affine = affine_parameters(trunk)
    count = sum(each.numel() for each in affine.values())
    if not affine:
        raise OptionError(f"{architecture} has no BatchNorm layers to adapt: keypoints are for ResNets.")
    assert count == PUBLISHED.get(architecture, count), f"{count} affine parameters in {architecture}"
    chosen = {AFFINE: affine, ALL: dict(trunk.named_parameters())}.get(adapt, {})
    for name, parameter in trunk.named_parameters():
        parameter.requires_grad_(name in chosen)
    return chosen


def affine_shift(before: Any, after: Any) -> list[dict[str, Any]]:
    """Distributions of the scales and offsets of each layer before and after: what the paper's Figure 11 draws."""
    old, new = affine_parameters(before), affine_parameters(after)
    names = [name.removesuffix(".weight") for name in old if name.endswith(".weight")]
    return [
        {
            "name": name,
            "depth": depth,
            "channels": old[f"{name}.weight"].numel(),
            **{part: _moved(old[f"{name}.{part}"], new[f"{name}.{part}"]) for part in ("weight", "bias")},
        }
        for depth, name in enumerate(names)
    ]


def _moved(before: Tensor, after: Tensor) -> dict[str, Any]:
    """Mean and standard deviation of both, and the root mean square of the difference."""
    old, new = before.detach().double(), after.detach().double()
    return {
        "before": [float(old.mean()), float(old.std())],
        "after": [float(new.mean()), float(new.std())],
        "shift": float((new - old).square().mean().sqrt()),
    }
