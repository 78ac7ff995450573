"""Kappa by optimisation: a few damped least-squares steps a frame, from where the last frame ended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import mujoco
import numpy as np

from hand_envs.core.hand import Hand
from hand_envs.errors import OptionError
from hand_envs.poses.retargeting.closed import Closed
from hand_envs.poses.retargeting.kappa import Array, Kappa, Memory
from hand_envs.poses.retargeting.objective import Contacts, Goal, Objective, Weights
from hand_envs.poses.retargeting.proportions import Proportions

_FIRST_STEPS = 12  # from the closed form, for a hand that was not seen before
_STUCK = 0.02  # m, of the mean tip
_BETTER = 0.5  # of the cost: less is no reason to jump
_PASSES = 2  # over the limits, a step


@dataclass(frozen=True)
class _Search:
    """Where a search stands: finger angles (n, fingers), the cost and the mean tip error (m) of each row."""

    angles: Array
    cost: Array
    error: Array


class Optimised(Kappa):
    """Fingertips where the human's are, on a hand of the robot's measures.

    Each frame takes `steps` Gauss-Newton steps on the sum of squares of `objective.Objective`: fingertips from the
    palm, weakly the directions of the segments (a finger of four joints leaves one of them open), the thumb's gap to
    each finger, which closes smoothly where the human's is nearly closed, and the change since the last frame. A joint
    that a step would push beyond its limit is put on it, and the step is taken anew for the others. It starts from the
    last frame's angles; the first time, and where it is stuck far from its goal, from `Closed`.

    Args:
        hand: the robot's.
        model: with that hand in it.
        scale: see `Proportions`.
        human: see `Proportions`.
        steps: a frame.
        weights: of the terms.
        pinch: human gaps (m): below the first the robot's fingers meet, above the second they
            are not drawn together; between the two, one goes over into the other.
        most_change: rad a frame that no joint exceeds; None for no such limit.
    """

    def __init__(
        self,
        hand: Hand,
        model: mujoco.MjModel,
        scale: str | float = "finger",
        human: Array | None = None,
        steps: int = 3,
        weights: Weights | None = None,
        pinch: tuple[float, float] = (0.025, 0.045),
        most_change: float | None = None,
    ) -> None:
        super().__init__(hand, model)
        if steps < 1:
            raise OptionError(f"`steps` is {steps}; at least 1 was expected.")
        if not 0.0 <= pinch[0] < pinch[1]:
            raise OptionError(f"`pinch` is {pinch}; two gaps in m were expected, the smaller first.")
        if most_change is not None and not most_change > 0.0:
            raise OptionError(f"`most_change` is {most_change}; rad above 0 were expected.")
        self.steps, self.most_change = steps, most_change
        self.proportions = Proportions(self.kinematics, scale, human)
        self.objective = Objective(self.kinematics, weights or Weights(), pinch)
        self._closed = Closed(hand, model)
        self._moving = slice(len(hand.wrist), len(self.joints))
        self._least, self._most = self.kinematics.least[self._moving], self.kinematics.most[self._moving]

    def memory(self, n: int) -> Memory:
        return {**super().memory(n), "angles": np.zeros((n, len(self.joints)))}

    def _angles(
        self, hands: Array, points: Array, memory: Memory, contacts: Contacts | None = None, **more: Any
    ) -> Array:
        seen = memory["seen"] > 0.0
        goal = self.objective.goal(self.proportions(hands), hands, memory["angles"], seen, contacts)
        angles = memory["angles"].copy()
        if not seen.all():
            angles[~seen] = self._from_closed(hands, points, goal, ~seen).angles
        found = self._search(angles, goal, self.steps if contacts is None else _FIRST_STEPS)
        angles = self._unstuck(found, hands, points, goal)
        if self.most_change is not None:
            change = np.clip(angles - memory["angles"], -self.most_change, self.most_change)
            angles = np.where(seen[:, None], memory["angles"] + change, angles)
        memory["angles"][:] = angles
        return angles

    def _from_closed(self, hands: Array, points: Array, goal: Goal, rows: Array) -> _Search:
        start = self._closed._angles(hands[rows], points[rows], {})
        return self._search(start, goal.of(rows), _FIRST_STEPS)

    def _unstuck(self, found: _Search, hands: Array, points: Array, goal: Goal) -> Array:
        """Where tips are far off, begin anew from the closed form; keep what is much better."""
        stuck = found.error > _STUCK
        if not stuck.any():
            return found.angles
        again = self._from_closed(hands, points, goal, stuck)
        better = again.cost < _BETTER * found.cost[stuck]
        angles = found.angles.copy()
        angles[stuck] = np.where(better[:, None], again.angles, angles[stuck])
        return angles

    def _search(self, angles: Array, goal: Goal, steps: int) -> _Search:
        angles = np.clip(angles, self.kinematics.least, self.kinematics.most)
        for _ in range(steps):
            gradient, hessian = self.objective.normal_equations(angles, goal)
            moving = angles[:, self._moving]
            angles[:, self._moving] = _step(moving, gradient, hessian, self._least, self._most)
        cost, error = self.objective.cost(angles, goal)
        return _Search(angles, cost, error)


def _step(angles: Array, gradient: Array, hessian: Array, least: Array, most: Array) -> Array:
    """A Gauss-Newton step that ends within the limits."""
    step = np.linalg.solve(hessian, -gradient[..., None])[..., 0]
    stopped = np.zeros(angles.shape, dtype=bool)
    for _ in range(_PASSES):
        beyond = (angles + step < least) | (angles + step > most)
        if not (beyond & ~stopped).any():
            break
        stopped |= beyond
        step = np.where(stopped, np.clip(angles + step, least, most) - angles, 0.0)
        held = -gradient - (hessian @ step[..., None])[..., 0]
        free = ~stopped
        reduced = hessian * (free[:, :, None] & free[:, None]) + np.eye(len(least)) * stopped[:, None]
        step += np.linalg.solve(reduced, np.where(free, held, 0.0)[..., None])[..., 0]
    return np.clip(angles + step, least, most)
