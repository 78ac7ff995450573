"""What the arm and the hand are told during an attempt: approach, go, close, squeeze, and then tau."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hand_envs.attempts.trajectory import Trajectory, angles_of
from hand_envs.core.turns import matrix_of
from hand_envs.hands.limiter import ARM
from hand_envs.hands.profile import HandProfile

Array = np.ndarray

STAGES = ("approach", "go", "close", "squeeze", "follow", "done")
STANDOFF = 0.09
"""How far from the contact the hand stops before it goes there: both upwards, and along the back of its palm (m)."""
SQUEEZE = 0.45
"""How far motors are told to close beyond the pose (rad); they press by it."""
_STEPS = {"approach": 44, "go": 16, "close": 16, "squeeze": 6}  # of 50 ms


@dataclass(frozen=True)
class Plan:
    """Targets of the arm and the motors, and which stage each step is of."""

    targets: Array
    """m and rad, (steps, n, 6 + motors)."""
    stages: tuple[str, ...]

    @classmethod
    def of(cls, start: Array, xi: Array, tau: Trajectory, profile: HandProfile) -> Plan:
        """The plan of attempts `xi`, (n, 6 + motors), that begin with the targets `start` of the same shape."""
        contact, wrist, pose = xi[:, :3], matrix_of(xi[:, 3:6]), xi[:, 6:]
        home = np.broadcast_to(profile.home, pose.shape)
        away = contact + STANDOFF * (wrist[..., 2] + (0.0, 0.0, 1.0))
        away, there = (_arm(point, wrist, profile) for point in (away, contact))
        closing = np.sign(profile.closed - profile.home)
        pressed = profile.clip(pose + SQUEEZE * closing)
        corners = [
            start,
            np.hstack([away, home]),
            np.hstack([there, home]),
            np.hstack([there, pose]),
            np.hstack([there, pressed]),
        ]
        legs = [_between(a, b, steps) for a, b, steps in zip(corners, corners[1:], _STEPS.values(), strict=False)]
        points, wrists = tau.anchored(contact, wrist)
        follow = np.concatenate([_arm(points, wrists, profile), np.broadcast_to(pressed, (len(tau), *pose.shape))], -1)
        turning = slice(3, len(ARM))
        follow[..., turning] = np.unwrap(np.vstack([legs[-1][-1:, :, turning], follow[..., turning]]), axis=0)[1:]
        stages = [stage for stage, steps in (*_STEPS.items(), ("follow", len(tau))) for _ in range(steps)]
        return cls(np.concatenate([*legs, follow]), tuple(stages))


def _arm(point: Array, wrist: Array, profile: HandProfile) -> Array:
    """The arm's pose, (..., 6), with which the palm's point of grasp is at `point`, and the wrist turned so."""
    return np.concatenate([point - wrist @ np.array(profile.palm.grasp), angles_of(wrist)], axis=-1)


def _between(start: Array, end: Array, steps: int) -> Array:
    """From one to the other, (steps, n, numbers), the last being the end; of the arm's angles, the short way round."""
    way = end - start
    way[:, 3 : len(ARM)] = (way[:, 3 : len(ARM)] + np.pi) % (2 * np.pi) - np.pi
    return start + np.linspace(0.0, 1.0, steps + 1)[1:, None, None] * way
