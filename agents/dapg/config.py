"""What a training is: all that decides its outcome."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from agents.common.gradient_config import GradientConfig

METHODS: dict[str, dict[str, Any]] = {
    "dapg": {"lambda0": 0.1, "bc_epochs": 60, "std": 0.15},
    "npg": {"lambda0": 0.0, "bc_epochs": 0, "std": 0.3},
    "bc": {"steps": 0, "lambda0": 0.0, "bc_epochs": 100, "std": 0.3},
}
"""DAPG, which is to stray little from what it has cloned; natural policy gradient from scratch; cloning alone."""

SETTINGS: dict[str, dict[str, Any]] = {
    "HandPen-v0": {"std": 0.5, "log_rewards": True, "gamma": 0.98, "gae_lambda": 0.95, "step_size": 0.2},
    "HandPour-v0": {"step_size": 0.2},
}
"""What else learning by gradient is given, with demonstrations or without: for the pen more to find out by itself."""

DEMONSTRATED: dict[str, dict[str, Any]] = {
    "HandHammer-v0": {"std": 0.07},
    "HandPlaceInside-v0": {"std": 0.07},
    "HandPour-v0": {"std": 0.07, "start_midway": 0.4},
    "HandPen-v0": {"bc_epochs": 3, "lambda0": 0.02, "start_midway": 0.4},
}
"""What else DAPG is given: a smaller std where an unsteady hand loses what was cloned; less cloning for the pen, whose
turns to the other side are fragile as demonstrated."""


@dataclass(frozen=True)
class Config(GradientConfig):
    """A training of demonstration-augmented policy gradient."""

    method: str = "dapg"
    """dapg, npg (from scratch) or bc (cloning alone). It sets the defaults of lambda0, bc-epochs, std and steps; the
    environment sets more for dapg and npg."""
    demonstrations: str | None = None
    """A Minari dataset or a DAPG pickle; None for those that come with the suite."""
    steps: int = 2_000_000
    """Environment steps in all."""

    std: float = 0.15
    """Initial standard deviation of the actions."""
    bc_epochs: int = 60
    """Passes over the demonstrations in which the policy first clones them."""
    augmentation: int = 32
    """Times that each demonstration is tried again with an unsteady hand; tries that succeed are learned from as well,
    with the actions that were meant. The steps count. 0 for none."""
    unsteadiness: float = 0.1
    """Standard deviation of the actions in the least steady try."""
    start_midway: float = 0.0
    """Share of the episodes that begin in a state which a demonstration passes through, instead of at a start: what
    comes late is then learned without having to get there first. They count in the success in training, not in
    evaluations."""

    tiny: ClassVar[Mapping[str, Any]] = {**GradientConfig.tiny, "bc_epochs": 1, "augmentation": 0}
    methods: ClassVar[Mapping[str, Mapping[str, Any]]] = METHODS
    former: ClassVar[Mapping[str, str]] = {"practice": "augmentation", "halfway": "start_midway"}
    from_scratch: ClassVar[str] = "--method npg"

    def __post_init__(self) -> None:
        super().__post_init__()
        self.within(0, 1_000_000, "augmentation", "unsteadiness")
        self.within(0, 1, "start_midway")

    @classmethod
    def settings(cls, method: str, env: str) -> Mapping[str, Any]:
        settings = METHODS[method]
        if method != "bc":
            settings = settings | SETTINGS.get(env, {})
        if method == "dapg":
            settings = settings | DEMONSTRATED.get(env, {})
        return settings


configured = Config.configured
"""The config of a method in an environment, with changes."""
