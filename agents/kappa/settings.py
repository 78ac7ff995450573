"""How a kappa is trained."""

from __future__ import annotations

from dataclasses import dataclass

from agents.common.config import check_network
from agents.common.fields import Fields
from hand_envs.errors import OptionError

_MOST_HIDDEN = 7  # layers; what runs the network reads so many


@dataclass(frozen=True)
class Settings(Fields):
    """The paper's, but for a fifth of its iterations."""

    iterations: int = 200_000
    """Batches in all; the paper has 1,000,000."""
    batch: int = 32
    rate: float = 1e-3
    """Adam's."""
    network: tuple[int, ...] = (64, 64)
    """Hidden layers, of hyperbolic tangents."""
    seed: int = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        self.within(1, 10**9, "iterations")
        self.within(1, 10**6, "batch")
        self.within(0, 2**32 - 1, "seed")
        self.above(0, "rate")
        check_network(self.network)
        if len(self.network) > _MOST_HIDDEN:
            raise OptionError(f"network must be at most {_MOST_HIDDEN} layers, got {self.network!s:.80}.")
