"""Networks by the names of their architectures."""

from __future__ import annotations

from typing import Any

from agents.common.imports import need
from agents.vision.encoders.config import ARCHITECTURES, EncoderConfig
from agents.vision.encoders.resnet import ResNet
from agents.vision.encoders.vit import VisionTransformer
from hand_envs.errors import OptionError

torch: Any = need("torch")
nn = torch.nn


def build(config: EncoderConfig, seed: int = 0) -> Any:
    """A network whose weights follow from the seed; nobody else's random numbers are touched."""
    if config.architecture not in ARCHITECTURES:
        raise OptionError(f"{config.architecture} is of no architecture of ours: have it made by Encoder.named.")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        kind = config.architecture
        if kind.startswith("vit"):
            return VisionTransformer(kind, config.size)
        return ResNet(int(kind[-2:]), gates=kind.startswith("se"))


def in_bfloat16(network: Any) -> None:
    """Convert all but normalisations, whose statistics and scales stay in single precision."""
    for module in network.modules():
        if not isinstance(module, nn.BatchNorm2d | nn.LayerNorm):
            for parameter in module.parameters(recurse=False):
                parameter.data = parameter.data.bfloat16()


def check_variances(network: Any) -> None:
    """Refuse statistics that no images have."""
    for name, value in network.named_buffers():
        if name.endswith("running_var") and (value < 0).any():
            raise ValueError(f"{name} has a variance below 0")
