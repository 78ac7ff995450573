"""The cells of Tables III and V: users who are seen by a camera, and the agents that help them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from agents.ppo_gail import Config, configured
from benchmarks.command import TableCommand, those_of
from benchmarks.residual.cells import corrects
from benchmarks.residual.paper import POSES, TABLE_5, TASKS
from benchmarks.runner import Cell

A1 = "a1"
"""What agents are called that were trained on noise of 0.05 instead of poses: those that come with the suite."""

TESTS = {kind: {"user": kind, "split": "test"} for kind in POSES}
KIND = "table5"
ROWS = tuple(TABLE_5)

RECIPES: dict[str, dict[str, Any]] = {
    "door": {"reward": "dense", "std": 0.2},
    "hammer": {"reward": "dense", "std": 0.2},
    "pen": {"reward": "dense", "std": 0.2, "drift": 0.05},
    "relocate": {},
}
"""What all methods get on a task: the recipe of the suite's agents of experiment A.1.

The pen's user has no arm and so no noise: without drift in training, agents learn the few sequences by heart.
"""
SHARES: dict[str, float] = {"pen": 0.9}
"""The task's share of the reward of `ours` where it is not the paper's half."""

_LAPTOP = {"door": 600_000, "hammer": 600_000, "pen": 1_600_000, "relocate": 1_800_000}


@dataclass(frozen=True)
class PosePreset:
    """How large a benchmark is."""

    seeds: tuple[int, ...]
    rollouts: int
    """Episodes a seed and test, the same ones for all rows."""
    steps: Mapping[str, int]
    """Samples of a training, for each task."""
    rows: tuple[str, ...] = ROWS
    tasks: tuple[str, ...] = tuple(TASKS)
    curve_points: int = 10
    curve_episodes: int = 100
    changes: Mapping[str, Any] = field(default_factory=dict)
    """Of the config."""


_SMALL = {"num_envs": 4, "num_steps": 4, "minibatch": 8, "epochs": 1, "network": (8,)}
PRESETS = {
    "smoke": PosePreset((1,), 3, dict.fromkeys(TASKS, 64), ("ik", "ours a1", "ours est"), ("pen",), 1, 3, _SMALL),
    "laptop": PosePreset((1,), 400, _LAPTOP, ("ik", "ours a1", "ours gt", "ours est")),
    "paper": PosePreset((1, 2, 3), 400, dict.fromkeys(TASKS, 5_000_000), curve_points=20),
}


@dataclass(frozen=True)
class PosesCommand(TableCommand):
    """What Tables III and V have in common."""

    name = "poses"
    tasks: tuple[str, ...] = ()
    """door, hammer, pen, relocate; none means all of the preset."""
    rows: tuple[str, ...] = ()
    """Methods and what they are trained on, others than the preset's: "ik" "ours est" "rl gt"."""

    @property
    def size(self) -> PosePreset:
        """The preset, with changes."""
        preset = PRESETS[self.preset]
        those_of("Table V", "--rows", self.rows, ROWS)
        those_of("Table V", "--tasks", self.tasks, TASKS)
        return replace(
            preset,
            seeds=self.seeds or preset.seeds,
            rows=self.rows or preset.rows,
            tasks=self.tasks or preset.tasks,
            steps=dict.fromkeys(TASKS, self.steps) if self.steps else preset.steps,
        )


class PoseCells:
    """Makes cells, so that equal ones have equal names in every table and figure."""

    def __init__(self, size: PosePreset) -> None:
        self.size = size

    def chains(self) -> dict[tuple[str, str], list[list[Cell]]]:
        """For each row and task, the cells of every seed; a chain's last cell holds its numbers."""
        return {
            (row, task): [self.evaluate(task, row, seed) for seed in self.size.seeds]
            for row in self.size.rows
            for task in self.size.tasks
        }

    def sequences(self, task: str) -> Cell:
        """The cell that says what the pose sequences are like."""
        return Cell(f"{task}/sequences", "benchmarks.residual.jobs:sequences", {"task": task})

    def draws(self, task: str) -> list[Cell]:
        """The cells that say what the episodes of each seed are of."""
        return [
            Cell(
                f"{task}/draws/seed-{seed}",
                "benchmarks.residual.jobs:draws",
                {"env": _env(task), "tests": TESTS, "episodes": self.size.rollouts, "seed": 10_000 * seed},
            )
            for seed in self.size.seeds
        ]

    def config(self, task: str, row: str, seed: int) -> Config:
        """A training, or the user alone."""
        method, kind = _parts(row)
        steps = {} if method == "ik" else {"steps": self.size.steps[task]}
        share = {"task_share": SHARES[task]} if method == "ours" and task in SHARES else {}
        changes = {"seed": seed, "options": {"user": kind}, **RECIPES[task], **share, **steps, **self.size.changes}
        return configured(method, env=_env(task), **changes)

    def train(self, task: str, row: str, seed: int) -> Cell:
        """The cell that trains an agent; it is judged on validation sequences."""
        return Cell(
            _name(task, row, seed, "train"),
            "benchmarks.residual.jobs:train",
            {
                "config": self.config(task, row, seed).as_data(),
                "evaluate_every": max(1, self.size.steps[task] // self.size.curve_points),
                "episodes": self.size.curve_episodes,
            },
        )

    def evaluate(self, task: str, row: str, seed: int) -> list[Cell]:
        """The cell that counts successes, behind the one that trains."""
        method, kind = _parts(row)
        trained = [] if method == "ik" or kind == A1 else [self.train(task, row, seed)]
        options: dict[str, Any] = {
            "env": _env(task),
            "tests": TESTS,
            "episodes": self.size.rollouts,
            "seed": 10_000 * seed,
            "shipped": task if kind == A1 else None,
            "residual": method == "ik" or corrects(method),
        }
        cell = Cell(
            _name(task, row, seed, KIND),
            "benchmarks.residual.jobs:evaluate_paired",
            options,
            after=tuple(each.name for each in trained),
        )
        return [*trained, cell]


def _env(task: str) -> str:
    return f"Hand{TASKS[task]}Residual-v0"


def _parts(row: str) -> tuple[str, str]:
    """Method, and what it is trained on."""
    method, _, kind = row.partition(" ")
    return method, kind or "est"


def _name(task: str, row: str, seed: int, kind: str) -> str:
    method, trained_on = _parts(row)
    return f"{task}/{method}/poses-{trained_on}/seed-{seed}/{kind}"
