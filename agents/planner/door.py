"""Door: come to the handle, close the fingers over it, turn the latch, pull the door open and hold it so."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, NamedTuple

import numpy as np

from agents.planner.problem import Array, Problem, ease
from hand_envs.tasks.adroit import Door

LATCH = 1.2  # rad, at which the latch lets go
TOUCHED = 0.2  # m, from the palm to a handle that is still held, or held open

# Where the palm comes to (m from the handle), and joint angles and how they change (m, rad): found once with the
# cross-entropy method, by how far the door is opened.
GRASP = np.array([-0.01, -0.041, -0.02])
AWAY = np.array([0.0, -0.08, 0.0])  # m, from there to where the hand comes first
REACHING = {"ARTz": 0.3, "ARRx": -0.2, "ARRy": 0.0}
WRIST = {"ARRz": -0.192, "WRJ1": 0.137, "WRJ0": -0.275}
TURN = {"ARTz": -0.032, "ARRx": 0.376, "ARRy": 0.102, "ARRz": 1.667, "WRJ1": 0.051, "WRJ0": 0.037}
PULL = {"ARTz": -0.472, "ARRx": 0.375, "ARRy": -0.274, "ARRz": 1.888, "WRJ1": 0.079, "WRJ0": 0.212}
SWING = {"ARTz": -0.496, "ARRx": 0.328, "ARRy": -0.751, "ARRz": 1.609, "WRJ1": -0.035, "WRJ0": -0.154}
SWING_WIDE = SWING | {"ARRx": 0.628, "ARRz": 0.459, "WRJ1": 0.215}
FINGERS = ("FF", "MF", "RF", "LF")
SPREAD = {f"{finger}J{joint}": angle for finger in FINGERS for joint, angle in ((2, 0.04), (1, 0.29), (0, 0.16))}
SPREAD |= {"THJ4": 0.08, "THJ3": 0.24}
CLOSE = {
    "FFJ3": 0.38, "FFJ2": 1.16, "FFJ1": 1.27, "FFJ0": 0.77, "MFJ3": 0.39, "MFJ2": 1.38, "MFJ1": 1.17,
    "MFJ0": 0.82, "RFJ3": 0.03, "RFJ2": 1.18, "RFJ1": 1.43, "RFJ0": 0.54, "LFJ4": 0.19, "LFJ3": 0.17,
    "LFJ2": 1.17, "LFJ1": 1.12, "LFJ0": 1.03, "THJ4": 0.24, "THJ3": 0.66, "THJ2": -0.17, "THJ1": -0.18,
    "THJ0": -0.46,
}  # fmt: skip


class Phases(NamedTuple):
    """Steps at which each ends."""

    before: int
    at: int
    closed: int
    turned: int
    ajar: int
    opened: int


class DoorProblem(Problem):
    """The palm stays at the handle while the latch turns and the door swings."""

    env_id = "HandDoor-v0"
    steps = 230
    spread = 0.1
    arm_spread = 0.04
    enough = 0.45
    swing: ClassVar[Mapping[str, float]] = SWING
    """How the joints have changed in the end."""
    wide: ClassVar[float] = 1.4
    """How far the door is to be opened (rad)."""
    phases: ClassVar[Phases] = Phases(before=45, at=65, closed=85, turned=110, ajar=145, opened=190)
    task: Door

    def guess(self) -> Array:
        handle = self.sim.site("S_handle").xpos[0].copy()
        before = self.reach("S_grasp", handle + GRASP + AWAY, REACHING, WRIST)
        at = self.reach("S_grasp", handle + GRASP, REACHING, WRIST)
        turned, ajar, opened = (self._changed(at, change) | CLOSE for change in (TURN, PULL, self.swing))
        motion = before | SPREAD, at | SPREAD, at | CLOSE, turned, ajar, opened
        return self.through({0: {}, **dict(zip(self.phases, motion, strict=True)), self.steps: opened})

    def _changed(self, posture: dict[str, float], change: Mapping[str, float]) -> dict[str, float]:
        """A posture with some joints moved on, as far as they go."""
        limits = {name: self.sim.model.joint(name).range for name in change}
        return posture | {name: float(np.clip(posture[name] + by, *limits[name])) for name, by in change.items()}

    def cost(self, step: int) -> Array:
        hinge, latch = self.task.hinge(self.sim), self.sim.joint("latch").qpos[:, 0]
        phases = self.phases
        cost = 0.3 * self._apart() if step > phases.at - 5 else np.zeros(len(hinge))
        if step > phases.closed:
            turned = LATCH * ease((step - phases.closed) / (phases.turned - phases.closed))
            cost = cost + 0.5 * (self.wide - hinge) + 0.3 * np.maximum(turned - latch, 0.0) * (hinge < 0.1)
        return cost

    def _apart(self) -> Array:
        """Distance (m) of the palm to the handle."""
        return np.linalg.norm(self.sim.site(self.embodiment.palm).xpos - self.sim.site("S_handle").xpos, axis=1)

    def solved(self) -> Array:
        return self.task.success(self.sim) & (self._apart() < TOUCHED)


class BriskDoorProblem(DoorProblem):
    """In two thirds of the time, which leaves an agent time to hold the door open before an episode ends; and as far as
    DAPG asks for, where the hand no longer reaches the handle.
    """

    style = "brisk"
    options = {}
    steps = 160
    spacing = 8
    rounds = 0
    scatter = 0.7
    patience = 3
    stays = 10
    swing = SWING_WIDE
    wide = 1.5
    phases = Phases(before=32, at=46, closed=58, turned=76, ajar=100, opened=130)

    def solved(self) -> Array:
        return self.task.success(self.sim)
