"""A capture made by hand, for tests: the MPL hand around a carton, which it lifts."""

from __future__ import annotations

import numpy as np

from hand_envs.captures import Capture, Captures
from hand_envs.core.simulation import Simulation
from hand_envs.hands.mpl import MPL, mpl_scene

Array = np.ndarray

HALF = 0.1  # m, of the carton's height
DOWN = np.array([0.0, 1.0, 0.0])  # in the camera's frame
_CAMERA = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])  # turns from the world to it
_AT = np.array([0.0, -0.5, 0.3])  # m


def to_camera(points: Array) -> Array:
    """Points of the world as a level camera sees them, half a metre behind and 0.3 m above the origin."""
    return (points - _AT) @ _CAMERA.T


def curled() -> Array:
    """The hand's points with its fingers around something 7 cm wide, in the palm's axes (m), (21, 3)."""
    sim = Simulation(mpl_scene())
    MPL.keypoints(sim)
    for joint in MPL.fingers:
        finger, part = joint.split("_")
        bent = {"MCP": 0.3, "ABD": 1.6} if finger == "thumb" else {"MCP": 0.6, "PIP": 0.6, "DIP": 0.3}
        sim.joint(joint).qpos[:] = bent.get(part, 0.0)
    sim.forward()
    return MPL.keypoints(sim)[0].copy()


def lifting(count: int = 2, frames: int = 60, wobble: float = 0.003, split: str = "train") -> Captures:
    """A hand beside a carton that stands at the origin, and lifts it by 10 cm from frame 20 to 40."""
    beside = curled() @ np.array([[-1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, 1.0, 0.0]])
    knuckles = beside[[5, 9, 13, 17]].mean(axis=0)
    beside += np.array([0.06, -0.02, HALF]) - knuckles
    lift = np.zeros((frames, 3))
    lift[:, 2] = 0.1 * np.clip((np.arange(frames) - 20) / 20, 0.0, 1.0)
    hands = to_camera(beside + lift[:, None])
    objects = np.tile(np.eye(4), (frames, 1, 1))
    objects[:, :3, :3] = _CAMERA
    objects[:, :3, 3] = to_camera(np.array([0.0, 0.0, HALF]) + lift)
    rng = np.random.default_rng(0)
    seen = [hands + wobble * rng.normal(size=hands.shape) for _ in range(count)]
    captures = [
        Capture(f"Subject_1/lift/{number}", "Subject_1", split, {"gt": hands, "est": each}, DOWN, objects)
        for number, each in enumerate(seen)
    ]
    return Captures("lift", tuple(captures), {"synthetic": True})
