"""Pen: what a trained expert did, as a spline that also holds up to noise."""

from __future__ import annotations

import numpy as np

from agents.planner.expert import STEPS, expert_actions
from agents.planner.problem import Array, Problem
from agents.planner.spline import basis
from hand_envs.tasks.adroit import Pen

HALF_LENGTH, RADIUS = 0.065, 0.02  # m, of the pen
LOW = 0.19  # m, height of a pen that slips


class PenProblem(Problem):
    """Turned as the expert turns it, and held where it points."""

    env_id = "HandPen-v0"
    steps = STEPS
    spacing = 5
    iterations = 4
    rounds = 3
    enough = 0.5
    spread = 0.06
    bend = 0.05
    task: Pen

    def guess(self) -> Array:
        start = {"qpos": self.sim.qpos[0], "qvel": self.sim.qvel[0]}
        start |= {name: each.of(self.sim)[0] for name, each in self.task.variations.items()}
        actions = expert_actions(start)
        points: Array = np.linalg.lstsq(basis(self.steps, self.spacing), actions)[0]
        return np.clip(points, -1.0, 1.0)

    def cost(self, step: int) -> Array:
        height = self.sim.body("Object").xpos[:, 2]
        cost: Array = (
            (1.0 - self.task.cosine(self.sim))
            + 2.0 * self.task.away(self.sim)
            + 20 * np.maximum(LOW - height, 0.0)
            + 5.0 * self.task.dropped(self.sim)
            - 1.0 * self.task.goal_reached(self.sim)
            + 1.0
        )
        return cost

    def sound(self, step: int) -> Array:
        return ~self.task.dropped(self.sim)

    def solved(self) -> Array:
        return self.task.goal_reached(self.sim)
