"""Kappa by optimisation: a few damped least-squares steps a frame, from where the last frame ended."""

from __future__ import annotations

from dataclasses import dataclass

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
_PASSES = 3  # over the limits, a step
_RIDGE, _EASIER, _HARDER = 5e-4, 2.0, 8.0  # m^2/rad^2 at first, and its change after a step that was good or bad


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
    each finger, which closes smoothly where the human's is nearly closed, and the change since the last frame. Limits
    are kept: a joint that a step would push beyond its limit stays on it, and the others make up for it. It starts
    from the last frame's angles; the first time, and where it is stuck far from its goal, from `Closed`.

    Args:
        hand: the robot's.
        model: with that hand in it.
        scale: see `Proportions`.
        human: see `Proportions`.
        steps: a frame.
        weights: of the terms.
        pinch: human gaps (m): below the first the robot's fingers meet, above the second they
            are not drawn together; between the two, one goes over into the other.
        closing: share of the way between the two that a pinch closes or opens by in a frame, at most.
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
        closing: float = 0.3,
        most_change: float | None = None,
    ) -> None:
        super().__init__(hand, model)
        if steps < 1:
            raise OptionError(f"`steps` is {steps}; at least 1 was expected.")
        if not 0.0 <= pinch[0] < pinch[1]:
            raise OptionError(f"`pinch` is {pinch}; two gaps in m were expected, the smaller first.")
        if not closing > 0.0:
            raise OptionError(f"`closing` is {closing}; a share above 0 was expected.")
        if most_change is not None and not most_change > 0.0:
            raise OptionError(f"`most_change` is {most_change}; rad above 0 were expected.")
        self.steps, self.closing, self.most_change = steps, closing, most_change
        self.proportions = Proportions(self.kinematics, scale, human)
        self.objective = Objective(self.kinematics, weights or Weights(), pinch)
        self._closed = Closed(hand, model)
        self._unit = np.eye(len(hand.fingers))
        self._moving = slice(len(hand.wrist), len(self.joints))
        self._least, self._most = self.kinematics.least[self._moving], self.kinematics.most[self._moving]

    def memory(self, n: int) -> Memory:
        return {**super().memory(n), "angles": np.zeros((n, len(self.joints))), "apart": np.zeros((n, 4))}

    def _angles(self, hands: Array, points: Array, memory: Memory, contacts: Contacts | None = None) -> Array:
        seen = memory["seen"] > 0.0
        apart = self.objective.apart(hands)
        steady = memory["apart"] + np.clip(apart - memory["apart"], -self.closing, self.closing)
        apart = np.where(seen[:, None], steady, apart)
        goal = self.objective.goal(self.proportions(hands), hands, apart, memory["angles"], seen, contacts)
        memory["apart"][:] = apart
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
        """Where tips are far off and the closed form is nearer, begin anew from it; keep what is much better."""
        stuck = np.flatnonzero(found.error > _STUCK)
        if len(stuck):
            start = self._closed._angles(hands[stuck], points[stuck], {})
            stuck = stuck[self.objective.cost(start, goal.of(stuck))[0] < found.cost[stuck]]
        if len(stuck) == 0:
            return found.angles
        again = self._from_closed(hands, points, goal, stuck)
        better = again.cost < _BETTER * found.cost[stuck]
        angles = found.angles.copy()
        angles[stuck] = np.where(better[:, None], again.angles, angles[stuck])
        return angles

    def _search(self, angles: Array, goal: Goal, steps: int) -> _Search:
        """Steps of Levenberg and Marquardt: one that makes nothing better is not taken, and the next one is shorter."""
        angles = np.clip(angles, self.kinematics.least, self.kinematics.most)
        ridge = np.full(len(angles), _RIDGE)
        cost, gradient, hessian = self.objective.normal_equations(angles, goal)
        for number in range(steps):
            trial = angles.copy()
            damped = hessian + ridge[:, None, None] * self._unit
            trial[:, self._moving] = _step(angles[:, self._moving], gradient, damped, self._least, self._most)
            if number < steps - 1:
                new = self.objective.normal_equations(trial, goal)
                better = new[0] < cost
                ridge = np.where(better, ridge / _EASIER, ridge * _HARDER)
                gradient = np.where(better[:, None], new[1], gradient)
                hessian = np.where(better[:, None, None], new[2], hessian)
                cost, angles = np.where(better, new[0], cost), np.where(better[:, None], trial, angles)
        last, error = self.objective.cost(trial, goal)
        better = last < cost
        return _Search(np.where(better[:, None], trial, angles), np.where(better, last, cost), error)


def _step(angles: Array, gradient: Array, hessian: Array, least: Array, most: Array) -> Array:
    """Where the quadratic model is least within the limits: by primal-dual active sets, a few passes of them."""
    low, high = least - angles, most - angles
    step = np.linalg.solve(hessian, -gradient[..., None])[..., 0]
    push = np.zeros_like(step)
    held = np.zeros(step.shape, dtype=bool)
    for _ in range(_PASSES):
        below, above = step + push < low, step + push > high
        now = below | above
        if (now == held).all():
            break
        held = now
        step = np.where(below, low, np.where(above, high, 0.0))
        right = np.where(held, step, -gradient - (hessian @ step[..., None])[..., 0])
        free = ~held
        reduced = np.where(free[:, :, None] & free[:, None], hessian, 0.0) + np.eye(len(least)) * held[:, None]
        step = np.linalg.solve(reduced, right[..., None])[..., 0]
        slope = gradient + (hessian @ step[..., None])[..., 0]
        push = np.where(held, -slope / np.diagonal(hessian, axis1=1, axis2=2), 0.0)
    return np.clip(angles + step, least, most)
