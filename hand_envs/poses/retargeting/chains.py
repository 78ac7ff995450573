"""A hand's model taken apart: what each finger is made of, hinge by hinge from the palm to its tip."""

from __future__ import annotations

import mujoco
import numpy as np

from hand_envs.core.hand import Hand
from hand_envs.errors import TaskError

Array = np.ndarray


class Chain:
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


def palm_body(model: mujoco.MjModel, tips: list[int], fingers: set[int]) -> int:
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


def wrist_in_palm(model: mujoco.MjModel, wrist: int, palm: int) -> Array:
    """Where the wrist's body is in the palm's (m), the model at rest."""
    data = mujoco.MjData(model)
    mujoco.mj_kinematics(model, data)
    return (data.xpos[wrist] - data.xpos[palm]) @ data.xmat[palm].reshape(3, 3)


def ranges(ranges: Array, limited: Array, ids: list[int]) -> tuple[Array, Array]:
    """Lower and upper ends; half a turn to each side where there are none."""
    low, high = np.where(limited[ids, None].astype(bool), ranges[ids], [-np.pi, np.pi]).T
    return low.copy(), high.copy()


def found(named: object, name: str, hand: Hand) -> int:
    """The number of what has that name, `named` being a model's accessor, e.g. `model.body`."""
    try:
        return int(named(name).id)  # type: ignore[operator]
    except KeyError as error:
        raise TaskError(f"The model has not what hand {hand.name!r} names: {error.args[0]}") from error
