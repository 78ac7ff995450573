"""Relocate: reach over the ball, close the fingers around it, lift it, carry it to the target and hold it there."""

from __future__ import annotations

import numpy as np

from agents.planner.problem import Array, Problem, ease
from hand_envs.tasks.adroit import Relocate

OVER, DOWN, CLOSED, LIFTED, THERE = 50, 80, 110, 135, 180  # steps at which each phase ends
RADIUS = 0.035  # m, of the ball
HOVER = 0.06  # m, how much higher than to grasp it the hand comes over the ball
GRASP = np.array([0.0, 0.0, 0.005])  # m, from the ball's centre to where the palm's site goes to grasp it
RISE = 0.06  # m, straight up before the ball is carried

OPEN = {"THJ4": 0.9, "THJ3": 0.3, "FFJ2": 0.3, "MFJ2": 0.3, "RFJ2": 0.3, "LFJ2": 0.3}
FIST = {f"{finger}J{joint}": 1.1 for finger in ("FF", "MF", "RF", "LF") for joint in (2, 1, 0)}
CLOSE = FIST | {"THJ4": 1.0, "THJ3": 0.9, "THJ1": 0.3, "THJ0": -0.7}
"""Finger joints (rad) asked for around the ball: further than it lets them go, so that they press on it."""

ARM = {"ARTx": 0.0, "ARTz": 0.0, "ARRx": 0.2}
LEVEL = {"ARTy": 0.1, "ARRy": 0.0, "ARRz": 0.0}


class RelocateProblem(Problem):
    """The ball follows a path: it rests until it is grasped, rises, and goes to the target without haste."""

    env_id = "HandRelocate-v0"
    steps = 220
    iterations = 0
    refinements = 25
    task: Relocate

    def guess(self) -> Array:
        ball, target = self.task.ball(self.sim)[0].copy(), self.task.target(self.sim)[0].copy()
        above, lift = np.array([0.0, 0.0, HOVER]), np.array([0.0, 0.0, RISE])

        def at(place: Array, fingers: dict[str, float]) -> dict[str, float]:
            return self.reach("S_grasp", place + GRASP, ARM, LEVEL) | fingers

        return self.through(
            {
                0: {},
                OVER: at(ball + above, OPEN),
                DOWN: at(ball, OPEN),
                CLOSED: at(ball, CLOSE),
                LIFTED: at(ball + lift, CLOSE),
                THERE: at(target, CLOSE),
                self.steps: at(target, CLOSE),
            }
        )

    def cost(self, step: int) -> Array:
        ball, palm = self.task.ball(self.sim), self.task.palm(self.sim)
        off = np.linalg.norm(ball - self._path(step), axis=1)
        speed = np.linalg.norm(self.sim.qvel[:, -6:-3], axis=1)
        grasped = step > CLOSED
        return (
            (10 if grasped else 3) * off
            + (3 * np.linalg.norm(palm - ball, axis=1) + 3 * self.tips_to(ball, radius=RADIUS) if step > DOWN else 0)
            + (0.3 * speed if step > THERE else 0)
        )

    def _path(self, step: int) -> Array:
        ball, target = self.task.variations["obj_pos"].of(self.sim)[0], self.task.target(self.sim)[0]
        top = ball + (0.0, 0.0, RISE)
        if step <= LIFTED:
            return ball + ease((step - CLOSED) / (LIFTED - CLOSED)) * (top - ball)
        return top + ease((step - LIFTED) / (THERE - LIFTED)) * (target - top)

    def solved(self) -> Array:
        near = np.linalg.norm(self.task.palm(self.sim) - self.task.ball(self.sim), axis=1) < 0.09
        return self.task.success(self.sim) & near
