"""What a pre-training is: all that decides its outcome."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from agents.common.fields import Fields
from hand_envs.errors import OptionError, choices

LABELS = ("3d", "2d", "objects")
"""21 joints in space, where these are seen, what is held: of the same pictures, so that trainings can be compared."""
DEPTHS = (18, 34, 50)
PRECISIONS = ("float32", "bfloat16")


@dataclass(frozen=True)
class PretrainingConfig(Fields):
    """A training of an encoder on pictures of hands."""

    labels: str = "3d"
    """3d, 2d or objects."""
    depth: int = 18
    """Layers of the residual network: 18, 34 or 50."""
    seed: int = 1
    steps: int = 160_000
    """Pictures learned from in all; one that is seen again, varied, counts again."""
    sizes: tuple[int, ...] = (48, 64, 112)
    """Of the pictures, in pixels, one after another; the last is the encoder's."""
    shares: tuple[float, ...] = (0.6, 0.15, 0.25)
    """Of the steps, at each size."""
    block: int = 2048
    """Pictures that are made together."""
    reuse: int = 6
    """Times that each is learned from, each time varied anew."""
    batch: int = 32
    learning_rate: float = 7e-4
    """It rises over the first hundredth of the steps and falls to nothing at the last, as a cosine does."""
    weight_decay: float = 0.01
    precision: str = "bfloat16"
    """Of convolutions; weights, statistics and losses are float32."""

    tiny: ClassVar[Mapping[str, Any]] = {
        "steps": 32, "sizes": (32,), "shares": (1.0,), "block": 16, "reuse": 1, "batch": 8,
    }  # fmt: skip
    """Changes that make a training of seconds."""

    def __post_init__(self) -> None:
        super().__post_init__()
        for name, value, valid in (("labels", self.labels, LABELS), ("precision", self.precision, PRECISIONS)):
            if value not in valid:
                raise OptionError(f"Unknown {name}: {choices(value, valid)}")
        if self.depth not in DEPTHS:
            raise OptionError(f"depth must be one of {', '.join(map(str, DEPTHS))}, got {self.depth}.")
        for name, least, most in _RANGES:
            self.within(least, most, name)
        if self.batch > self.block * self.reuse:
            raise OptionError(f"A batch of {self.batch} is more than a block gives, {self.block} x {self.reuse}.")
        if not 1 <= len(self.sizes) <= 8 or any(not 16 <= size <= 512 for size in self.sizes):
            raise OptionError(f"sizes must be 1 to 8 of 16 to 512 pixels, got {self.sizes!s:.80}.")
        if len(self.shares) != len(self.sizes) or min(self.shares) < 0 or abs(sum(self.shares) - 1) > 1e-6:
            raise OptionError(f"shares must be one for each of the sizes and sum to 1, got {self.shares!s:.80}.")

    def size_at(self, steps: int) -> int:
        """Pixels of the pictures that are learned from after so many steps."""
        ends = 0.0
        for size, share in zip(self.sizes, self.shares, strict=True):
            ends += share * self.steps
            if steps < ends:
                return size
        return self.size

    @property
    def size(self) -> int:
        """Pixels of the encoder's pictures."""
        return self.sizes[-1]


_RANGES = (
    ("seed", 0, 2**32 - 1),
    ("steps", 0, 10**12),
    ("block", 2, 2**16),
    ("reuse", 1, 10_000),
    ("batch", 2, 2**14),
    ("learning_rate", 0.0, 10.0),
    ("weight_decay", 0.0, 1.0),
)
