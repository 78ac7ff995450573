"""What `Optimised` makes small: a sum of squares, in metres, of a hand's distance from what it should be like."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

import numpy as np

from hand_envs.errors import OptionError
from hand_envs.poses.conventions import TIPS
from hand_envs.poses.retargeting.kinematics import Kinematics

Array = np.ndarray

_TINY = 1e-9
_PRESS = 0.004  # m into the object, as Antotsiou et al. (2018) have it
_NEARER = 0.005  # m: a finger that is so much farther from the thumb than another is drawn to it e times less


@dataclass(frozen=True)
class Weights:
    """Of residuals in metres, before they are squared; `change` is metres a radian.

    Attributes:
        tips: each fingertip's place.
        directions: each segment's end, as seen from where it begins.
        pinch: the thumb's gap to each finger, where it is fully drawn together.
        change: each joint's change since the last frame.
        contacts: of each fingertip with the object.
    """

    tips: float = 1.0
    directions: float = 0.1
    pinch: float = 5.0
    change: float = 0.02
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
        rows: what is looked at, as sums of the fingers' points, (n, rows, 20): tips first.
        wanted: what it should be (m), (n, rows, 3).
        last: the angles of the frame before, (n, joints), and how far they count, (n, 1).
        steady: see last.
        pulls: of contacts: places (n, 5, 3) and the directions that count, (n, 5, 3, 3).
        along: see pulls.
    """

    rows: Array
    wanted: Array
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

    E = tips^2 sum |x_f - t_f|^2  +  directions^2 sum |s_k - l_k u_k|^2  +  change^2 sum (q - q_last)^2
      + pinch^2 sum b_f |(x_thumb - x_f) - c(g_f) h_f|^2  +  contacts^2 sum (n_f . (x_f - p_f) + 4 mm)^2

    with x the robot's tips, t the human's on the robot's measures, s and l the robot's segments and their lengths, u
    the human's directions, h the human's gap from finger to thumb and g its size. c rises smoothly from 0 to 1 while g
    goes over `pinch`, and b_f = (1 - c_f)^2 w_f / sum w with w = exp(-g / 5 mm): the thumb is drawn to the nearest
    finger, and to several only where they are as near.
    """

    def __init__(self, kinematics: Kinematics, weights: Weights, pinch: tuple[float, float]) -> None:
        self.kinematics, self.weights, self.pinch = kinematics, weights, pinch
        rest = kinematics.forward(kinematics.rest[None]).fingers[0]
        self._lengths = np.linalg.norm(np.diff(rest, axis=1), axis=-1, keepdims=True)
        points = np.eye(20).reshape(5, 4, 20)
        self._tips, self._segments = weights.tips * points[:, 3], weights.directions * np.diff(points, axis=1)
        self._there = kinematics.there[1:]  # the thumb is drawn to no finger that the hand does not have
        self._gaps = weights.pinch * (points[:1, 3] - points[1:, 3])

    def goal(self, fingers: Array, hands: Array, last: Array, seen: Array, contacts: Contacts | None = None) -> Goal:
        """From the human's fingers on the robot's measures, (n, 5, 4, 3), and the angles of the frame before."""
        n = len(hands)
        links = fingers[:, :, 1:] - fingers[:, :, :-1]
        segments = links / np.maximum(_length(links), _TINY) * self._lengths
        tips, humans = fingers[:, :, 3], hands[:, TIPS]
        gaps = humans[:, :1] - humans[:, 1:]
        apart, drawn = self._drawn(np.where(self._there, _length(gaps)[..., 0], np.inf))
        rows, wanted = np.empty((n, 24, 20)), np.empty((n, 24, 3))
        rows[:, :5], wanted[:, :5] = self._tips, self.weights.tips * tips
        rows[:, 5:20], wanted[:, 5:20] = (
            self._segments.reshape(15, 20),
            self.weights.directions * segments.reshape(n, 15, 3),
        )
        rows[:, 20:], wanted[:, 20:] = drawn * self._gaps, self.weights.pinch * drawn * apart * gaps
        steady = self.weights.change**2 * seen[:, None]
        pulls, along = self._pulls(contacts, n) if contacts else (None, None)
        return Goal(rows, wanted, last, steady, pulls, along)

    def _drawn(self, gaps: Array) -> tuple[Array, Array]:
        """How far apart thumb and fingers are (c), and the root of how much they are drawn (b), (n, 4, 1)."""
        apart = _smooth((gaps - self.pinch[0]) / (self.pinch[1] - self.pinch[0]))
        share = np.exp((gaps.min(axis=1, keepdims=True) - gaps) / _NEARER)
        share /= share.sum(axis=1, keepdims=True)
        return apart[..., None], ((1.0 - apart) * np.sqrt(share))[..., None]

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
        """E, and how far the tips are off (m), (n, 5), of each hand."""
        fingers = self.kinematics.forward(angles).fingers
        residual = self._residual(fingers, goal)
        off = _length(residual[:, :15].reshape(-1, 5, 3))[..., 0]
        change = angles - goal.last
        return np.vecdot(residual, residual) + goal.steady[:, 0] * np.vecdot(change, change), off / self.weights.tips

    def normal_equations(self, angles: Array, goal: Goal) -> tuple[Array, Array, Array]:
        """E, half its gradient and half of Gauss-Newton's matrix by the angles."""
        n, joints = angles.shape
        pose = self.kinematics.forward(angles)
        residual = self._residual(pose.fingers, goal)
        jacobian = self.kinematics.jacobian(pose)
        across = (goal.rows @ jacobian.reshape(n, 20, -1)).reshape(n, -1, joints)
        if goal.along is not None:
            pulled = self.weights.contacts * (goal.along @ jacobian[:, :, 3])
            across = np.concatenate([across, pulled.reshape(n, -1, joints)], axis=1)
        change, back = angles - goal.last, across.swapaxes(1, 2)
        cost = np.vecdot(residual, residual) + goal.steady[:, 0] * np.vecdot(change, change)
        gradient = (back @ residual[..., None])[..., 0] + goal.steady * change
        hessian = back @ across
        hessian.reshape(n, -1)[:, :: joints + 1] += goal.steady
        return cost, gradient, hessian

    def _residual(self, fingers: Array, goal: Goal) -> Array:
        n = len(fingers)
        residual = (goal.rows @ fingers.reshape(n, 20, 3) - goal.wanted).reshape(n, -1)
        if goal.pulls is None or goal.along is None:
            return residual
        pulled = self.weights.contacts * (goal.along @ (fingers[:, :, 3] - goal.pulls)[..., None])
        return np.concatenate([residual, pulled.reshape(n, -1)], axis=1)


def _length(vectors: Array) -> Array:
    return np.sqrt(np.vecdot(vectors, vectors))[..., None]


def _smooth(share: Array) -> Array:
    share = np.minimum(np.maximum(share, 0.0), 1.0)
    return share * share * (3.0 - 2.0 * share)
