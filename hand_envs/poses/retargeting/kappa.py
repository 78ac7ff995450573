"""What every kappa is: the joint angles of a robot hand that do what a human hand's 21 points do."""

from __future__ import annotations

import abc
import inspect
from typing import Any

import mujoco
import numpy as np

from hand_envs.core.hand import Hand
from hand_envs.errors import OptionError, unknown_option
from hand_envs.poses.conventions import BASES, shaped
from hand_envs.poses.frames import aligned, completed, present
from hand_envs.poses.retargeting.kinematics import Kinematics

Array = np.ndarray
Memory = dict[str, Array]

_FEWEST_BASES = 3  # of wrist and knuckles; fewer leave the palm's frame open


class Kappa(abc.ABC):
    """Joint angles from 21 points of a right hand, in any frame, for many simulations at a time.

    kappa = Optimised(hand, model)
    memory = kappa.memory(n)
    angles = kappa(points, memory)     # (n, joints) rad, every frame anew

    A joint that is missing (not finite) stays where it last was in the palm; so does the whole hand while fewer than
    three of wrist and knuckles are there. Whatever the points, what comes out is finite and within `low` and `high`.
    Simulations are worked out one apart from the other: alone or among many, the angles are the same, bit for bit.
    The wrist's joints are not to be seen in the 21 points, for which there is no forearm: a kappa keeps what `wrist`
    gives, and without it holds them at rest (`Learned` has learned them from its pairs).

    Attributes:
        joints: the hand's wrist and finger joints, in its order.
        low, high: what their actuators can be told (rad).
        viewpoint: whether the direction to the camera counts, so that points must be in the camera's frame.
    """

    viewpoint: bool = False

    def __init__(self, hand: Hand, model: mujoco.MjModel) -> None:
        self.hand = hand
        self.kinematics = Kinematics(hand, model)
        self.joints = self.kinematics.joints
        self.low, self.high = self.kinematics.low, self.kinematics.high

    def memory(self, n: int) -> Memory:
        """What is kept from frame to frame, a row a simulation. Zeros forget: a stream that begins anew needs them."""
        return {"points": np.zeros((n, 21, 3)), "seen": np.zeros(n)}

    @classmethod
    def options(cls) -> tuple[str, ...]:
        """Names of what a call takes besides points and memory."""
        _, _, _, _, *own = inspect.signature(cls._angles).parameters
        return ("wrist", *own)

    def __call__(self, points: Array, memory: Memory, wrist: Array | None = None, **options: Any) -> Array:
        """Angles (n, joints) in rad. What is refused leaves the memory as it was.

        Args:
            points: (n, 21, 3) in m, canonical, of right hands.
            memory: of this kappa; brought up to date.
            wrist: the wrist joints' angles (rad), (n, wrist joints).
            options: the kappa's own, see `options`.
        """
        for name in options:
            if name not in self.options():
                raise unknown_option(type(self).__name__, name, self.options())
        points = self._checked(points, memory)
        given = None if wrist is None else self._wrist(wrist, len(points))
        hands = self._held(points, memory)
        angles = self._angles(hands, points, memory, **options)
        if given is not None:
            angles[:, : len(self.hand.wrist)] = given
        angles = np.clip(angles, self.low, self.high)
        memory["points"][:], memory["seen"][:] = hands, 1.0
        return angles

    @abc.abstractmethod
    def _angles(self, hands: Array, points: Array, memory: Memory) -> Array:
        """Angles for hands in their palms' frames, wrists at the origin; `points` are as they came.

        What a subclass takes besides, each with a default, are options of its call.
        """

    def _checked(self, points: Array, memory: Memory) -> Array:
        points = shaped(points)
        if points.ndim != 3 or len(points) != len(memory["seen"]):
            raise OptionError(
                f"Points have shape {points.shape}; this memory is of {len(memory['seen'])} simulations, so "
                f"{(len(memory['seen']), 21, 3)} was expected. `memory(n)` makes one of another size."
            )
        return points

    def _held(self, points: Array, memory: Memory) -> Array:
        """The hands in their palms' frames; what is missing is where it was."""
        there = present(points)
        if there.all():
            return aligned(points)
        there &= there[:, BASES].sum(axis=1, keepdims=True) >= _FEWEST_BASES
        hands = aligned(completed(np.where(there[..., None], points, np.nan)))
        known = there | (memory["seen"] == 0.0)[:, None]
        return np.where(known[..., None], hands, memory["points"])

    def _wrist(self, wrist: Array, n: int) -> Array:
        wrist = np.asarray(wrist, dtype=np.float64)
        wanted = (n, len(self.hand.wrist))
        if wrist.shape != wanted:
            raise OptionError(f"`wrist` has shape {wrist.shape}; expected {wanted}, for {', '.join(self.hand.wrist)}.")
        return np.where(np.isfinite(wrist), wrist, self.kinematics.rest[: wanted[1]])


def actions(targets: Array, low: Array, high: Array) -> Array:
    """Angles (rad) as actions: -1 is `low`, 1 is `high`."""
    return np.clip(2.0 * (targets - low) / (high - low) - 1.0, -1.0, 1.0)


def angles(actions: Array, low: Array, high: Array) -> Array:
    """Actions as angles (rad): the inverse of `actions`."""
    return low + 0.5 * (np.clip(actions, -1.0, 1.0) + 1.0) * (high - low)
