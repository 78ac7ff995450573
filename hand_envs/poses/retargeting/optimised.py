"""Kappa by optimisation: a few damped least-squares steps a frame, from where the last frame ended."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import mujoco
import numpy as np

from hand_envs.core.hand import Hand
from hand_envs.errors import OptionError
from hand_envs.poses.retargeting.closed import Closed
from hand_envs.poses.retargeting.kappa import Array, Kappa, Memory
from hand_envs.poses.retargeting.objective import Contacts, Goal, Objective, Weights
from hand_envs.poses.retargeting.proportions import Proportions

_FIRST_STEPS = 12  # from the closed form
_STUCK = 0.03  # m, of a tip
_BETTER = 0.5  # of the cost: less is no reason to go elsewhere
_CALM, _STILL, _LEVER = 0.14, 0.01, 0.08  # rad a frame; m that a hand may move by meanwhile; m for each rad more
_FREE = 1e3  # rad: no bound
_PASSES = 3  # over the limits, a step
_RIDGE, _EASIER, _HARDER = 5e-4, 2.0, 8.0  # m^2/rad^2 at first, and its change after a step that was good or bad

Limits = tuple[Array, Array]
"""Least and most that angles can be (rad)."""


@dataclass(frozen=True)
class _Search:
    """Where a search ended.

    Attributes:
        angles: (n, joints) in rad.
        cost: of these, (n,).
        off: how far the tips are off (m) after the last step, taken or not, (n, 5).
    """

    angles: Array
    cost: Array
    off: Array


class Optimised(Kappa):
    """Fingertips where the human's are, on a hand of the robot's measures.

    Each frame takes `steps` Gauss-Newton steps on the sum of squares of `objective.Objective`: fingertips from the
    palm, weakly the directions of the segments (a finger of four joints leaves one of them open), the thumb's gap to
    the nearest finger, which closes smoothly where the human's is nearly closed, and the change since the last frame.
    Limits are kept: a joint that a step would push beyond its limit stays on it, and the others make up for it. It
    starts from the last frame's angles; the first time, and where a finger is stuck far from its goal, from `Closed`.

    Nothing jumps that the human's hand does not: no joint changes by more than 0.14 rad a frame while no point of the
    hand, seen from its palm, moves by more than 1 cm, and by 1 rad more for each 8 cm that one does.

    Args:
        hand: the robot's.
        model: with that hand in it.
        scale: see `Proportions`.
        human: see `Proportions`.
        steps: a frame.
        weights: of the terms.
        pinch: human gaps (m): below the first the robot's fingers meet, above the second they
            are not drawn together; between the two, one goes over into the other.
        most_change: rad a frame that no joint exceeds, however fast the human is; None for no such limit.
    """

    def __init__(
        self,
        hand: Hand,
        model: mujoco.MjModel,
        scale: str | float = "finger",
        human: Array | None = None,
        steps: int = 3,
        weights: Weights | None = None,
        pinch: tuple[float, float] = (0.027, 0.045),
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
        self._moves, self._unit = self.kinematics.moves.any(axis=1), np.eye(len(self.joints))
        self._range = self.kinematics.least, self.kinematics.most

    def memory(self, n: int) -> Memory:
        return {**super().memory(n), "angles": np.zeros((n, len(self.joints)))}

    def _angles(self, hands: Array, points: Array, memory: Memory, contacts: Contacts | None = None) -> Array:
        seen, last = memory["seen"] > 0.0, memory["angles"]
        goal = self.objective.goal(self.proportions(hands), hands, last, seen, contacts)
        angles, change = last, self._change(hands, memory)
        if not seen.all():
            angles = last.copy()
            angles[~seen] = self._begun(hands, points, goal, ~seen)
        limits = np.maximum(angles - change, self.kinematics.least), np.minimum(angles + change, self.kinematics.most)
        found = self._search(angles, goal, limits, self.steps if contacts is None else _FIRST_STEPS)
        memory["angles"][:] = self._unstuck(found, hands, points, goal, limits)
        return memory["angles"].copy()

    def _change(self, hands: Array, memory: Memory) -> Array:
        """What joints may change by in this frame (rad), (n, 1)."""
        moved = np.linalg.norm(hands - memory["points"], axis=-1).max(axis=1, keepdims=True)
        change = _CALM + np.maximum(moved - _STILL, 0.0) / _LEVER
        change[memory["seen"] == 0.0] = _FREE
        return change if self.most_change is None else np.minimum(change, self.most_change)

    def _begun(self, hands: Array, points: Array, goal: Goal, rows: Array) -> Array:
        """Angles of hands that were not seen before."""
        start = self._closed._angles(hands[rows], points[rows], {})
        return self._search(start, goal.of(rows), self._range, _FIRST_STEPS).angles

    def _unstuck(self, found: _Search, hands: Array, points: Array, goal: Goal, limits: Limits) -> Array:
        """Where tips are far off and the closed form's are nearer: towards what is found from there, if much better."""
        far = (found.off > _STUCK) & self.kinematics.there
        stuck = np.flatnonzero(far.any(axis=1))
        if len(stuck) == 0:
            return found.angles
        stay = found.angles[stuck]
        moved = (far[stuck][:, :, None] & self._moves).any(axis=1)
        start = np.where(moved, self._closed._angles(hands[stuck], points[stuck], {}), stay)
        goal = dataclasses.replace(goal.of(stuck), steady=np.zeros((len(stuck), 1)))
        cost = self.objective.cost(stay, goal)[0]
        nearer = self.objective.cost(start, goal)[0] < cost
        if not nearer.any():
            return found.angles
        again = self._search(start, goal, self._range, _FIRST_STEPS)
        better = nearer & (again.cost < _BETTER * cost)
        angles = found.angles.copy()
        angles[stuck] = np.where(better[:, None], np.clip(again.angles, limits[0][stuck], limits[1][stuck]), stay)
        return angles

    def _search(self, angles: Array, goal: Goal, limits: Limits, steps: int) -> _Search:
        """Steps of Levenberg and Marquardt: one that makes nothing better is not taken, and the next one is shorter."""
        ridge = np.full((len(angles), 1, 1), _RIDGE)
        here: tuple[Array, ...] = (*self.objective.normal_equations(angles, goal), angles)
        for number in range(steps):
            cost, gradient, hessian, angles = here
            trial = _step(angles, gradient, hessian + ridge * self._unit, limits)
            if number < steps - 1:
                there = (*self.objective.normal_equations(trial, goal), trial)
                better = there[0] < cost
                ridge = np.where(better[:, None, None], ridge / _EASIER, ridge * _HARDER)
                here = _chosen(better, there, here)
        last, off = self.objective.cost(trial, goal)
        angles, cost = _chosen(last < cost, (trial, last), (angles, cost))
        return _Search(angles, cost, off)


def _chosen(which: Array, those: tuple[Array, ...], others: tuple[Array, ...]) -> tuple[Array, ...]:
    """Row by row."""
    if which.all():
        return those
    rows = [which.reshape(-1, *[1] * (each.ndim - 1)) for each in those]
    return tuple(np.where(*three) for three in zip(rows, those, others, strict=True))


def _step(angles: Array, gradient: Array, hessian: Array, limits: Limits) -> Array:
    """Where the quadratic model is least within the limits: by primal-dual active sets, a few passes of them."""
    least, most = limits
    low, high = least - angles, most - angles
    below, above = (low >= 0.0) & (gradient > 0.0), (high <= 0.0) & (gradient < 0.0)
    diagonal = np.diagonal(hessian, axis1=1, axis2=2)
    alone = hessian * np.eye(angles.shape[1])
    for _ in range(_PASSES):
        held = below | above
        ends = np.where(below, low, np.where(above, high, 0.0))
        right = np.where(held, diagonal * ends, -gradient - (hessian @ ends[..., None])[..., 0])
        reduced = np.where(held[:, :, None] | held[:, None], alone, hessian)
        step = np.linalg.solve(reduced, right[..., None])[..., 0]
        pushed = step - held * (gradient + (hessian @ step[..., None])[..., 0]) / diagonal
        below, above = pushed < low, pushed > high
        if ((below | above) == held).all():
            break
    return np.minimum(np.maximum(angles + step, least), most)
