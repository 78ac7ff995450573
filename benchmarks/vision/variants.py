"""What is learned with: whose features, whether their statistics follow, and whether learning goes on after cloning."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.vision.paper import MOMENTA
from benchmarks.vision.rows import RANDOM

MOMENTUM = 0.01
"""Of stage 3, the same on every task: chosen before anything was counted."""


@dataclass(frozen=True)
class Variant:
    """One way to learn."""

    row: str
    """Whose features."""
    momentum: float = 0.0
    """By which the encoder's statistics follow."""
    method: str = "dapg"
    """dapg, or bc: cloning alone."""

    @property
    def kind(self) -> str:
        """The last part of its cells' names."""
        return f"{self.method}-momentum-{self.momentum:g}"


LEARNED = {
    "Nothing (random), cloned": Variant(RANDOM, method="bc"),
    "Nothing (random)": Variant(RANDOM),
    "Stage 1, cloned": Variant("3d", method="bc"),
    "Stage 1": Variant("3d"),
    "All stages": Variant("adapted", MOMENTUM),
}
"""Rows of the table of stage 3."""

STAGES = {
    "Without stages 1, 2, 3": Variant(RANDOM),
    "Stage 1": Variant("3d"),
    "Stages 1 and 3": Variant("3d", MOMENTUM),
    "Stages 1 and 2": Variant("adapted"),
    "All stages": Variant("adapted", MOMENTUM),
    "All stages, 2 adapts 100 %": Variant("adapted-all", MOMENTUM),
}
"""Of Fig. 6a and 6c."""

MOMENTUMS = {f"momentum {momentum:g}": Variant("adapted", momentum) for momentum in MOMENTA}
"""Of Fig. 6b."""
