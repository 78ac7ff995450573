"""Hammer: close the hand around the handle, lift it, swing it at the nail three times, and keep hold of it."""

from __future__ import annotations

import numpy as np

from agents.planner.problem import Array, Problem
from hand_envs.tasks.adroit import Hammer

OVER, DOWN, CLOSED, SQUEEZED, RAISED = 20, 40, 62, 74, 100  # steps at which each phase ends
BLOWS = ((115, 130), (145, 158), (173, 186))  # steps at which each swing begins and should have struck
RADIUS = 0.02  # m, of the handle
HELD = 0.1  # m, from the palm to a handle that is held, and from fingertips to it
# Joint angles (rad), found once with the cross-entropy method: by how well the hammer is lifted, and the nail driven.
ON_HANDLE = {"ARRx": 0.25, "ARRy": -0.05, "WRJ0": -0.0, "WRJ1": -0.02}
FINGERS = ("FF", "MF", "RF", "LF")
OPEN = {f"{finger}J{joint}": angle for finger in FINGERS for joint, angle in ((2, 0.07), (1, 0.68), (0, 0.58))}
OPEN |= {"THJ4": 0.56, "THJ3": 0.04}
CLOSE = {
    "FFJ3": -0.03, "FFJ2": 0.78, "FFJ1": 0.89, "FFJ0": 0.53, "MFJ3": -0.41, "MFJ2": 0.87, "MFJ1": 0.8,
    "MFJ0": 0.55, "RFJ3": 0.12, "RFJ2": 0.71, "RFJ1": 0.28, "RFJ0": 0.54, "LFJ4": 0.02, "LFJ3": -0.41,
    "LFJ2": 0.74, "LFJ1": 1.11, "LFJ0": 0.44, "THJ4": 0.46, "THJ3": 0.63, "THJ2": 0.14, "THJ1": -0.23,
    "THJ0": -0.7,
}  # fmt: skip
SQUEEZE = {
    "FFJ3": 0.01, "FFJ2": 1.13, "FFJ1": 0.89, "FFJ0": 1.13, "MFJ3": 0.31, "MFJ2": 1.38, "MFJ1": 1.07,
    "MFJ0": 0.27, "RFJ3": 0.05, "RFJ2": 1.18, "RFJ1": 1.34, "RFJ0": 0.96, "LFJ4": 0.24, "LFJ3": 0.13,
    "LFJ2": 1.2, "LFJ1": 1.38, "LFJ0": 1.59, "THJ4": 0.77, "THJ3": 1.25, "THJ2": -0.06, "THJ1": -0.22,
    "THJ0": -1.27,
}  # fmt: skip

BOARDS = (0.113, 0.196, 0.243)  # m, heights of the board that the swings below were found for; between them, a mixture
BACK = {
    "ARRx": (0.2, 0.16, 0.07),
    "ARRy": (-0.1, -0.1, -0.13),
    "WRJ0": (-0.15, -0.18, -0.17),
    "WRJ1": (-0.3, -0.22, -0.32),
}
STRUCK = {
    "ARRx": (-0.03, -0.22, -0.32),
    "ARRy": (-0.3, -0.3, -0.3),
    "WRJ0": (0.03, 0.04, 0.13),
    "WRJ1": (-0.47, -0.44, -0.46),
}
HOLD = {
    "FFJ3": (-0.37, -0.24, -0.18),
    "FFJ2": (1.09, 1.03, 1.04),
    "FFJ1": (1.06, 1.02, 1.05),
    "FFJ0": (1.13, 1.18, 1.19),
    "MFJ3": (0.18, 0.39, 0.36),
    "MFJ2": (1.55, 1.54, 1.55),
    "MFJ1": (0.82, 0.92, 0.96),
    "MFJ0": (0.41, 0.36, 0.3),
    "RFJ3": (-0.42, -0.32, -0.3),
    "RFJ2": (1.28, 1.33, 1.37),
    "RFJ1": (1.35, 1.43, 1.44),
    "RFJ0": (0.73, 0.63, 0.58),
    "LFJ4": (0.03, 0.16, 0.15),
    "LFJ3": (-0.08, 0.04, 0.04),
    "LFJ2": (1.26, 1.27, 1.31),
    "LFJ1": (1.11, 1.14, 1.2),
    "LFJ0": (1.58, 1.58, 1.48),
    "THJ4": (0.4, 0.51, 0.54),
    "THJ3": (1.12, 1.23, 1.18),
    "THJ2": (-0.22, -0.2, -0.24),
    "THJ1": (-0.26, -0.23, -0.21),
    "THJ0": (-1.39, -1.35, -1.43),
}


class HammerProblem(Problem):
    """The hammer's head goes for the nail, and the nail for its goal, while the hand keeps the handle."""

    env_id = "HandHammer-v0"
    steps = 205
    spread = 0.1
    arm_spread = 0.05
    enough = 0.5
    task: Hammer

    def guess(self) -> Array:
        board = self.task.variations["board_pos"].of(self.sim)[0, 2]
        back, struck = (_mixed(posture | HOLD, board) for posture in (BACK, STRUCK))
        keys = {
            0: {},
            OVER: ON_HANDLE | {"ARRx": ON_HANDLE["ARRx"] - 0.12} | OPEN,
            DOWN: ON_HANDLE | OPEN,
            CLOSED: ON_HANDLE | CLOSE,
            SQUEEZED: ON_HANDLE | SQUEEZE,
            RAISED: back | SQUEEZE,
        }
        for begin, end in BLOWS:
            keys |= {begin: back, end: struck}
        return self.through(keys | {self.steps: struck})

    def cost(self, step: int) -> Array:
        handle, palm = self.sim.body("Object").xpos, self.sim.site(self.embodiment.palm).xpos
        head, nail = self.sim.site("tool").xpos, self.sim.site("S_target").xpos
        cost = 0.1 * self.tips_to(handle, radius=RADIUS)
        if step > RAISED:
            cost = cost + 0.3 * self.tips_to(handle, radius=RADIUS) + 0.2 * np.linalg.norm(handle - palm, axis=1)
        if step > BLOWS[0][0]:
            cost = cost + 0.3 * np.linalg.norm(head - nail, axis=1) + 2 * self.task.nail_to_goal(self.sim)
        return cost

    def solved(self) -> Array:
        handle, palm = self.sim.body("Object").xpos, self.sim.site(self.embodiment.palm).xpos
        held = (np.linalg.norm(handle - palm, axis=1) < HELD) & (self.tips_to(handle) < HELD)
        return self.task.success(self.sim) & held


def _mixed(postures: dict[str, tuple[float, float, float]], board: float) -> dict[str, float]:
    """The posture for a height of the board (m), between those found."""
    return {name: float(np.interp(board, BOARDS, angles)) for name, angles in postures.items()}
