"""The cells of the tables and the figure, and how large they are."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from agents.cem import CemConfig
from benchmarks.command import TableCommand
from benchmarks.deft.paper import MOMENTS, TASKS
from benchmarks.runner import Cell
from hand_envs.errors import OptionError, choices
from hand_envs.registry import task_of
from hand_envs.tasks.household.base import HouseholdTask

SEARCHED = {
    "real": {"prior": "heuristic"},
    "deft": {"prior": "affordance"},
    "embedding": {"prior": "affordance", "reward": "embedding", "demonstration": "last.npz"},
    "refitted": {"prior": "affordance", "sampler": "vae"},
}
"""Rows that search, by what their config has."""

SHARING = {
    "mlp": {"policy": "mlp"},
    "transformer": {"policy": "transformer"},
    "mean": {"policy": "mean"},
    "direct": {"residual": False},
}
"""Rows that fit another policy to DEFT's search."""

GUESSES = {"heuristic": "heuristic", "affordance": "affordance"}
"""Rows that are a prior alone."""


@dataclass(frozen=True)
class Preset:
    """How large a benchmark is."""

    seeds: tuple[int, ...]
    trials: int = 10
    """Attempts a seed and split, from the same starts for all rows."""
    tasks: tuple[str, ...] = tuple(TASKS)
    moments: tuple[int, ...] = MOMENTS
    changes: Mapping[str, Any] = field(default_factory=dict)
    """Of the config."""


_SMALL = {"episodes": 4, "warm_up": 3, "elites": 2, "iterations": 5}
PRESETS = {
    "smoke": Preset((1,), 2, ("pick-cup",), (4,), _SMALL),
    "laptop": Preset((1, 2, 3, 4, 5)),
    "paper": Preset(tuple(range(1, 11))),
}


@dataclass(frozen=True)
class DeftCommand(TableCommand):
    """What a table is made of."""

    name = "deft"
    tasks: tuple[str, ...] = ()
    """pick-cup, pour-cup, open-drawer, pick-spoon, scoop-grape, stir-spoon; none means all of the table."""

    @property
    def size(self) -> Preset:
        """The preset, with changes."""
        preset = PRESETS[self.preset]
        for each in self.tasks:
            if each not in TASKS:
                raise OptionError(f"No such task: {choices(each, TASKS)}")
        changes = {**preset.changes, **({"episodes": self.steps} if self.steps else {})}
        return replace(preset, seeds=self.seeds or preset.seeds, tasks=self.tasks or preset.tasks, changes=changes)


class Cells:
    """Makes cells, so that equal ones have equal names."""

    def __init__(self, size: Preset) -> None:
        self.size = size

    def chains(self, rows: Iterable[str], tasks: Iterable[str]) -> list[list[list[Cell]]]:
        """For each row and task, the cells of every seed; a chain's last cell holds its numbers."""
        asked = [task for task in tasks if task in self.size.tasks]
        return [[self.counted(task, row, seed) for seed in self.size.seeds] for task in asked for row in rows]

    def curves(self, row: str, tasks: Iterable[str]) -> list[list[list[Cell]]]:
        """The same for policies of a search's first episodes."""
        return [
            [self.counted(task, row, seed, moment) for seed in self.size.seeds]
            for task in tasks
            for moment in self.size.moments
        ]

    def config(self, task: str, row: str, seed: int) -> CemConfig:
        """A search, on an object of training that its cell chooses."""
        options = {"env": env_of(task), "options": {"split": "train"}, "seed": seed}
        return CemConfig(**{**options, **SEARCHED[row], **self.size.changes})

    def search(self, task: str, row: str, seed: int) -> Cell:
        """The cell that searches."""
        config = self.config(task, row, seed)
        options = {"config": config.as_data(), "objects": objects_of(task)["train"]}
        after = (self.demonstration(task, seed).name,) if config.demonstration else ()
        return Cell(f"{task}/{row}/seed-{seed}/search", "benchmarks.deft.jobs:search", options, after)

    def demonstration(self, task: str, seed: int) -> Cell:
        """The cell that makes the picture of how a demonstration ended."""
        options = {"env": env_of(task), "objects": objects_of(task)["train"], "seed": seed}
        return Cell(f"{task}/demonstration/seed-{seed}/picture", "benchmarks.deft.jobs:demonstrate", options)

    def counted(self, task: str, row: str, seed: int, moment: int | None = None) -> list[Cell]:
        """The cell that counts attempts, behind the one that searches."""
        options: dict[str, Any] = {
            "env": env_of(task),
            "objects": objects_of(task),
            "trials": self.size.trials,
            "seed": seed,
        }
        kind = "trials" if moment is None else f"after-{moment}"
        name, job = f"{task}/{row}/seed-{seed}/{kind}", "benchmarks.deft.jobs:count"
        if row in GUESSES:
            return [Cell(name, job, {**options, "prior": GUESSES[row]})]
        search = self.search(task, "deft" if row in SHARING else row, seed)
        before = [self.demonstration(task, seed)] if search.after else []
        options |= {"changes": SHARING.get(row, {}), "moment": moment}
        return [*before, search, Cell(name, job, options, (search.name,))]


def env_of(task: str) -> str:
    """The id of a task."""
    return f"HandReal{TASKS[task]}-v0"


@functools.cache
def objects_of(task: str) -> dict[str, list[str]]:
    """What a task handles, by split."""
    declared = task_of(env_of(task))
    assert isinstance(declared, HouseholdTask)
    return {split: list(of_split) for split, of_split in declared.objects.items()}
