"""How a kappa is trained."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

from agents.common.config import check_network
from hand_envs.errors import OptionError

_MOST_HIDDEN = 7  # layers; what runs the network reads so many


@dataclass(frozen=True)
class Settings:
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
        for name, most in (("iterations", 10**9), ("batch", 10**6)):
            if not 1 <= getattr(self, name) <= most:
                raise OptionError(f"{name} must be from 1 to {most:,}, got {getattr(self, name)!r}.")
        if not (math.isfinite(self.rate) and self.rate > 0):
            raise OptionError(f"rate must be above 0, got {self.rate!r}.")
        if not 0 <= self.seed < 2**32:
            raise OptionError(f"seed must be from 0 to {2**32 - 1:,}, got {self.seed!r}.")
        check_network(self.network)
        if len(self.network) > _MOST_HIDDEN:
            raise OptionError(f"network must be at most {_MOST_HIDDEN} layers, got {self.network!s:.80}.")

    def as_data(self) -> dict[str, Any]:
        """Plain data for a file."""
        return {**asdict(self), "network": list(self.network)}
