"""What `Optimised` makes small: a sum of squares, in metres, of a hand's distance from what it should be like."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

import numpy as np

from hand_envs.errors import OptionError
from hand_envs.poses.conventions import TIPS
from hand_envs.poses.retargeting.kinematics import Kinematics, Pose

Array = np.ndarray

_TINY = 1e-9
_SWIFTEST = 30.0  # times the cost of a slow change, at most: people do move fast
_PRESS = 0.004  # m into the object, as Antotsiou et al. (2018) have it


@dataclass(frozen=True)
class Weights:
    """Of residuals in metres, before they are squared; `change` is metres a radian.

    Attributes:
        tips: each fingertip's place.
        directions: each segment's end, as seen from where it begins.
        pinch: the thumb's gap to each finger, where it is fully drawn together.
        change: each joint's change since the last frame.
        swift: rad; a larger change costs more than its square, up to 30 times: where joints say little of the tips (a
            finger spread while it points out of the palm), they do not jump.
        contacts: of each fingertip with the object.
    """

    tips: float = 1.0
    directions: float = 0.1
    pinch: float = 5.0
    change: float = 0.012
    swift: float = 0.04
    contacts: float = 8.0


@dataclass(frozen=True, eq=False)
class Contacts:
    """Where fingertips, thumb first, ought to touch: in the palm's frame, the wrist at the origin.

    Attributes:
        points: on the object (m), (n, 5, 3); those of fingers that touch nothing are not finite.
        normals: of the object there, outwards, (n, 5, 3): tips are drawn 4 mm below the surface and may slide along
            it. Without them, tips are drawn to the points themselves.
    """

    points: Array
    normals: Array | None = None


@dataclass(frozen=True, eq=False)
class Goal:
    """What a batch of hands should be like.

    Attributes:
        tips: of the fingers (m), (n, 5, 3).
        segments: of the fingers (m), (n, 5, 3, 3).
        gaps: from each finger to the thumb (m), (n, 4, 3), and how far they count, (n, 4).
        drawn: see gaps.
        last: the angles of the frame before, (n, joints), and how far they count, (n,).
        steady: see last.
        pulls: of contacts: places (n, 5, 3) and the directions that count, (n, 5, 3, 3).
        along: see pulls.
    """

    tips: Array
    segments: Array
    gaps: Array
    drawn: Array
    last: Array
    steady: Array
    pulls: Array | None = None
    along: Array | None = None

    def of(self, rows: Array) -> Goal:
        """Of some of the hands."""
        parts: dict[str, Any] = {each.name: getattr(self, each.name) for each in dataclasses.fields(self)}
        there = {name: part[rows] for name, part in parts.items() if part is not None}
        return Goal(**there)


class Objective:
    """The sum of squares, its gradient and Gauss-Newton's matrix, for a batch of hands.

    E = tips^2 sum |x_f - t_f|^2  +  directions^2 sum |s_k - l_k u_k|^2  +  change^2 sum d(q - q_last)
      + pinch^2 sum b_f |(x_thumb - x_f) - c(g_f) h_f|^2  +  contacts^2 sum (n_f . (x_f - p_f) + 4 mm)^2

    with x the robot's tips, t the human's on the robot's measures, s and l the robot's segments and their lengths, u
    the human's directions, h the human's gap from finger to thumb and g its size. c rises smoothly from 0 to 1 while g
    goes over `pinch`, and b_f = (1 - c_f)^2 / sum (1 - c): the thumb is drawn to the nearest finger most.
    d(q) = q^2 (1 + r / 2 / (1 + r / 30)) with r = (q / swift)^2.
    """

    def __init__(self, kinematics: Kinematics, weights: Weights, pinch: tuple[float, float]) -> None:
        self.kinematics, self.weights, self.pinch = kinematics, weights, pinch
        rest = kinematics.forward(kinematics.rest[None]).fingers[0]
        self._lengths = np.linalg.norm(np.diff(rest, axis=1), axis=-1, keepdims=True)
        self._moving = slice(len(kinematics.hand.wrist), len(kinematics.joints))

    def apart(self, hands: Array) -> Array:
        """How far the thumb is from each finger, of hands (n, 21, 3): 0 where they meet, 1 where they do not."""
        gaps = np.linalg.norm(hands[:, TIPS[:1]] - hands[:, TIPS[1:]], axis=-1)
        return _smooth((gaps - self.pinch[0]) / (self.pinch[1] - self.pinch[0]))

    def goal(
        self, fingers: Array, hands: Array, apart: Array, last: Array, seen: Array, contacts: Contacts | None = None
    ) -> Goal:
        """From the human's fingers on the robot's measures, (n, 5, 4, 3), and the angles of the frame before."""
        links = np.diff(fingers, axis=2)
        length = np.linalg.norm(links, axis=-1, keepdims=True)
        segments = links / np.maximum(length, _TINY) * self._lengths
        tips, humans = fingers[:, :, 3], hands[:, TIPS]
        gaps = humans[:, :1] - humans[:, 1:]
        steady = self.weights.change**2 * seen
        pulls, along = self._pulls(contacts, len(hands)) if contacts else (None, None)
        near = 1.0 - apart
        drawn = near * near / np.maximum(near.sum(axis=1, keepdims=True), _TINY)  # not to all fingers at a time
        return Goal(tips, segments, gaps * apart[..., None], drawn, last, steady, pulls, along)

    def _pulls(self, contacts: Contacts, n: int) -> tuple[Array, Array]:
        points = np.asarray(contacts.points, dtype=np.float64)
        if points.shape != (n, 5, 3):
            raise OptionError(f"Contacts have shape {points.shape}; expected {(n, 5, 3)}, the thumb first.")
        touched: Array = np.asarray(np.isfinite(points).all(axis=-1))
        if contacts.normals is None:
            return np.where(touched[..., None], points, 0.0), np.eye(3) * touched[..., None, None]
        normals = np.where(touched[..., None], contacts.normals, 0.0)
        pressed = np.where(touched[..., None], points - _PRESS * normals, 0.0)
        return pressed, normals[..., None] * normals[..., None, :]

    def cost(self, angles: Array, goal: Goal) -> tuple[Array, Array]:
        """E, and the mean distance of the tips (m), of each hand."""
        residuals = self._residuals(self.kinematics.forward(angles), goal)
        off = residuals[0] / self.weights.tips
        return self._sum(_joined(residuals), angles, goal), np.linalg.norm(off, axis=-1).mean(axis=1)

    def normal_equations(self, angles: Array, goal: Goal) -> tuple[Array, Array, Array]:
        """E, half its gradient and half of Gauss-Newton's matrix by the fingers' angles."""
        pose = self.kinematics.forward(angles)
        jacobian = self.kinematics.jacobian(pose)[..., self._moving]
        residual = _joined(self._residuals(pose, goal))
        across = np.concatenate(
            [each.reshape(len(angles), -1, jacobian.shape[-1]) for each in self._rows(jacobian, goal)], axis=1
        ).swapaxes(1, 2)
        change, steady = (angles - goal.last)[:, self._moving], goal.steady[:, None]
        swift = (change / self.weights.swift) ** 2
        dear = 0.5 * swift * (1.0 / (1.0 + swift / _SWIFTEST) + 1.0 / (1.0 + swift / _SWIFTEST) ** 2)
        gradient = (across @ residual[..., None])[..., 0] + steady * change * (1.0 + dear)
        hessian = across @ across.swapaxes(1, 2)
        hessian += (steady * (1.0 + 2.0 * dear))[:, None] * np.eye(change.shape[-1])
        return self._sum(residual, angles, goal), gradient, hessian

    def _sum(self, residual: Array, angles: Array, goal: Goal) -> Array:
        change = (angles - goal.last)[:, self._moving]
        swift = (change / self.weights.swift) ** 2
        changes = (change * change * (1.0 + 0.5 * swift / (1.0 + swift / _SWIFTEST))).sum(axis=1)
        return np.asarray(np.vecdot(residual, residual) + goal.steady * changes)

    def _residuals(self, pose: Pose, goal: Goal) -> list[Array]:
        weights, fingers = self.weights, pose.fingers
        tips = fingers[:, :, 3]
        gaps = tips[:, :1] - tips[:, 1:] - goal.gaps
        residuals = [
            weights.tips * (tips - goal.tips),
            weights.directions * (fingers[:, :, 1:] - fingers[:, :, :-1] - goal.segments),
            weights.pinch * np.sqrt(goal.drawn)[..., None] * gaps,
        ]
        if goal.pulls is not None and goal.along is not None:
            residuals.append(weights.contacts * (goal.along @ (tips - goal.pulls)[..., None])[..., 0])
        return residuals

    def _rows(self, jacobian: Array, goal: Goal) -> list[Array]:
        weights = self.weights
        tips = jacobian[:, :, 3]
        rows = [
            weights.tips * tips,
            weights.directions * (jacobian[:, :, 1:] - jacobian[:, :, :-1]),
            weights.pinch * np.sqrt(goal.drawn)[..., None, None] * (tips[:, :1] - tips[:, 1:]),
        ]
        if goal.along is not None:
            rows.append(weights.contacts * (goal.along @ tips))
        return rows


def _joined(residuals: list[Array]) -> Array:
    return np.concatenate([each.reshape(len(each), -1) for each in residuals], axis=1)


def _smooth(share: Array) -> Array:
    share = np.clip(share, 0.0, 1.0)
    return share * share * (3.0 - 2.0 * share)
