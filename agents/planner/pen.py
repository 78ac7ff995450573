"""Pen: what a trained expert did, as a spline that also holds up to noise."""

from __future__ import annotations

import numpy as np

from agents.planner.expert import STEPS, expert_actions
from agents.planner.problem import Array, Problem
from agents.planner.spline import basis
from hand_envs.tasks.adroit import Pen


class PenProblem(Problem):
    """Turned as the expert turns it, and held where it points."""

    env_id = "HandPen-v0"
    steps = STEPS
    spacing = 5
    rounds = 0  # the expert's motions are taken or left, not searched on
    patience = 6
    task: Pen

    def guess(self) -> Array:
        start = {"qpos": self.sim.qpos[0], "qvel": self.sim.qvel[0]}
        start |= {name: each.of(self.sim)[0] for name, each in self.task.variations.items()}
        actions = expert_actions(start)
        points: Array = np.linalg.lstsq(basis(self.steps, self.spacing), actions)[0]
        return np.clip(points, -1.0, 1.0)

    def cost(self, step: int) -> Array:
        cost: Array = 1.0 - self.task.cosine(self.sim) + 5.0 * self.task.dropped(self.sim)
        return cost

    def sound(self, step: int) -> Array:
        return ~self.task.dropped(self.sim)

    def solved(self) -> Array:
        return self.task.goal_reached(self.sim)
