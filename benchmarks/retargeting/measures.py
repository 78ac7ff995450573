"""What is counted of a sequence of joint angles."""

from __future__ import annotations

import numpy as np

from hand_envs.poses.conventions import TIPS
from hand_envs.poses.frames import aligned
from hand_envs.poses.retargeting import Kinematics

Array = np.ndarray

PINCHED, NEAR, APART = 0.015, 0.030, 0.045
"""m, of the human's gap from thumb to index: a pinch; what a tracker shows of one; surely none."""
TOUCHING = 0.010
"""m, of the robot's: it looks like a pinch."""
CALM = 0.010
"""m that no point of the human's hand moves by in a calm frame."""


def measures(
    kinematics: Kinematics, angles: Array, targets: Array, human: Array, true: Array | None
) -> dict[str, float]:
    """Of a sequence; what there was nothing to count of is left out.

    Args:
        kinematics: of the robot hand.
        angles: (n, joints) in rad.
        targets: the human's fingers on the robot's measures (m), (n, 5, 4, 3).
        human: the human's points (m), (n, 21, 3).
        true: angles that are the answer, where there is one.
    """
    fingers = kinematics.forward(angles).fingers
    off = 1e3 * np.linalg.norm(fingers - targets, axis=-1)
    hands = aligned(human)
    gaps = np.linalg.norm(hands[:, TIPS[:1]] - hands[:, TIPS[1:]], axis=-1)
    robot = 1e3 * np.linalg.norm(fingers[:, :1, 3] - fingers[:, 1:, 3], axis=-1)
    open_hand = gaps.min(axis=1) > APART
    change = np.abs(np.diff(angles, axis=0)).max(axis=1)
    calm = np.linalg.norm(np.diff(hands, axis=0), axis=-1).max(axis=1) < CALM
    beyond = np.maximum(kinematics.low - angles, angles - kinematics.high).max()
    result = {
        "tips": float(off[:, :, 3].mean()),
        "tips p95": float(np.quantile(off[:, :, 3], 0.95)),
        "tips, no pinch": _mean(off[open_hand][:, :, 3]),
        "joints": float(off.mean()),
        "gap < 15": _mean(robot[:, 0][gaps[:, 0] < PINCHED]),
        "gap < 30": _mean(robot[:, 0][gaps[:, 0] < NEAR]),
        "false pinches": 100.0 * _mean(robot[:, 0][gaps[:, 0] > APART] < 1e3 * TOUCHING),
        "largest jump": float(change.max()),
        "jump, calm": float(change[calm].max()) if calm.any() else np.nan,
        "jerk": float(np.abs(np.diff(angles, n=3, axis=0)).mean()),
        "beyond limits": float(max(beyond, 0.0)),
    }
    if true is not None:
        result["angles"] = float(np.abs(angles - true)[:, len(kinematics.hand.wrist) :].mean())
    return {name: value for name, value in result.items() if np.isfinite(value)}


def _mean(values: Array) -> float:
    return float(values.mean()) if values.size else float("nan")
