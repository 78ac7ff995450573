"""The arm that brings the palm where the user's is: damped least squares on the joints of arm and wrist."""

from __future__ import annotations

from dataclasses import dataclass

import mujoco
import numpy as np

from hand_envs.core.hand import Hand
from hand_envs.errors import TaskError
from hand_envs.live.servo import Servos
from hand_envs.live.turning import turn
from hand_envs.poses.frames import palm_frame

Array = np.ndarray

LEVER = 0.15  # m: an error of 1 rad counts as much as one of so many metres
DAMPING = 1e-4  # m^2
PULL = 1e-6  # m^2: how much the joints lean to where they started, felt only where the palm leaves them free
STEPS = 4
LONGEST_STEP = 0.3  # rad or m, of a joint


@dataclass(frozen=True)
class Place:
    """Where a palm is: its wrist (m), and the axes of its frame as columns (x out of it, z to the middle knuckle)."""

    position: Array
    rotation: Array


class Arm:
    """Joints of the arm and the wrist, by name in `joints`, and the place of the palm they give.

    A hand without an arm follows turns alone, with its wrist.

    Args:
        hand: any, with or without an arm.
        model: of a scene with it.
    """

    def __init__(self, hand: Hand, model: mujoco.MjModel) -> None:
        if not hand.bones:
            raise TaskError(f"The hand {hand.name!r} does not say which bodies its 21 keypoints are at (`bones`).")
        self.hand, self.joints = hand, hand.arm + hand.wrist
        self.servos = Servos(hand, model, self.joints)
        self.low, self.high = self.servos.low, self.servos.high
        self._model, self._data = model, mujoco.MjData(model)
        joints = [model.joint(joint) for joint in self.joints]
        self._qpos = np.array([joint.qposadr[0] for joint in joints], int)
        self._dofs = np.array([joint.dofadr[0] for joint in joints], int)
        self._follows_position = bool(hand.arm)
        self._body = int(model.site(hand.palm).bodyid[0])
        self._jacobian = np.zeros((2, 3, model.nv))
        self._find_palm()

    def _find_palm(self) -> None:
        """The wrist and the palm's frame as the palm's body has them, from the keypoints of the hand at rest."""
        mujoco.mj_kinematics(self._model, self._data)
        points = keypoints(self.hand, self._data)
        body = self._data.xmat[self._body].reshape(3, 3)
        self._wrist = body.T @ (points[0] - self._data.xpos[self._body])
        self._frame = body.T @ palm_frame(points)

    def place(self, angles: Array) -> Place:
        """Where joint angles (rad or m) bring the palm."""
        self._data.qpos[self._qpos] = angles
        mujoco.mj_kinematics(self._model, self._data)
        body = self._data.xmat[self._body].reshape(3, 3)
        return Place(self._data.xpos[self._body] + body @ self._wrist, body @ self._frame)

    def reach(self, target: Place, angles: Array, rest: Array | None = None, steps: int = STEPS) -> Array:
        """Angles near `angles` that bring the palm near `target`, within what the servos can.

        Args:
            target: where to.
            angles: to begin from.
            rest: what to lean to where joints are left free; by default `angles`.
            steps: of the iteration.
        """
        angles = np.clip(angles, self.low, self.high)
        rest = angles if rest is None else rest
        damping, (error, jacobian) = DAMPING, self._linearised(target, angles)
        for _ in range(steps):
            slope = jacobian.T @ error + PULL * (rest - angles)
            step = np.clip(self._step(jacobian, slope, angles, damping), -LONGEST_STEP, LONGEST_STEP)
            there = np.clip(angles + step, self.low, self.high)
            after = self._linearised(target, there)
            if _cost(after[0], there - rest) <= _cost(error, angles - rest):
                angles, (error, jacobian), damping = there, after, max(DAMPING, damping / 10)
            else:  # far from a target out of reach the linear picture lies
                damping *= 10
        return angles

    def _step(self, jacobian: Array, slope: Array, angles: Array, damping: float) -> Array:
        """The damped step, taken anew without the joints that it would push beyond their ends."""
        square = jacobian.T @ jacobian + (damping + PULL) * np.eye(len(angles))
        free = np.ones(len(angles), bool)
        while True:
            step = np.zeros_like(angles)
            step[free] = np.linalg.solve(square[np.ix_(free, free)], slope[free])
            beyond = (angles <= self.low) & (step < 0) | (angles >= self.high) & (step > 0)
            if not beyond.any():
                return step
            free &= ~beyond

    def _linearised(self, target: Place, angles: Array) -> tuple[Array, Array]:
        """How far off the palm is, as six lengths (m), and how these change with the joints."""
        now = self.place(angles)
        mujoco.mj_comPos(self._model, self._data)
        mujoco.mj_jac(self._model, self._data, self._jacobian[0], self._jacobian[1], now.position, self._body)
        turned = LEVER * turn(target.rotation @ now.rotation.T)
        turning = LEVER * self._jacobian[1][:, self._dofs]
        if not self._follows_position:
            return turned, turning
        moved = target.position - now.position
        return np.concatenate([moved, turned]), np.concatenate([self._jacobian[0][:, self._dofs], turning])


def _cost(error: Array, away: Array) -> float:
    return float(error @ error + PULL * (away @ away))


def keypoints(hand: Hand, data: mujoco.MjData) -> Array:
    """The 21 points of a hand (m), (21, 3), as `Hand.keypoints` has them of simulations."""
    (wrist,), *fingers = hand.bones
    points = [data.body(wrist).xpos]
    for joints, tip in zip(fingers, hand.fingertips[-1:] + hand.fingertips[:-1], strict=True):
        points += [*(data.body(joint).xpos for joint in joints), data.site(tip).xpos]
    return np.array(points)
