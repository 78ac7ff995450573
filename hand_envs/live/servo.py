"""Position servos: which action holds a joint at an angle, and the other way round."""

from __future__ import annotations

from collections.abc import Sequence

import mujoco
import numpy as np

from hand_envs.core.hand import Hand
from hand_envs.errors import TaskError

Array = np.ndarray


class Servos:
    """The actuators of some joints of a hand.

    A servo pulls with gain u + bias0 + bias1 q, so without load it rests at q = (gain u + bias0) / -bias1: for fingers
    that is u, for the arms of DAPG's tasks 2.5 u.

    Args:
        hand: whose.
        model: of the scene.
        joints: which.
    """

    def __init__(self, hand: Hand, model: mujoco.MjModel, joints: Sequence[str]) -> None:
        self.numbers = np.array([model.actuator(hand.actuator_prefix + joint).id for joint in joints], int)
        gain, self._offset = model.actuator_gainprm[self.numbers, 0], model.actuator_biasprm[self.numbers, 0]
        stiffness = -model.actuator_biasprm[self.numbers, 1]
        if (gain <= 0).any() or (stiffness <= 0).any():
            raise TaskError(f"The arm and fingers of {hand.name!r} must be moved by position servos to follow a hand.")
        self._gain, self._stiffness = gain, stiffness
        low, high = model.actuator_ctrlrange[self.numbers].T
        self._center, self._reach = (low + high) / 2, (high - low) / 2
        self.low, self.high = self.angles(-np.ones(len(joints))), self.angles(np.ones(len(joints)))
        """Where the servos can pull to (rad or m), which may be beyond the joints' own ends."""

    def angles(self, actions: Array) -> Array:
        """Where actions in [-1, 1] pull the joints to (rad or m)."""
        control = self._center + self._reach * np.clip(actions, -1.0, 1.0)
        angles: Array = (self._gain * control + self._offset) / self._stiffness
        return angles

    def actions(self, angles: Array) -> Array:
        """The actions that pull the joints there, or as near as they can."""
        control = (self._stiffness * angles - self._offset) / self._gain
        return np.clip((control - self._center) / self._reach, -1.0, 1.0)
