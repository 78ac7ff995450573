"""What the training of keypoints is: all that decides its outcome."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

from agents.common.fields import Fields
from hand_envs.errors import OptionError, choices

AFFINE, ALL, NONE = "affine", "all", "none"
ADAPT = (AFFINE, ALL, NONE)
PRECISIONS = ("float32", "bfloat16")
OWN = "encoder"
"""The perceptual loss by the layers of the encoder itself, as it was."""
_LARGEST = 2**31
_COARSEST = 8  # the encoders of pictures and keypoints halve them three times


@dataclass(frozen=True)
class KeypointConfig(Fields):
    """A training of self-supervised keypoints, which adapts an encoder to the pictures of a task.

    The defaults are for a core or two; `preset("paper")` has H-InDex's sizes, for a GPU.
    """

    env: str = "HandDoorVisual-v0"
    """The task, by its `Visual` id; a shipped policy that acts by its state is the expert."""
    encoder: str = "default"
    """Which is adapted: a ResNet, by its name or folder."""
    weights: str | None = None
    """Its file, for published encoders."""
    size: int | None = None
    """Pixels a side that the encoder sees; None for its own."""
    adapt: str = AFFINE
    """affine: of the trunk, the scales and offsets of BatchNorm alone; all: every weight; none: nothing of it."""
    seed: int = 1
    steps: int = 16_000
    """Pairs of pictures learned from in all."""
    batch: int = 8
    learning_rate: float = 1e-3
    """Adam's, of all that begins from nothing; it falls to nothing at the last step, as a cosine does."""
    trunk_rate: float = 3e-4
    """Adam's, of what of the trunk is adapted; it falls likewise."""
    precision: str = "bfloat16"
    """bfloat16, in which networks are run nearly twice as fast where a processor has it, or float32; weights and means
    are in float32 always."""
    episodes: int = 40
    """Of the expert."""
    frames: int = 50
    """Pictures kept of each, evenly spaced."""
    held_out: float = 0.2
    """Share of the episodes that is judged by."""
    unsteadiness: float = 0.1
    """Standard deviation of what is added to the expert's actions, in their units."""
    camera: str | None = None
    """Seen through which camera; None for the one of H-InDex."""
    light: bool = True
    """Drawn with few faces."""
    keypoints: int = 30
    spread: float = 0.036
    """Standard deviation of a keypoint's Gaussian, in widths of the picture; the paper's 2 of 56 cells."""
    head: int = 64
    """Channels of the transposed convolutions that make heat maps of the trunk's last map."""
    widths: tuple[int, ...] = (16, 32, 64, 128)
    """Channels of the encoders of pictures and of keypoints, at one size and at three halvings of it; the decoder has
    them in reverse."""
    reconstruction: int = 56
    """Pixels a side of the picture that is reconstructed, and of its source."""
    perceptual: str = OWN
    """encoder, or the file of torchvision's VGG16."""
    separation: float = 0.0
    """Weight of a penalty on keypoints that are closer to each other than their spread; the paper has none."""

    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "laptop": {},
        "paper": {
            "encoder": "frankmocap",
            "size": 224,
            "steps": 800_000,
            "learning_rate": 1e-4,
            "trunk_rate": 1e-4,
            "episodes": 50,
            "frames": 150,
            "held_out": 0.1,
            "head": 256,
            "widths": (32, 64, 128, 256),
            "reconstruction": 224,
        },
    }
    tiny: ClassVar[Mapping[str, Any]] = {
        "encoder": "random",
        "precision": "float32",
        "size": 32,
        "steps": 8,
        "batch": 2,
        "episodes": 2,
        "frames": 3,
        "held_out": 0.5,
        "keypoints": 4,
        "head": 4,
        "widths": (4, 4, 4, 4),
        "reconstruction": 16,
    }
    """Changes that make a training of seconds."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.adapt not in ADAPT:
            raise OptionError(f"Unknown adapt: {choices(self.adapt, ADAPT)}")
        if self.precision not in PRECISIONS:
            raise OptionError(f"Unknown precision: {choices(self.precision, PRECISIONS)}")
        for name, least, most in _RANGES:
            self.within(least, most, name)
        if self.size is not None:
            self.within(32, 1024, "size")
        if len(self.widths) != 4 or not all(1 <= width <= 4096 for width in self.widths):
            raise OptionError(f"widths must be four numbers of channels from 1 to 4,096, got {self.widths!s:.80}.")
        if self.reconstruction % _COARSEST:
            raise OptionError(f"reconstruction must be a multiple of {_COARSEST}, got {self.reconstruction}.")
        if (size := self.episodes * self.frames * (self.size or 224) ** 2 * 3) > _LARGEST:
            raise OptionError(
                f"{self.episodes} episodes of {self.frames} frames may take {size:,} bytes, and {_LARGEST:,} are held "
                "in memory at most: take fewer episodes or frames."
            )
        if not 1 <= self.judged < self.episodes:
            raise OptionError(
                f"Of {self.episodes} episodes, held_out={self.held_out} leaves {self.episodes - self.judged} to learn "
                f"from and {self.judged} to judge by: there must be one of each."
            )

    @property
    def judged(self) -> int:
        """Episodes that are held out."""
        return round(self.held_out * self.episodes)

    @classmethod
    def preset(cls, name: str, **changes: Any) -> Self:
        """The config of a preset, with changes."""
        if name not in cls.presets:
            raise OptionError(f"Unknown preset: {choices(name, cls.presets)}")
        return cls(**{**cls.presets[name], **cls.known(changes)})

    def changed(self, **changes: Any) -> Self:
        """The config with changes."""
        return replace(self, **changes)


_RANGES = (
    ("seed", 0, 2**32 - 1),
    ("steps", 0, 10**12),
    ("batch", 1, 2**12),
    ("learning_rate", 0.0, 1.0),
    ("trunk_rate", 0.0, 1.0),
    ("episodes", 2, 10**6),
    ("frames", 2, 10**6),
    ("held_out", 0.0, 0.9),
    ("unsteadiness", 0.0, 1.0),
    ("keypoints", 1, 1024),
    ("spread", 1e-3, 1.0),
    ("head", 1, 4096),
    ("reconstruction", 8, 1024),
    ("separation", 0.0, 1e3),
)
