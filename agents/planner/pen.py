"""Pen: turn it in the hand at an even pace, with the fingers around it, and hold it."""

from __future__ import annotations

import numpy as np

from agents.planner.problem import Array, Problem, ease
from hand_envs.tasks.adroit import Pen

BEGIN, THERE = 10, 100  # steps between which the pen is turned
HALF_LENGTH, RADIUS = 0.065, 0.02  # m, of the pen
LOW, LOST = 0.19, 0.12  # m, heights of a pen that slips, and that has fallen
ACROSS = np.array([1.0, 0.0, 0.0])  # direction of the pen at the start
CUPPED = {f"{finger}J{joint}": 0.35 for finger in ("FF", "MF", "RF", "LF") for joint in (2, 1, 0)}


class PenProblem(Problem):
    """The pen follows a steady turn from where it lies to the target."""

    env_id = "HandPen-v0"
    steps = 140
    spacing = 20
    iterations = 8
    rounds = 8
    bend = 0.02
    similar = 2
    task: Pen

    def guess(self) -> Array:
        return self.through({0: {}, 20: CUPPED, self.steps: CUPPED})

    def cost(self, step: int) -> Array:
        place, direction = self.sim.body("Object").xpos, self.task.direction(self.sim)
        angle = np.arccos(np.clip(direction @ self._reference(step), -1.0, 1.0))
        height, velocity = place[:, 2], self.sim.qvel[:, -6:]
        return (
            1.5 * angle
            + 5 * self.task.away(self.sim)
            + 4 * self.tips_to(place, direction, HALF_LENGTH, RADIUS)
            + 20 * np.maximum(LOW - height, 0.0)
            + 5 * (height < LOST)
            + np.square(velocity[:, :3]).sum(1)
            + 0.01 * np.square(velocity[:, 3:]).sum(1)
        )

    def _reference(self, step: int) -> Array:
        """Where the pen should point at a step."""
        target = self.task.target_direction(self.sim)[0]
        angle = np.arccos(np.clip(ACROSS @ target, -1.0, 1.0))
        aside = target - ACROSS * (ACROSS @ target)
        turned = angle * ease((step - BEGIN) / (THERE - BEGIN))
        return np.cos(turned) * ACROSS + np.sin(turned) * aside / (np.linalg.norm(aside) + 1e-9)

    def sound(self, step: int) -> Array:
        return ~self.task.dropped(self.sim)

    def solved(self) -> Array:
        return self.task.goal_reached(self.sim) & ~self.task.dropped(self.sim)
