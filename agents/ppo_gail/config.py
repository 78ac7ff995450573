"""What a training is: all that decides its outcome, and the methods of the paper as settings of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

from agents.common.config import ImitationConfig
from hand_envs.core.task import Task
from hand_envs.errors import OptionError
from hand_envs.registry import spec_of, task_of

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
class Config(ImitationConfig):
    """A training of PPO with an adversarial imitation reward (GAIL)."""

    env: str = "HandDoorResidual-v0"
    """Any Gymnasium id with a flat observation and continuous actions."""
    method: str = "ours"
    """A row of the paper's Table II, which sets residual, task-share and user-reward: ik, rl, il, hybrid, rl-user,
    hybrid-user, ours, or its ablations ours-rl and ours-il."""
    steps: int = 3_000_000
    """Environment steps in all."""

    num_envs: int = 128
    num_steps: int = 128
    """Decisions in each environment in a batch. (The paper: 4096 in all.)"""
    minibatch: int = 1024
    epochs: int = 10
    learning_rate: float = 3e-4
    clip: float = 0.2

    reward: str = "paper"
    """The task's reward to train on, where there is a user; success is always the paper's."""
    residual: bool = True
    """Correct the user; False acts alone, seeing what the user intends."""
    task_share: float = 0.5
    """lambda: reward = lambda r_task + (1 - lambda) r_il. 1 is RL alone, 0 imitation alone."""
    user_reward: float = 0.0
    """Weight of staying close to the user."""
    curriculum: float = 0.0
    """Share of the episodes in which the user does what fails most, instead of any demonstration."""
    search: int = 0
    """Iterations in which a constant correction is searched for at first, by what it earns of the task's reward."""
    search_std: float = 0.3
    """Of the first tries of that search, in units of the action space."""
    discriminator_rate: float = 1e-4
    discriminator_updates: int = 5
    """Updates of the discriminator a batch."""
    drift: float = 0.0
    """Of the user's hand while training: a slowly changing error, see DemonstrationUser."""
    tempo: float = 0.0
    """How unevenly the user does a demonstration while training, see DemonstrationUser."""
    shift: float = 0.0
    """How far things stand from where they were demonstrated while training (m), see DemonstrationUser."""
    retreat: float = 0.0
    """Share of the episodes in training in which the user goes back, see DemonstrationUser."""

    tiny: ClassVar[Mapping[str, Any]] = {**ImitationConfig.tiny, "epochs": 2}
    methods: ClassVar[Mapping[str, Mapping[str, Any]]] = METHODS
    former: ClassVar[Mapping[str, str]] = {"practise": "curriculum"}
    from_scratch: ClassVar[str] = "--task-share 1, as method ours-rl does"

    def __post_init__(self) -> None:
        super().__post_init__()
        self.within(0, 1, "task_share", "curriculum", "retreat")
        self.within(0, 1_000_000, "epochs", "discriminator_updates", "search")
        self.above(0, "learning_rate", "clip", "discriminator_rate", "search_std")
        for name in ("residual", "user_reward", *(each for each in USER_ERRORS if getattr(self, each))):
            if name in self.options and self.options[name] != getattr(self, name):
                raise OptionError(
                    f"The option {name}={self.options[name]!r} of the environment contradicts the training's own "
                    f"{name}, {getattr(self, name)!r}: give --{name.replace('_', '-')} alone."
                )
        if self.minibatch > self.decisions:
            raise OptionError(
                f"minibatch must be from 2 to the batch's {self.decisions} decisions, got {self.minibatch}."
            )

    @cached_property
    def has_user(self) -> bool:
        """Whether a user acts in the environment, whoever registered it."""
        task = task_of(self.env, self.options)
        return task is not None and task.user is not None

    @property
    def splits(self) -> tuple[str, ...]:
        """With a user also the demonstrations that are trained on."""
        return ("train", "test") if self.has_user else ("test",)

    def training_options(self) -> dict[str, Any]:
        """Options of the environment to train in."""
        if not self.has_user:
            return dict(self.options)
        errors = {name: getattr(self, name) for name in USER_ERRORS if name not in self.options}
        own = {"split": "train", "reward": self.reward, **self.options, **errors, **self._role}
        return self._taken(own, {"split": "train", "reward": "paper", **dict.fromkeys(USER_ERRORS, 0.0)})

    def test_options(self, split: str = "test", **changes: Any) -> dict[str, Any]:
        """Options of the environment to be judged in: the user without the errors that only training adds."""
        if not self.has_user:
            return {**self.options, **changes}
        own = {**self.options, **self._role, "split": split, **changes}
        return self._taken(own, {"split": split})

    def judging_options(self, split: str) -> dict[str, Any]:
        """A user who can validate does so: tests are counted when the training is over."""
        return self.test_options("validation" if split == "test" and self._validates else split)

    @cached_property
    def _validates(self) -> bool:
        task = task_of(self.env, self.options) if self.has_user else None
        return task is not None and "validation" in task.user.splits

    def check_task(self, task: Task | None) -> None:
        """Refuse a user whom the id does not tell of, unless everything is as this config would have it anyway."""
        if self.has_user or task is None or task.user is None:
            return
        usual: dict[str, Any] = {"residual": True, "user_reward": 0.0}
        lost = [name for name, value in self._role.items() if value != getattr(task, name, usual[name])]
        lost += [name for name in USER_ERRORS if getattr(self, name) not in (0.0, getattr(task.user, name, 0.0))]
        lost += [name for name in ("curriculum", "bc_epochs") if getattr(self, name)]
        if lost:
            asked = ", ".join(f"{name}={getattr(self, name)}" for name in lost)
            raise OptionError(
                f"A user, {type(task.user).__name__}, acts in {self.env}, but its id does not tell, so {asked} cannot "
                'reach the task. Register the id with entry_point="hand_envs.env:HandEnv", '
                'vector_entry_point="hand_envs.env:HandVectorEnv" and kwargs={"task": ...}, the task\'s address.'
            )

    @property
    def _role(self) -> dict[str, Any]:
        return {"residual": self.residual, "user_reward": self.user_reward}

    def _taken(self, options: dict[str, Any], usual: Mapping[str, Any]) -> dict[str, Any]:
        """The options less those that say what is usual, where the task does not know them or the id sets them.

        What is asked for beyond that a task may refuse, and says so.
        """
        usual = {"residual": True, "user_reward": 0.0, **usual}
        return {
            name: value
            for name, value in options.items()
            if name in self.options or name not in usual or usual[name] != value or name in self._left_to_us
        }

    @property
    def _left_to_us(self) -> frozenset[str]:
        """Which of ours the task knows, and the id does not set itself; whether to correct is the method's to say."""
        return self._known_options - (spec_of(self.env).kwargs.keys() - {"residual"})

    @cached_property
    def _known_options(self) -> frozenset[str]:
        """Which of ours the task knows, with the options that it has."""
        tried = {"split": "train", "reward": self.reward, "residual": True, "user_reward": 0.0}
        tried |= dict.fromkeys(USER_ERRORS, 0.0)
        return frozenset(name for name, value in tried.items() if self._makes(name, value))

    def _makes(self, name: str, value: Any) -> bool:
        try:
            task: Task | None = task_of(self.env, {**self.options, name: value})
        except OptionError:
            return False
        return task is not None


configured = Config.configured
"""The config of a method of the paper, with changes."""
