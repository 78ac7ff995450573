"""Relocate an everyday object: as the ball, but faster, and from above wherever its top is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import mujoco
import numpy as np

from agents.planner.problem import Array, Problem
from agents.planner.relocate import BALL, Phases, RelocateProblem
from hand_envs.core.simulation import Simulation
from hand_envs.core.task import Task
from hand_envs.registry import ENTRIES
from hand_envs.tasks.dexmv.relocate import SCALE, RelocateObject

BELOW_TOP = 0.033  # m, where the palm's site is then; the palm itself is above the object
LOWEST = 0.03  # m, of the site, above the table


class RelocateObjectProblem(RelocateProblem):
    """The object rests until it is grasped, rises, and goes to the target."""

    options = {"success": "strict"}
    steps = 100
    spacing = 5
    enough = 0.3
    rounds = 1
    patience = 3
    stays = 12
    far = ("ARRy",)
    first = replace(BALL, hand={name: angle for name, angle in BALL.hand.items() if name != "ARTy"})
    """The arm is too weak to go up fast, so it pitches."""
    phases = Phases(over=18, down=28, closed=38, squeezed=42, lifted=50, there=82)

    def __init__(self, task: Task, sim: Simulation) -> None:
        assert isinstance(task, RelocateObject)
        low, high = task.shape.bounds(SCALE)
        height = max(float(high[2] - low[2]) - BELOW_TOP, LOWEST)
        self._held = np.zeros(3)
        mujoco.mju_rotVecQuat(self._held, (low + high) / 2, np.array(task.shape.upright, float))
        self._held[2] = height + float(low[2])
        self.radius = float(min((high - low)[:2])) / 2
        super().__init__(task, sim)

    def thing(self) -> Array:
        assert isinstance(self.task, RelocateObject)
        return self.task.object(self.sim)

    def held_at(self) -> Array:
        return self.thing() + self._held


_OWN: dict[str, dict[str, Any]] = {  # a guess is good or hopeless
    "HandRelocateLargeClamp-v0": {"rounds": 0, "scatter": 0.7},
    "HandRelocateMustardBottle-v0": {"rounds": 0, "scatter": 0.7},
}
"""What is particular to one of them."""

RELOCATIONS: tuple[type[Problem], ...] = tuple(
    type(f"{entry.id}Problem", (RelocateObjectProblem,), {"env_id": entry.id, **_OWN.get(entry.id, {})})
    for entry in ENTRIES
    if entry.plain and entry.task.endswith(":RelocateObject")
)
