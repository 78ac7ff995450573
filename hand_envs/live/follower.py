"""What a robot's hand does of what a person's does: fingers by kappa, the arm by the wrist, and what if it is lost."""

from __future__ import annotations

from dataclasses import dataclass

import mujoco
import numpy as np

from hand_envs.core.hand import Hand
from hand_envs.live.arm import Arm, Place
from hand_envs.live.servo import Servos
from hand_envs.live.stream import Pose, Stream
from hand_envs.live.turning import about_z, rotation
from hand_envs.poses.retargeting import Kappa
from hand_envs.poses.retargeting.learned import BELOW

Array = np.ndarray

BLEND = 0.75  # s in which a hand that was lost is followed again
EASE = 1.5  # s in which a lost hand goes back to rest
ALIKE = 0.05  # of a range: hands as near to each other as that need no blending
FASTEST = 20.0  # of an action's 2 units, in a second
_POINTING = 0.2  # of a direction's length must be level to say where it points


@dataclass(frozen=True)
class _Anchor:
    """Where wrist and palm were when they were engaged: from then on the palm moves as the wrist does."""

    wrist: Place
    palm: Place
    world: Array
    """The user's world as the robot's sees it: a turn about z."""

    def target(self, wrist: Place, scale: float) -> Place:
        moved = self.world @ (wrist.position - self.wrist.position)
        turned = self.world @ wrist.rotation @ self.wrist.rotation.T @ self.world.T
        return Place(self.palm.position + scale * moved, turned @ self.palm.rotation)


class Rig:
    """What followers of the same hand share: the arm's kinematics, kappa, and which actuator does what."""

    def __init__(self, hand: Hand, model: mujoco.MjModel, kappa: Kappa) -> None:
        self.arm, self.kappa = Arm(hand, model), kappa
        fingers = kappa.joints[len(hand.wrist) :]
        self.fingers = Servos(hand, model, fingers)
        self.width = model.nu


class Follower:
    """One hand that follows one stream. Its intentions are a function of what it heard, and when.

    - The wrist moves the arm: by as much as the wrist moved since it was engaged, from where the palm was then, `scale`
      times. With the clutch open the arm stays, and is engaged anew from where it is (recentring).
    - Engaged, the user's world is turned about the vertical so that both hands point the same way.
    - When the hand comes, and when it comes back, it is followed over `BLEND` seconds, unless both are alike anyway.
    - Held, it stays; lost, it goes back to where it started within `EASE` seconds.

    Args:
        rig: the robot's hand.
        stream: what is known of the person's.
        rest: actions that hold the hand where it is when the episode begins.
        scale: of the wrist's way.
    """

    def __init__(self, rig: Rig, stream: Stream, rest: Array, scale: float = 1.0) -> None:
        self.rig, self.stream, self.scale = rig, stream, scale
        self.rest, self.action = rest.copy(), rest.copy()
        self.pose: Pose | None = None
        self._memory = rig.kappa.memory(1)
        self._home = rig.arm.servos.angles(rest[rig.arm.servos.numbers])
        self._angles = self._home.copy()
        self._camera = rig.arm.place(self._home).position - (0.0, 0.0, BELOW)
        self._anchor: _Anchor | None = None
        self._followed = False
        self._left, self._since = rest.copy(), -np.inf
        self._now: float | None = None

    def intend(self, now: float) -> Array:
        """The action intended at that time (s), (actuators,)."""
        elapsed = 0.0 if self._now is None else max(now - self._now, 0.0)
        self._now = now
        self.pose = self.stream.at(now)
        if self.pose is None or self.pose.phase == "lost":
            wanted = self._eased(now)
        elif self.pose.phase == "held":
            wanted = self.action
        else:
            wanted = self._live(self.pose, now)
        reach = max(FASTEST * elapsed, 0.0) if self._followed else FASTEST * 0.01
        self.action = self.action + np.clip(wanted - self.action, -reach, reach)
        return self.action

    def _eased(self, now: float) -> Array:
        if self._followed:
            self._followed, self._left, self._since = False, self.action.copy(), now
        share = _smooth((now - self._since) / EASE)
        return self._left + share * (self.rest - self._left)

    def _live(self, pose: Pose, now: float) -> Array:
        following = self._following(pose)
        if not self._followed:
            self._followed, self._left = True, self.action.copy()
            alike = (np.abs(following - self._left) < 2 * ALIKE).all()
            self._since = -np.inf if alike else now
        share = _smooth((now - self._since) / BLEND)
        return self._left + share * (following - self._left)

    def _following(self, pose: Pose) -> Array:
        """The action that does what the hand does."""
        rig, action = self.rig, self.action.copy()
        self._move_arm(pose)
        action[rig.arm.servos.numbers] = rig.arm.servos.actions(self._angles)
        wrist = self._angles[len(rig.arm.hand.arm) :]
        fingers = rig.kappa(self._seen(pose.points)[None], self._memory, wrist[None])[0, len(wrist) :]
        action[rig.fingers.numbers] = rig.fingers.actions(fingers)
        return action

    def _seen(self, points: Array) -> Array:
        """The hand as a kappa wants it: for one that knows the viewpoint, seen from below where the palm began."""
        if not self.rig.kappa.viewpoint:
            return points
        palm = self.rig.arm.place(self._angles)
        return points @ palm.rotation.T + palm.position - self._camera

    def _move_arm(self, pose: Pose) -> None:
        if pose.wrist is None:
            return
        if not pose.engaged:
            self._anchor = None
            return
        wrist = Place(pose.wrist[:3], rotation(pose.wrist[3:]))
        if self._anchor is None:
            palm = self.rig.arm.place(self._angles)
            self._anchor = _Anchor(wrist, palm, _world(wrist, palm))
        target = self._anchor.target(wrist, self.scale)
        self._angles = self.rig.arm.reach(target, self._angles, self._home)


def _world(wrist: Place, palm: Place) -> Array:
    """The turn about the vertical that makes both hands point the same way, where they point anywhere level."""
    pointing, wanted = wrist.rotation[:2, 2], palm.rotation[:2, 2]
    if np.linalg.norm(pointing) < _POINTING or np.linalg.norm(wanted) < _POINTING:
        return np.eye(3)
    return about_z(float(np.arctan2(wanted[1], wanted[0]) - np.arctan2(pointing[1], pointing[0])))


def _smooth(share: float) -> float:
    """From 0 to 1, without jolts at either end."""
    share = min(max(share, 0.0), 1.0)
    return share * share * (3 - 2 * share)
