"""What the training of a prior is: all that decides its outcome."""

from __future__ import annotations

from dataclasses import dataclass

from agents.cem.affordance.words import ENCODERS
from agents.common.fields import Fields
from hand_envs.errors import OptionError, choices

MADE = "made"


@dataclass(frozen=True)
class AffordanceConfig(Fields):
    """A training of an affordance prior; the losses' weights and the rate's course are DEFT's."""

    data: str = MADE
    """`made` for clips that are made first, or a folder of labels: ours (`make`) or those that DEFT released."""
    clips: int = 1200
    """Of made data, so many."""
    text: str = "words"
    """words, learned here; or clip, from the user's disk."""
    seed: int = 1
    steps: int = 16_000
    """Labels learned from in all; one that is seen again, varied, counts again."""
    batch: int = 64
    learning_rate: float = 1e-3
    """Adam's; it falls to nothing at the last step, as a cosine does."""
    contact: float = 1.0
    """Weight of the contact's error."""
    wrist: float = 0.1
    """Weight of the wrist's error."""
    pose: float = 0.1
    """Weight of the hand's error."""
    shift: float = 0.08
    """Standard deviation of the crop's place and size, in its widths."""
    tint: float = 0.15
    """Standard deviation of a crop's brightness, its contrast and its colours."""
    swap: float = 0.7
    """Share of crops whose red, green and blue change places: things come in other colours too."""
    held_out: float = 0.1
    """Share of the labels that are for validation."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.text not in ENCODERS:
            raise OptionError(f"Unknown text encoder: {choices(self.text, ENCODERS)}")
        for name, least, most in _RANGES:
            self.within(least, most, name)


_RANGES = (
    ("clips", 10, 10**6),
    ("seed", 0, 2**32 - 1),
    ("steps", 1, 10**9),
    ("batch", 1, 2**12),
    ("learning_rate", 0.0, 1.0),
    ("contact", 0.0, 1e3),
    ("wrist", 0.0, 1e3),
    ("pose", 0.0, 1e3),
    ("shift", 0.0, 1.0),
    ("tint", 0.0, 1.0),
    ("swap", 0.0, 1.0),
    ("held_out", 0.0, 0.9),
)
