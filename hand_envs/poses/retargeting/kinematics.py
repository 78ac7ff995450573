"""Where a robot hand's 21 points are at given joint angles, and how they move with them: batched, in NumPy alone."""

from __future__ import annotations

from dataclasses import dataclass

import mujoco
import numpy as np

from hand_envs.core.hand import Hand
from hand_envs.errors import TaskError
from hand_envs.poses.frames import palm_frame
from hand_envs.poses.retargeting.chains import Chain, found, palm_body, ranges, wrist_in_palm

Array = np.ndarray

_CROSSED = np.cross(np.eye(3)[:, None], np.eye(3)[None]).reshape(3, 9)
"""`(a @ _CROSSED).reshape(3, 3)` is the matrix that `b @` it is a x b."""


@dataclass(frozen=True, eq=False)
class Pose:
    """A hand at some joint angles, seen from its palm.

    Attributes:
        fingers: the points of thumb, fore, middle, ring and little finger (m), (n, 5, 4, 3).
        anchors: of each finger's joints (m), (n, 5, depth, 3).
        axes: of each finger's joints, (n, 5, depth, 3); zero where a finger has fewer joints.
    """

    fingers: Array
    anchors: Array
    axes: Array

    @property
    def points(self) -> Array:
        """The 21 points (m), (n, 21, 3); the wrist is at the origin."""
        n = len(self.fingers)
        return np.concatenate([np.zeros((n, 1, 3)), self.fingers.reshape(n, 20, 3)], axis=1)


class Kinematics:
    """A hand of hinges, from the palm to the tips.

    Points are in the palm's operator frame, the wrist at the origin: the frame that `palm_frame` finds in the hand's
    own points at rest, so a hand needs no axes of its own to be written down. Wrist and arm stand above the palm and
    move none of it; the wrist's point is where it is while the wrist is straight.

    Attributes:
        joints: wrist and finger joints, in the hand's order.
        low, high: what their actuators can be told (rad); of joints that share actuators, where they stop.
        least, most: what the joints can also reach (rad).
        rest: the angles nearest to the model's own (rad).
        frame, origin: a point of the palm's body is `(point - origin) @ frame` here.
        columns: which joint, among `joints`, is at each place of a finger's chain, (5, depth); 0 where there is none.
        used: whether there is one, (5, depth).
        there: whether the hand has the finger, and does not only say where it would be, (5,).
        ends: the place in the chain that each of a finger's four points hangs on, (5, 4); -1 for the palm.
        moves: whether a joint moves a finger's points, (5, 4, joints).
    """

    def __init__(self, hand: Hand, model: mujoco.MjModel) -> None:
        if not hand.bones:
            raise TaskError(f"The hand {hand.name!r} does not say which bodies its 21 keypoints are at (`bones`).")
        self.hand = hand
        self.joints = hand.wrist + hand.fingers
        ids = [found(model.joint, name, hand) for name in self.joints]
        for number, name in zip(ids, self.joints, strict=True):
            if model.jnt_type[number] != mujoco.mjtJoint.mjJNT_HINGE:
                raise TaskError(f"Joint {name!r} of hand {hand.name!r} is no hinge; retargeting knows hinges only.")
        least, most = ranges(model.jnt_range, model.jnt_limited, ids)
        self.low, self.high = least.copy(), most.copy()
        if hand.own_actuators:
            actuators = [found(model.actuator, hand.actuator_prefix + name, hand) for name in self.joints]
            self.low, self.high = ranges(model.actuator_ctrlrange, model.actuator_ctrllimited, actuators)
        self.least, self.most = np.maximum(self.low, least), np.minimum(self.high, most)
        self.zero = model.qpos0[model.jnt_qposadr[ids]]
        self.rest = np.clip(self.zero, self.least, self.most)
        self._lay_out(model, dict(zip(ids, range(len(ids)), strict=True)))

    def _lay_out(self, model: mujoco.MjModel, ids: dict[int, int]) -> None:
        """Take the chains apart: what stands still between two joints is one offset and one rotation."""
        hand = self.hand
        tips = [found(model.site, name, hand) for name in hand.fingertips[-1:] + hand.fingertips[:-1]]
        fingers = {number for number, place in ids.items() if place >= len(hand.wrist)}
        self.palm = palm_body(model, [int(model.site_bodyid[tip]) for tip in tips], fingers)
        bones = [[found(model.body, name, hand) for name in names] for names in hand.bones]
        chains = [
            Chain(model, self.palm, int(model.site_bodyid[tip]), bodies, model.site_pos[tip], ids)
            for tip, bodies in zip(tips, bones[1:], strict=True)
        ]
        depth = max(len(chain.joints) for chain in chains)
        self.columns = np.zeros((5, depth), dtype=int)
        self.used = np.zeros((5, depth), dtype=bool)
        self._links = np.zeros((3, 5, depth, 4, 4))  # of a hinge: at a right angle's cosine, with its cosine, its sine
        self._links[0] = np.eye(4)
        self._axes = np.zeros((5, depth, 3))
        for row, chain in enumerate(chains):
            for place, (joint, offset, turn, axis) in enumerate(chain.joints):
                self.columns[row, place], self.used[row, place] = ids[joint], True
                self._axes[row, place] = axis
                along = np.outer(axis, axis)
                crossed = (axis @ _CROSSED).reshape(3, 3).T
                self._links[:, row, place, :3, :3] = turn @ along, turn @ (np.eye(3) - along), turn @ crossed
                self._links[0, row, place, :3, 3] = offset
        self.there: Array = np.asarray(self.used.any(axis=1))
        self.ends = np.array([[end for end, _ in chain.points] for chain in chains])
        self._points = np.ones((5, 4, 1, 4))
        self._points[..., 0, :3] = [[point for _, point in chain.points] for chain in chains]
        self._hung = np.arange(5)[:, None] * (depth + 1) + self.ends + 1
        self._list_moves(depth)
        self._base = np.eye(4)  # the palm's body in the palm's frame
        self.frame, self.origin = np.eye(3), wrist_in_palm(model, bones[0][0], self.palm)
        self._base[:3, 3] = -self.origin
        self.frame = palm_frame(self.forward(self.rest[None]).points[0])
        self._base[:3, :3], self._base[:3, 3] = self.frame.T, -self.origin @ self.frame

    def _list_moves(self, depth: int) -> None:
        """Where, among how each place of a finger's chain moves its points, each joint is found."""
        self.moves = np.zeros((5, 4, len(self.joints)), dtype=bool)
        self._moved = np.zeros((5, 4, 3, len(self.joints)), dtype=int)
        for finger, place in zip(*np.nonzero(self.used), strict=True):
            joint = self.columns[finger, place]
            self.moves[finger, :, joint] = place <= self.ends[finger]
            self._moved[finger, :, :, joint] = np.arange(12).reshape(4, 3) + 12 * (finger * depth + place)

    def forward(self, angles: Array) -> Pose:
        """The hand at joint angles (n, joints)."""
        n, depth = len(angles), self.columns.shape[1]
        angles = (angles - self.zero)[:, self.columns][..., None, None]
        links = self._links[0] + np.cos(angles) * self._links[1] + np.sin(angles) * self._links[2]
        frames = np.empty((n, 5, depth + 1, 4, 4))
        frames[:, :, 0] = self._base
        for place in range(depth):
            np.matmul(frames[:, :, place], links[:, :, place], out=frames[:, :, place + 1])
        hung, behind = frames.reshape(n, -1, 4, 4).take(self._hung, axis=1)[..., :3, :], frames[:, :, 1:, :3]
        axes = np.vecdot(behind[..., :3], self._axes[:, :, None])
        return Pose(np.vecdot(hung, self._points), behind[..., 3], axes)

    def jacobian(self, pose: Pose) -> Array:
        """How the points of the fingers move with the joints (m/rad), (n, 5, 4, 3, joints)."""
        arms = pose.fingers[:, :, None] - pose.anchors[:, :, :, None]
        crossed = (pose.axes @ _CROSSED).reshape(*pose.axes.shape, 3)
        moved = (arms @ crossed).reshape(len(arms), -1)
        return moved.take(self._moved, axis=1) * self.moves[:, :, None]

    def chain(self, finger: int) -> list[tuple[str, Array, Array, Array]]:
        """The hinges of a finger (0: thumb) from the palm on, each as it stands in the one before: name, offset (m),
        rotation and axis. The first stands in the palm's frame, the wrist at the origin.
        """
        count = int(self.used[finger].sum())
        names = [self.joints[column] for column in self.columns[finger, :count]]
        links = self._links[0, finger] + self._links[1, finger]
        offsets, turns = links[:, :3, 3], links[:, :3, :3]
        offsets[0], turns[0] = (offsets[0] - self.origin) @ self.frame, self.frame.T @ turns[0]
        return list(zip(names, offsets, turns, self._axes[finger], strict=False))

    def tip(self, finger: int) -> Array:
        """Where a fingertip is in its last hinge (m)."""
        return np.asarray(self._points[finger, 3, 0, :3])
