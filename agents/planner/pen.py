"""Pen: what a trained expert did, as a spline that also holds up to noise; or a motion of a repertoire."""

from __future__ import annotations

import functools

import numpy as np

from agents.planner import repertoire
from agents.planner.expert import expert_actions
from agents.planner.plan import NOISE
from agents.planner.problem import Array, Problem
from agents.planner.repertoire import Repertoire
from agents.planner.spline import basis
from agents.planner.steady import STEPS
from hand_envs.files.shipped import shipped
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


class BriskPenProblem(PenProblem):
    """In the second that DAPG leaves, and to targets on the other side as well.

    Of the motions of the repertoire that lead nearest it is the one that does best with an unsteady hand.
    """

    style = "brisk"
    steps = repertoire.STEPS
    spacing = repertoire.SPACING
    scatter = 0.3
    spread = 0.1
    patience = 2

    def guess(self) -> Array:
        task, sim = self.task, self.sim
        start = sim.get_state(0)
        motions = _repertoire().nearest(task.target_direction(sim)[0], sim.nsim)
        points = motions[np.arange(sim.nsim) % len(motions)]
        actions = basis(self.steps, self.spacing) @ points
        actions += NOISE * np.random.default_rng(0).normal(size=actions.shape)
        held = np.zeros(sim.nsim)
        for step in range(self.steps):
            task.control(sim, np.clip(actions[:, step], -1.0, 1.0))
            sim.step(task.frame_skip)
            held = np.where(self.solved(), held + 1, 0)
        sim.put(np.arange(sim.nsim), {name: np.repeat(part[None], sim.nsim, 0) for name, part in start.items()})
        sim.forward()
        best: Array = points[held.argmax()]
        return best


@functools.cache
def _repertoire() -> Repertoire:
    own = repertoire.OWN
    return Repertoire.load(own if own.exists() else shipped("experts/pen-repertoire.npz", "motions of the pen"))
