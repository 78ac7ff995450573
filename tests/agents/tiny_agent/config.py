"""What a training of A2C is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from agents.common.config import TrainingConfig


@dataclass(frozen=True)
class Config(TrainingConfig):
    """A training of advantage actor-critic."""

    method: str = "a2c"
    learning_rate: float = 7e-4
    entropy: float = 0.0
    """Weight of the policy's entropy."""

    methods: ClassVar[Mapping[str, Mapping[str, Any]]] = {"a2c": {}, "a2c-curious": {"entropy": 0.01}}

    def __post_init__(self) -> None:
        super().__post_init__()
        self.above(0, "learning_rate")
