"""What a training on Stable-Baselines3 is: all that decides its outcome."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Self

import tyro

from agents.common.fields import Fields
from hand_envs.core.task import Task
from hand_envs.errors import OptionError, choices

_WIDEST, _WEIGHTS = 16_384, 100_000_000
_SAMPLES = 100_000_000
_LARGEST = 10**15


@dataclass(frozen=True)
class TrainingConfig(Fields):
    """What every training on Stable-Baselines3 has: an agent's own config adds to it.

    What is made can be trained.
    """

    env: str = "HandDoor-v0"
    """Any Gymnasium id with a flat observation and continuous actions."""
    options: tyro.conf.Suppress[Mapping[str, Any]] = field(default_factory=dict)
    """Options of the environment: plain data, as a file holds it."""
    method: str = ""
    seed: int = 1
    steps: int = 1_000_000
    """Environment steps in all."""
    num_envs: int = 64
    num_steps: int = 200
    """Decisions in each environment in a batch."""
    hold: int = 1
    """Steps that a decision is held while training. The trained agent decides at every step."""
    actuators: tuple[int, ...] = ()
    """Those that the agent acts on; the others get 0. None means all."""
    minibatch: int = 512
    gamma: float = 0.995
    """Discount of a step, not of a decision."""
    gae_lambda: float = 0.97
    std: float = 0.4
    """Initial standard deviation of the actions, in units of the action space."""
    network: tuple[int, ...] = (64, 64)
    """Hidden layers of the policy, and of the value function."""

    tiny: ClassVar[Mapping[str, Any]] = {"num_envs": 2, "num_steps": 8, "minibatch": 8, "network": (8,), "steps": 32}
    """Changes that make a training of seconds, for tests of what every agent keeps."""
    methods: ClassVar[Mapping[str, Mapping[str, Any]]] = {"": {}}
    """What each method sets."""
    evaluations: ClassVar[Mapping[str, int]] = {"evaluate_every": 500_000, "episodes": 100}
    """Steps between evaluations and the episodes of one, where the command line says nothing else."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self._check_options()
        if self.method not in self.methods:
            raise OptionError(f"Unknown method: {choices(self.method, self.methods)}")
        self.within(0, 2**32 - 1, "seed")
        self.within(0, _LARGEST, "steps")
        self.within(1, _SAMPLES, "num_envs", "num_steps", "hold", "minibatch")
        self.within(0, 1, "gae_lambda")
        self.above(0, "std", "gamma")
        if self.gamma > 1:
            raise OptionError(f"gamma is above 0 and at most 1, got {self.gamma}.")
        if self.decisions < 2 or self.minibatch < 2:
            raise OptionError(
                f"A batch of {self.decisions} decisions, or a minibatch of {self.minibatch}, is too small."
            )
        if self.decisions > _SAMPLES:
            raise OptionError(
                f"A batch of {self.decisions:,} decisions is more than {_SAMPLES:,}: take fewer num_envs."
            )
        if min(self.actuators, default=0) < 0 or len(set(self.actuators)) < len(self.actuators):
            raise OptionError(f"actuators must be different numbers from 0 on, got {self.actuators}.")
        check_network(self.network)

    @property
    def decisions(self) -> int:
        """Decisions of an iteration."""
        return self.num_envs * self.num_steps

    @property
    def batch(self) -> int:
        """Environment steps of an iteration."""
        return self.decisions * self.hold

    @property
    def goal_steps(self) -> int | None:
        """Steps at the goal by which an episode succeeds; None where it succeeds by how it ends."""
        return None

    @property
    def splits(self) -> tuple[str, ...]:
        """What is evaluated: "test", by which agents are compared, and perhaps others."""
        return ("test",)

    def training_options(self) -> dict[str, Any]:
        """Options of the environment to train in."""
        return dict(self.options)

    def test_options(self, split: str = "test", **changes: Any) -> dict[str, Any]:
        """Options of the environment to be judged in."""
        return {**self.options, **changes}

    def judging_options(self, split: str) -> dict[str, Any]:
        """Options of the environment in which a run is judged, and its best agent chosen."""
        return self.test_options(split)

    def check_task(self, task: Task | None) -> None:
        """Refuse the task in the environments that were made, where this config cannot be what it says in it."""

    @classmethod
    def settings(cls, method: str, env: str) -> Mapping[str, Any]:
        """What a method sets in an environment."""
        return cls.methods[method]

    @classmethod
    def configured(cls, method: str | None = None, env: str | None = None, **changes: Any) -> Self:
        """The config of a method in an environment, with changes."""
        method, env = cls.method if method is None else method, cls.env if env is None else env
        if method not in cls.methods:
            raise OptionError(f"Unknown method: {choices(method, cls.methods)}")
        return cls(**{"method": method, "env": env, **cls.settings(method, env), **cls.known(changes)})

    def changed(self, **changes: Any) -> Self:
        """The config with changes."""
        return replace(self, **changes)

    def _check_options(self) -> None:
        for name, value in self.options.items():
            try:
                json.dumps(value, allow_nan=False)
            except (TypeError, ValueError, RecursionError) as error:
                raise OptionError(
                    f"The option {name}={value!r:.80} cannot be kept in a run's file, which holds numbers, text and "
                    f"lists of them ({error}): name a class by its address 'package.module:Class', and a file by its "
                    "path as text."
                ) from None


@dataclass(frozen=True)
class ImitationConfig(TrainingConfig):
    """A training that may learn from demonstrations."""

    demonstrations: str | None = None
    """A Minari dataset or a DAPG pickle."""
    bc_epochs: int = 0
    """Passes over the demonstrations in which the policy first clones them."""

    from_scratch: ClassVar[str] = ""
    """How to do without demonstrations."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.within(0, 1_000_000, "bc_epochs")


def check_network(network: tuple[int, ...]) -> None:
    """Refuse layers that would take the memory of the machine before they are of any use."""
    widths = [*network, *network[-1:]]
    if len(network) > 100 or any(not 1 <= width <= _WIDEST for width in network):
        raise OptionError(f"network must be at most 100 layers of 1 to {_WIDEST:,} units, got {network!s:.80}.")
    if sum(before * after for before, after in itertools.pairwise(widths)) > _WEIGHTS:
        raise OptionError(f"network has more than {_WEIGHTS:,} weights: {network!s:.80}.")
