"""Where a robot's hand has to be so that its palm is where a person's is."""

from __future__ import annotations

import mujoco
import numpy as np

from hand_envs.core.hand import Hand
from hand_envs.core.measures import quaternion_from_matrix
from hand_envs.errors import OptionError, TaskError
from hand_envs.poses.conventions import BASES, shaped
from hand_envs.poses.frames import best_rotation, completed

Array = np.ndarray


class Placing:
    """The pose of a hand's root body that brings its palm to that of 21 points, its joints as the model starts.

    Wrist and knuckles of the model are brought nearest to those of the points by turning and moving it alone
    (Kabsch 1976): the model keeps its size.

    Args:
        hand: the robot's.
        model: with that hand in it.
    """

    def __init__(self, hand: Hand, model: mujoco.MjModel) -> None:
        points = _bases(hand, model)
        self._centre = points.mean(axis=0)
        self._bases = points - self._centre

    def wrist_pose(self, points: Array) -> tuple[Array, Array]:
        """Positions (n, 3) in m and unit quaternions (n, 4), real part first and positive, of the root body.

        Args:
            points: canonical, of right hands (m), (n, 21, 3). A hand at rest stands in for a wrist or knuckle that is
                missing.
        """
        points = shaped(points)
        if points.ndim != 3:
            raise OptionError(f"Points must be an array (n, 21, 3), one hand a row; got {points.shape}.")
        bases = completed(points)[:, BASES, :]
        centre = bases.mean(axis=1)
        turns = best_rotation(self._bases, bases - centre[:, None])
        return centre - turns @ self._centre, quaternion_from_matrix(turns.reshape(-1, 9))


def _bases(hand: Hand, model: mujoco.MjModel) -> Array:
    """Wrist and knuckles in the frame of the hand's root body (m), (5, 3)."""
    if not hand.bones:
        raise TaskError(f"The hand {hand.name!r} does not say which bodies its 21 keypoints are at (`bones`).")
    data = mujoco.MjData(model)
    mujoco.mj_kinematics(model, data)
    wrist, _thumb, *fingers = hand.bones
    points = np.stack([data.body(bones[0]).xpos for bones in (wrist, *fingers)])
    root = data.body(hand.root)
    return np.asarray((points - root.xpos) @ root.xmat.reshape(3, 3))
