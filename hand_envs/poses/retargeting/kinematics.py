"""Where a robot hand's 21 points are at given joint angles, and how they move with them: batched, in NumPy alone."""

from __future__ import annotations

from dataclasses import dataclass

import mujoco
import numpy as np

from hand_envs.core.hand import Hand
from hand_envs.errors import TaskError
from hand_envs.poses.frames import palm_frame

Array = np.ndarray


@dataclass(frozen=True, eq=False)
class Pose:
    """A hand at some joint angles, seen from its palm.

    Attributes:
        points: the 21 points (m), (n, 21, 3).
        anchors: of each finger's joints (m), (n, 5, depth, 3).
        axes: of each finger's joints, (n, 5, depth, 3); zero where a finger has fewer joints.
    """

    points: Array
    anchors: Array
    axes: Array

    @property
    def fingers(self) -> Array:
        """The points of thumb, fore, middle, ring and little finger, (n, 5, 4, 3)."""
        return self.points[:, 1:].reshape(-1, 5, 4, 3)


class Kinematics:
    """A hand of hinges, from the palm to the tips.

    Points are in the palm's operator frame, the wrist at the origin: the frame that `palm_frame` finds in the hand's
    own points at rest, so a hand needs no axes of its own to be written down. Wrist and arm stand above the palm and
    move none of it; the wrist's point is where it is while the wrist is straight.

    Attributes:
        joints: wrist and finger joints, in the hand's order.
        low, high: what their actuators can be told (rad).
        least, most: what the joints can also reach (rad).
        rest: the angles nearest to the model's own (rad).
        frame, origin: a point of the palm's body is `(point - origin) @ frame` here.
        columns: which joint, among `joints`, is at each place of a finger's chain, (5, depth); 0 where there is none.
        used: whether there is one, (5, depth).
        ends: the place in the chain that each of a finger's four points hangs on, (5, 4); -1 for the palm.
    """

    def __init__(self, hand: Hand, model: mujoco.MjModel) -> None:
        if not hand.bones:
            raise TaskError(f"The hand {hand.name!r} does not say which bodies its 21 keypoints are at (`bones`).")
        self.hand = hand
        self.joints = hand.wrist + hand.fingers
        ids = [_found(model.joint, name, hand) for name in self.joints]
        for number, name in zip(ids, self.joints, strict=True):
            if model.jnt_type[number] != mujoco.mjtJoint.mjJNT_HINGE:
                raise TaskError(f"Joint {name!r} of hand {hand.name!r} is no hinge; retargeting knows hinges only.")
        actuators = [_found(model.actuator, hand.actuator_prefix + name, hand) for name in self.joints]
        self.low, self.high = _ranges(model.actuator_ctrlrange, model.actuator_ctrllimited, actuators)
        least, most = _ranges(model.jnt_range, model.jnt_limited, ids)
        self.least, self.most = np.maximum(self.low, least), np.minimum(self.high, most)
        self.zero = model.qpos0[model.jnt_qposadr[ids]]
        self.rest = np.clip(self.zero, self.least, self.most)
        self._lay_out(model, dict(zip(ids, range(len(ids)), strict=True)))

    def _lay_out(self, model: mujoco.MjModel, ids: dict[int, int]) -> None:
        """Take the chains apart: what stands still between two joints is one offset and one rotation."""
        hand = self.hand
        tips = [_found(model.site, name, hand) for name in hand.fingertips[-1:] + hand.fingertips[:-1]]
        fingers = {number for number, place in ids.items() if place >= len(hand.wrist)}
        self.palm = _palm(model, [int(model.site_bodyid[tip]) for tip in tips], fingers)
        bones = [[_found(model.body, name, hand) for name in names] for names in hand.bones]
        chains = [
            _Chain(model, self.palm, int(model.site_bodyid[tip]), bodies, model.site_pos[tip], ids)
            for tip, bodies in zip(tips, bones[1:], strict=True)
        ]
        depth = max(len(chain.joints) for chain in chains)
        self.columns = np.zeros((5, depth), dtype=int)
        self.used = np.zeros((5, depth), dtype=bool)
        self._offsets, self._turns = np.zeros((5, depth, 3)), np.zeros((5, depth, 3, 3, 3))
        self._turns[:, :, 0] = np.eye(3)
        self._axes = np.zeros((5, depth, 3))
        for row, chain in enumerate(chains):
            for place, (joint, offset, turn, axis) in enumerate(chain.joints):
                self.columns[row, place], self.used[row, place] = ids[joint], True
                self._offsets[row, place], self._axes[row, place] = offset, axis
                cross = np.cross(np.eye(3), axis)  # cross @ v is axis x v
                self._turns[row, place] = turn, turn @ cross, turn @ cross @ cross
        self.ends = np.array([[end for end, _ in chain.points] for chain in chains])
        self._points = np.array([[point for _, point in chain.points] for chain in chains])
        self._joined = np.nonzero(self.used)
        self.reach = (np.arange(depth) <= self.ends[..., None]) & self.used[:, None]
        self.frame, self.origin = np.eye(3), np.zeros(3)
        self.origin = _wrist_in_palm(model, bones[0][0], self.palm)
        points = self.forward(self.rest[None]).points[0]
        self.frame = palm_frame(points)

    def forward(self, angles: Array) -> Pose:
        """The hand at joint angles (n, joints)."""
        angles = (angles - self.zero)[:, self.columns]
        sine, cosine = np.sin(angles)[..., None, None], (1.0 - np.cos(angles))[..., None, None]
        turns = self._turns[:, :, 0] + sine * self._turns[:, :, 1] + cosine * self._turns[:, :, 2]
        depth = self.columns.shape[1]
        frames, anchors = np.empty((len(angles), 5, depth + 1, 3, 3)), np.empty((len(angles), 5, depth + 1, 3))
        frames[:, :, 0], anchors[:, :, 0] = self.frame.T, -self.origin @ self.frame
        for place in range(depth):
            before = frames[:, :, place]
            anchors[:, :, place + 1] = anchors[:, :, place] + (before @ self._offsets[:, place, :, None])[..., 0]
            np.matmul(before, turns[:, :, place], out=frames[:, :, place + 1])
        fingers = np.arange(5)[:, None]
        hung = frames[:, fingers, self.ends + 1]
        points = np.zeros((len(angles), 21, 3))
        ends = anchors[:, fingers, self.ends + 1] + (hung @ self._points[..., None])[..., 0]
        points[:, 1:] = ends.reshape(-1, 20, 3)
        return Pose(points, anchors[:, :, 1:], (frames[:, :, 1:] @ self._axes[..., None])[..., 0])

    def chain(self, finger: int) -> list[tuple[str, Array, Array, Array]]:
        """The hinges of a finger (0: thumb) from the palm on, each as it stands in the one before: name, offset (m),
        rotation and axis. The first stands in the palm's frame, the wrist at the origin.
        """
        count = int(self.used[finger].sum())
        names = [self.joints[column] for column in self.columns[finger, :count]]
        offsets, turns = self._offsets[finger].copy(), self._turns[finger, :, 0].copy()
        offsets[0], turns[0] = (offsets[0] - self.origin) @ self.frame, self.frame.T @ turns[0]
        return list(zip(names, offsets, turns, self._axes[finger], strict=False))

    def tip(self, finger: int) -> Array:
        """Where a fingertip is in its last hinge (m)."""
        return np.asarray(self._points[finger, 3])

    def jacobian(self, pose: Pose) -> Array:
        """How the points of the fingers move with the joints (m/rad), (n, 5, 4, 3, joints)."""
        arms = pose.fingers[:, :, :, None] - pose.anchors[:, :, None]
        moved = _cross(pose.axes[:, :, None], arms) * self.reach[..., None]
        whole = np.zeros((len(moved), 5, 4, 3, len(self.joints)))
        fingers, places = self._joined
        whole[:, fingers, :, :, self.columns[self.used]] = moved[:, fingers, :, places]
        return whole


def _cross(left: Array, right: Array) -> Array:
    """As NumPy's, which takes three times as long over a few vectors."""
    ahead, behind = [1, 2, 0], [2, 0, 1]
    return left[..., ahead] * right[..., behind] - left[..., behind] * right[..., ahead]


class _Chain:
    """From the palm to one tip: its joints, and what each of its four points hangs on.

    Attributes:
        joints: number, offset from the anchor before, rotation between the two, and axis.
        points: the place in the chain (-1: the palm) and where the point is from that anchor.
    """

    def __init__(
        self, model: mujoco.MjModel, palm: int, tip: int, bones: list[int], end: Array, ids: dict[int, int]
    ) -> None:
        self.joints: list[tuple[int, Array, Array, Array]] = []
        at, turn = np.zeros(3), np.eye(3)  # of the body, from the last anchor and in the frame behind it
        hung: dict[int, tuple[int, Array]] = {}
        for body in reversed(_up(model, tip, palm)):
            at, turn = at + turn @ model.body_pos[body], turn @ _matrix(model.body_quat[body])
            first = int(model.body_jntadr[body])
            for joint in range(first, first + int(model.body_jntnum[body])):
                if joint not in ids:
                    raise TaskError(f"{model.joint(joint).name!r} moves a finger, but is no joint of the hand.")
                pos = model.jnt_pos[joint]
                self.joints.append((joint, at + turn @ pos, turn, model.jnt_axis[joint].copy()))
                at, turn = -pos, np.eye(3)
            hung[body] = (len(self.joints) - 1, at.copy())
            last = at + turn @ end
        missing = [model.body(bone).name for bone in bones if bone not in hung]
        if missing:
            raise TaskError(f"The keypoints at {', '.join(missing)} are not between the palm and their fingertip.")
        self.points = [*(hung[bone] for bone in bones), (len(self.joints) - 1, last)]


def _palm(model: mujoco.MjModel, tips: list[int], fingers: set[int]) -> int:
    """The body that all fingers hang on, and that no finger joint moves."""
    shared = set.intersection(*(set(_up(model, tip, 0)) for tip in tips))
    for body in sorted(shared, reverse=True):  # bodies come after their parents
        above = {joint for each in _up(model, body, 0) for joint in _joints(model, each)}
        if not above & fingers:
            return body
    return 0


def _joints(model: mujoco.MjModel, body: int) -> range:
    first = int(model.body_jntadr[body])
    return range(first, first + int(model.body_jntnum[body]))


def _up(model: mujoco.MjModel, body: int, top: int) -> list[int]:
    """A body and those it hangs on, below `top`."""
    path = []
    while body not in (top, 0):
        path.append(body)
        body = int(model.body_parentid[body])
    return path


def _matrix(quaternion: Array) -> Array:
    matrix = np.zeros(9)
    mujoco.mju_quat2Mat(matrix, quaternion)
    return matrix.reshape(3, 3)


def _wrist_in_palm(model: mujoco.MjModel, wrist: int, palm: int) -> Array:
    data = mujoco.MjData(model)
    mujoco.mj_kinematics(model, data)
    return (data.xpos[wrist] - data.xpos[palm]) @ data.xmat[palm].reshape(3, 3)


def _ranges(ranges: Array, limited: Array, ids: list[int]) -> tuple[Array, Array]:
    """Lower and upper ends; half a turn to each side where there are none."""
    low, high = np.where(limited[ids, None].astype(bool), ranges[ids], [-np.pi, np.pi]).T
    return low.copy(), high.copy()


def _found(named: object, name: str, hand: Hand) -> int:
    try:
        return int(named(name).id)  # type: ignore[operator]
    except KeyError as error:
        raise TaskError(f"The model has not what hand {hand.name!r} names: {error.args[0]}") from error
