"""What every training by the demonstration-augmented gradient has."""

from __future__ import annotations

from dataclasses import dataclass

from agents.common.config import ImitationConfig
from hand_envs.errors import OptionError
from hand_envs.registry import task_of


@dataclass(frozen=True)
class GradientConfig(ImitationConfig):
    """A training of DAPG: an agent's own config adds to it where its demonstrations come from."""

    step_size: float = 0.1
    """Normalised: twice the divergence that a step of the policy may make."""
    cg_steps: int = 10
    """Iterations of the conjugate gradient."""
    fisher_stride: int = 4
    """Every k-th sample makes up the Fisher matrix; 1 for all of them, which takes longer."""
    damping: float = 1e-4
    """Added to the Fisher matrix's diagonal."""
    baseline_rate: float = 1e-3
    baseline_epochs: int = 4
    """Passes over the batch in which the baseline learns."""
    lambda0: float = 0.1
    lambda1: float = 0.95
    """In batch k, a demonstrated action counts lambda0 lambda1^k times the best action of the batch."""
    log_rewards: bool = False
    """Learn from sign(r) log(1 + |r|) of each reward: beside large bonuses what leads to them would not be seen."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 <= self.lambda1 <= 1 or self.lambda0 < 0:
            raise OptionError(f"lambda0 must be at least 0 and lambda1 from 0 to 1: {self.lambda0}, {self.lambda1}.")
        self.within(0, 1, "damping")
        self.within(1, 1_000_000, "fisher_stride", "cg_steps")
        self.within(0, 1_000_000, "baseline_epochs")
        self.above(0, "step_size", "baseline_rate")
        if self.method == "bc" and self.steps:
            raise OptionError("bc clones and learns no further: --method dapg for steps, or --steps 0.")

    @property
    def demonstrated(self) -> bool:
        """Whether what demonstrations do is learned from."""
        return self.lambda0 > 0 or self.bc_epochs > 0

    @property
    def goal_steps(self) -> int | None:
        """As DAPG counts, where that is known."""
        task = task_of(self.env, self.options)
        return None if task is None else task.goal_steps
