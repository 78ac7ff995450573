"""What a training is: all that decides its outcome, and the methods of the paper as settings of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import tyro

from agents.common.config import from_data
from hand_envs.errors import OptionError, choices
from hand_envs.registry import task_of

METHODS: dict[str, dict[str, Any]] = {
    "ik": {"steps": 0},
    "rl": {"residual": False, "task_share": 1.0},
    "il": {"residual": False, "task_share": 0.0},
    "hybrid": {"residual": False, "task_share": 0.5},
    "rl-user": {"residual": False, "task_share": 1.0, "user_reward": 1.0},
    "hybrid-user": {"residual": False, "task_share": 0.5, "user_reward": 1.0},
    "ours": {"residual": True, "task_share": 0.5},
    "ours-rl": {"residual": True, "task_share": 1.0},
    "ours-il": {"residual": True, "task_share": 0.0},
}
"""The rows of Table II and the two ablations of Fig. 3b. `ik` is the user alone."""

USER_ERRORS = ("drift", "tempo", "shift", "retreat")
"""What a training may have the user do and an evaluation leaves out."""


@dataclass(frozen=True)
class Config:
    """A training of PPO with an adversarial imitation reward (GAIL)."""

    env: str = "HandDoorResidual-v0"
    """Any Gymnasium id with a flat observation and continuous actions."""
    options: tyro.conf.Suppress[Mapping[str, Any]] = field(default_factory=dict)
    """Options of the environment, such as noise=0.1 or demonstrations=door-v0_demos.pickle."""
    method: str = "ours"
    """A row of the paper's Table II, which sets residual, task-share and user-reward: ik, rl, il, hybrid, rl-user,
    hybrid-user, ours, or its ablations ours-rl and ours-il."""
    seed: int = 1
    steps: int = 3_000_000
    """Environment steps in all."""

    num_envs: int = 128
    num_steps: int = 128
    """Decisions in each environment in a batch. (The paper: 4096 in all.)"""
    hold: int = 1
    """Steps that a decision is held while training. The trained agent decides at every step."""
    actuators: tuple[int, ...] = ()
    """Those that the agent acts on; the others are told 0, which for a correction is none. None means all."""
    minibatch: int = 1024
    epochs: int = 10
    learning_rate: float = 3e-4
    gamma: float = 0.995
    """Discount of a step, not of a decision."""
    gae_lambda: float = 0.97
    clip: float = 0.2
    std: float = 0.4
    """Initial standard deviation of the actions, in units of the action space. (The paper: 0.01.)"""
    network: tuple[int, ...] = (64, 64)
    """Hidden layers of policy, value and discriminator."""

    reward: str = "paper"
    """The task's reward to train on, where there is a user; success is always the paper's."""
    residual: bool = True
    """Correct the user; False acts alone, seeing what the user intends."""
    task_share: float = 0.5
    """lambda: reward = lambda r_task + (1 - lambda) r_il. 1 is RL alone, 0 imitation alone."""
    user_reward: float = 0.0
    """Weight of staying close to the user."""
    practise: float = 0.0
    """Share of the episodes in which the user does what fails most, instead of any demonstration."""
    discriminator_rate: float = 1e-4
    discriminator_updates: int = 5
    """Updates of the discriminator a batch."""
    demonstrations: str | None = None
    """Of the expert, for environments without a user: a Minari dataset, or a DAPG pickle."""
    bc_epochs: int = 0
    """Passes over the demonstrations in which the policy first clones them."""
    drift: float = 0.0
    """Of the user's hand while training: see DemonstrationUser."""
    tempo: float = 0.0
    """The same."""
    shift: float = 0.0
    """The same."""
    retreat: float = 0.0
    """The same."""

    from_scratch = "--task-share 1, as method ours-rl does"
    """How to do without demonstrations."""

    def __post_init__(self) -> None:
        if self.method not in METHODS:
            raise OptionError(f"Unknown method: {choices(self.method, METHODS)}")
        if not 0 <= self.task_share <= 1:
            raise OptionError(f"task_share must be from 0 to 1, got {self.task_share}.")
        if not 0 <= self.practise <= 1:
            raise OptionError(f"practise must be from 0 to 1, got {self.practise}.")
        if self.hold < 1:
            raise OptionError(f"hold must be at least 1 step, got {self.hold}.")
        decisions = self.num_envs * self.num_steps
        if not 1 < self.minibatch <= decisions:
            raise OptionError(f"minibatch must be from 2 to the batch's {decisions} decisions, got {self.minibatch}.")

    @property
    def batch(self) -> int:
        """Environment steps of an iteration."""
        return self.num_envs * self.num_steps * self.hold

    @property
    def goal_steps(self) -> None:
        """Episodes succeed by how they end."""

    @property
    def has_user(self) -> bool:
        """Whether it is one of our environments with a user in it."""
        task = task_of(self.env)
        return task is not None and task.user is not None

    def training_options(self) -> dict[str, Any]:
        """Options of the environment to train in."""
        if not self.has_user:
            return dict(self.options)
        errors = {name: getattr(self, name) for name in USER_ERRORS}
        return {"split": "train", "reward": self.reward, **self.options, **errors, **self._role()}

    def test_options(self, split: str = "test", **changes: Any) -> dict[str, Any]:
        """Options of the environment to be judged in: the user without the errors that only training adds."""
        if not self.has_user:
            return {**self.options, **changes}
        return {**self.options, **self._role(), "split": split, **changes}

    def _role(self) -> dict[str, Any]:
        return {"residual": self.residual, "user_reward": self.user_reward}

    def as_data(self) -> dict[str, Any]:
        """Plain data for a file."""
        return asdict(self)

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Config:
        """The config in a file."""
        return from_data(cls, data, ("network", "actuators"))


def configured(method: str = "ours", **changes: Any) -> Config:
    """The config of a method of the paper, with changes."""
    if method not in METHODS:
        raise OptionError(f"Unknown method: {choices(method, METHODS)}")
    return replace(Config(), **{"method": method, **METHODS[method], **changes})
