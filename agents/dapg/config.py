"""What a training is: all that decides its outcome."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import tyro

from agents.common.config import from_data
from hand_envs.errors import OptionError, choices
from hand_envs.registry import IDS, entry

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
    "HandPour-v0": {"std": 0.07, "halfway": 0.4},
    "HandPen-v0": {"bc_epochs": 3, "lambda0": 0.02, "halfway": 0.4},
}
"""What else DAPG is given: a smaller std where an unsteady hand loses what was cloned; less cloning for the pen, whose
turns to the other side are fragile as demonstrated."""


@dataclass(frozen=True)
class Config:
    """A training of demonstration-augmented policy gradient."""

    env: str = "HandDoor-v0"
    """Any Gymnasium id with a flat observation and continuous actions."""
    options: tyro.conf.Suppress[Mapping[str, Any]] = field(default_factory=dict)
    """Options of the environment."""
    method: str = "dapg"
    """dapg, npg (from scratch) or bc (cloning alone). It sets the defaults of lambda0, bc-epochs, std and steps; the
    environment sets more for dapg and npg."""
    demonstrations: str | None = None
    """A Minari dataset or a DAPG pickle; None for those that come with the suite."""
    seed: int = 1
    steps: int = 2_000_000
    """Environment steps in all."""

    num_envs: int = 64
    num_steps: int = 200
    """Steps in each environment in a batch."""
    network: tuple[int, ...] = (64, 64)
    """Hidden layers of policy and baseline."""
    std: float = 0.15
    """Initial standard deviation of the actions."""
    gamma: float = 0.995
    gae_lambda: float = 0.97
    step_size: float = 0.1
    """Normalised: twice the divergence that a step of the policy may make."""
    cg_steps: int = 10
    """Iterations of the conjugate gradient."""
    fisher_stride: int = 4
    """Every so manyth sample makes up the Fisher matrix; 1 for all of them, which takes longer."""
    damping: float = 1e-4
    """Added to the Fisher matrix's diagonal."""
    baseline_rate: float = 1e-3
    baseline_epochs: int = 4
    """Passes over the batch in which the baseline learns."""
    minibatch: int = 512
    lambda0: float = 0.1
    lambda1: float = 0.95
    """In batch k, a demonstrated action counts lambda0 lambda1^k times the best action of the batch."""
    bc_epochs: int = 60
    """Passes over the demonstrations in which the policy first clones them."""
    practice: int = 32
    """Times that each demonstration is tried again with an unsteady hand; tries that succeed are learned from as well,
    with the actions that were meant. The steps count. 0 for none."""
    unsteadiness: float = 0.1
    """Standard deviation of the actions in the least steady try."""

    log_rewards: bool = False
    """Learn from sign(r) log(1 + |r|) of each reward: beside large bonuses what leads to them would not be seen."""
    halfway: float = 0.0
    """Share of the episodes that begin in a state which a demonstration passes through, instead of at a start: what
    comes late is then learned without having to get there first. They count in the success in training, not in
    evaluations."""

    def __post_init__(self) -> None:
        if self.method not in METHODS:
            raise OptionError(f"Unknown method: {choices(self.method, METHODS)}")
        if not 0 <= self.lambda1 <= 1 or self.lambda0 < 0:
            raise OptionError(f"lambda0 must be at least 0 and lambda1 from 0 to 1: {self.lambda0}, {self.lambda1}.")
        if self.practice < 0 or self.unsteadiness < 0:
            raise OptionError(f"practice and unsteadiness are 0 or more, got {self.practice} and {self.unsteadiness}.")
        if self.std <= 0 or self.step_size <= 0:
            raise OptionError(f"std and step_size are more than 0, got {self.std} and {self.step_size}.")
        if not 0 < self.gamma <= 1 or self.bc_epochs < 0:
            raise OptionError(f"gamma is above 0 and at most 1, bc_epochs 0 or more: {self.gamma}, {self.bc_epochs}.")
        if self.method == "bc" and self.steps:
            raise OptionError("bc clones and learns no further: --method dapg for steps, or --steps 0.")
        if self.fisher_stride < 1:
            raise OptionError(f"fisher_stride is 1 or more, got {self.fisher_stride}.")
        if not 0 <= self.halfway <= 1:
            raise OptionError(f"halfway is a share from 0 to 1, got {self.halfway}.")
        if self.batch < 2 or self.minibatch < 2:
            raise OptionError(f"A batch of {self.batch} steps, or a minibatch of {self.minibatch}, is too small.")

    hold = 1
    """Every step is decided on,"""
    actuators = ()
    """and every actuator."""
    from_scratch = "--method npg"
    """How to do without demonstrations."""

    @property
    def batch(self) -> int:
        """Environment steps of an iteration."""
        return self.num_envs * self.num_steps

    @property
    def demonstrated(self) -> bool:
        """Whether what demonstrations do is learned from."""
        return self.lambda0 > 0 or self.bc_epochs > 0

    @property
    def goal_steps(self) -> int | None:
        """Steps at the goal by which an episode succeeds, as DAPG counts; None where that is not told."""
        return entry(self.env).make_task().goal_steps if self.env in IDS else None

    def test_options(self, split: str = "test", **changes: Any) -> dict[str, Any]:
        """Options of the environment to be judged in."""
        return {**self.options, **changes}

    def as_data(self) -> dict[str, Any]:
        """Plain data for a file."""
        return asdict(self)

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Config:
        """The config in a file."""
        return from_data(cls, data, ("network",))


def configured(method: str = "dapg", env: str = Config.env, **changes: Any) -> Config:
    """The config of a method in an environment, with changes."""
    if method not in METHODS:
        raise OptionError(f"Unknown method: {choices(method, METHODS)}")
    settings = METHODS[method]
    if method != "bc":
        settings = settings | SETTINGS.get(env, {})
    if method == "dapg":
        settings = settings | DEMONSTRATED.get(env, {})
    return replace(Config(), **{"method": method, "env": env, **settings, **changes})
