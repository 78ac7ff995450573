"""What an encoder is, besides its weights."""

from __future__ import annotations

from dataclasses import dataclass

from agents.common.fields import Fields
from hand_envs.errors import OptionError, choices

ARCHITECTURES = ("resnet18", "resnet34", "resnet50", "seresnet50", "vit_small", "vit_base")
HUGGING_FACE = "hf:"
"""What a name on the Hugging Face hub begins with here."""
PATCH = 16
"""Height and width of what a vision transformer takes for a word (pixels)."""
PRECISIONS = ("float32", "bfloat16")


@dataclass(frozen=True)
class EncoderConfig(Fields):
    """Architecture and preprocessing, as `config.json` beside the weights has them."""

    name: str = "random"
    architecture: str = "resnet18"
    size: int = 112
    """Height and width of what the network sees (pixels)."""
    mean: tuple[float, ...] = (0.5, 0.5, 0.5)
    """Of red, green and blue, from 0 to 1: what the network takes for 0."""
    std: tuple[float, ...] = (0.25, 0.25, 0.25)
    """What it takes for 1, above that."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.architecture not in ARCHITECTURES and not self.architecture.startswith(HUGGING_FACE):
            raise OptionError(f"There is no such architecture: {choices(self.architecture, ARCHITECTURES)}")
        self.within(32, 1024, "size")
        if self.architecture.startswith("vit") and self.size % PATCH:
            raise OptionError(
                f"A vision transformer sees patches of {PATCH} pixels: size is a multiple, not {self.size}."
            )
        for name in ("mean", "std"):
            values = getattr(self, name)
            if len(values) != 3 or not all(abs(value) <= 255 for value in values):
                raise OptionError(f"{name} must be three numbers, of red, green and blue, got {values}.")
        if min(self.std) < 1e-3:
            raise OptionError(f"std must be above 0.001, got {self.std}.")
