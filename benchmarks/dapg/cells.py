"""The cells of the table and the curves, and how large they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated, Any

import tyro

from agents.common.options import parse_option
from agents.dapg import METHODS, Config, configured
from benchmarks.command import TableCommand
from benchmarks.runner import Cell
from hand_envs.datasets.shipped import has_planned
from hand_envs.errors import OptionError, choices
from hand_envs.registry import ENTRIES

TASKS = tuple(entry.id for entry in ENTRIES if entry.plain)
"""Adroit's four and DexMV's nine."""


def short(task: str) -> str:
    """Its name in a table or a figure."""
    return task.removeprefix("Hand").removesuffix("-v0")


@dataclass(frozen=True)
class Preset:
    """How large a benchmark is."""

    seeds: tuple[int, ...]
    episodes: int
    """Of an evaluation."""
    steps: int
    """Samples of a training."""
    curve_points: int
    """Evaluations in the course of it."""
    changes: Mapping[str, Any]
    """Of the config."""
    tasks: tuple[str, ...] = TASKS
    longer: Mapping[str, int] = field(default_factory=dict)
    """Samples in tasks that take more."""

    def steps_in(self, task: str) -> int:
        """Samples of a training in a task."""
        return self.longer.get(task, self.steps)


_SMALL = {"num_envs": 4, "num_steps": 8, "minibatch": 16, "network": (8,), "bc_epochs": 1, "augmentation": 0}
_LONGER = {
    "HandDoor-v0": 1_500_000,
    "HandRelocate-v0": 1_500_000,
    "HandPour-v0": 3_000_000,
    "HandPen-v0": 8_000_000,
}
PRESETS = {
    "smoke": Preset((1,), 3, 64, 1, _SMALL, ("HandDoor-v0",)),
    "laptop": Preset((1,), 100, 1_000_000, 20, {}, longer=_LONGER),
    "paper": Preset((1, 2, 3), 100, 5_000_000, 25, {}, longer={"HandPen-v0": 12_000_000}),
}


@dataclass(frozen=True)
class Command(TableCommand):
    """What table and curves have in common."""

    name = "dapg"
    tasks: tuple[str, ...] = ()
    """Ids; none means all of the preset for which there are demonstrations."""
    methods: tuple[str, ...] = tuple(METHODS)
    demonstrations: Annotated[tuple[str, ...], tyro.conf.arg(metavar="ID=SOURCE ...")] = ()
    """Other demonstrations than the suite's own: HandDoor-v0=dapg/door-v0_demos.pickle."""

    @property
    def size(self) -> Preset:
        """The preset, with changes."""
        preset = PRESETS[self.preset]
        if self.steps:
            preset = replace(preset, steps=self.steps, longer={})
        return replace(preset, seeds=self.seeds or preset.seeds)

    @property
    def sources(self) -> dict[str, str | None]:
        """Demonstrations for each task that has some; None for the suite's own."""
        own: dict[str, str | None] = {task: None for task in self.tasks or self.size.tasks if has_planned(task)}
        given = dict(_source(text) for text in self.demonstrations)
        for task in (*self.tasks, *given):
            if task not in TASKS:
                raise OptionError(f"No such task in this benchmark: {choices(task, TASKS)}")
            if self.tasks and task not in self.tasks:
                raise OptionError(f"--demonstrations are of {task}, which is not among --tasks.")
        for task in self.tasks:
            if task not in {**own, **given}:
                raise OptionError(f"There are no demonstrations of {task}: name some (--demonstrations {task}=...).")
        return {**own, **given}


Chains = dict[tuple[str, str], list[Cell]]
"""For each method and task, a cell a seed."""


def cells(command: Command) -> Chains:
    """The cells of a command."""
    for method in command.methods:
        if method not in METHODS:
            raise OptionError(f"Unknown method: {choices(method, METHODS)}")
    return {
        (method, task): [_cell(command.size, task, method, seed, source) for seed in command.size.seeds]
        for task, source in command.sources.items()
        for method in command.methods
    }


def config(size: Preset, task: str, method: str, seed: int, source: str | None) -> Config:
    """A training."""
    changes = {"seed": seed, "demonstrations": source, **size.changes}
    if method != "bc":
        changes["steps"] = size.steps_in(task)
    if method == "npg":
        changes |= {"demonstrations": None, "bc_epochs": 0}
    return configured(method, task, **changes)


def _cell(size: Preset, task: str, method: str, seed: int, source: str | None) -> Cell:
    return Cell(
        f"{task}/{method}/seed-{seed}",
        "benchmarks.dapg.jobs:train",
        {
            "config": config(size, task, method, seed, source).as_data(),
            "evaluate_every": max(1, size.steps_in(task) // size.curve_points),
            "episodes": size.episodes,
        },
    )


def _source(text: str) -> tuple[str, str]:
    task, equals, source = text.partition("=")
    if not equals:
        parse_option(text)  # which says how it is written
    return task, source
