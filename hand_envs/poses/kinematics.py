"""The 21 points of a hand from its measures and its angles."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hand_envs.poses.shape import HumanShape, stacked

Array = np.ndarray

# Fingers point apart by nature and come together when they close, since their axes are rolled (rad).
_FAN = np.array([0.10, -0.03, -0.15, -0.30])
_ROLL = np.array([-0.06, 0.02, 0.14, 0.27])


def forward(shape: HumanShape | Sequence[HumanShape], angles: Array) -> Array:
    """The 21 points of hands in these poses (m), (n, 21, 3): right hands in the operator frame, the wrist at 0.

    `angles` are (n, 22); `shape` is everybody's, or one for each pose.
    """
    angles = np.atleast_2d(np.asarray(angles, np.float64))
    bases, bones = (np.broadcast_to(part, (len(angles), 5, 3)) for part in stacked(shape))
    points = np.zeros((len(angles), 21, 3))
    chains = points[:, 1:].reshape(-1, 5, 4, 3)  # a view: what is written to it is in the points
    chains[:, :, 0] = _arched(bases, angles[:, 0])
    directions = np.empty((len(angles), 5, 3, 3))
    directions[:, 0] = _thumb(angles[:, 1:6])
    directions[:, 1:] = _fingers(angles[:, 6:].reshape(-1, 4, 4))
    chains[:, :, 1:] = chains[:, :, :1] + np.cumsum(directions * bones[..., None], axis=2)
    return points


def _arched(bases: Array, arch: Array) -> Array:
    """Bases of the fingers when ring and little finger's side of the palm folds in."""
    turn = arch[:, None] * np.array([0.0, 0.0, 0.0, 0.5, 1.0])
    x, y, z = np.moveaxis(bases, -1, 0)
    return np.stack([x * np.cos(turn) + z * np.sin(turn), y, z * np.cos(turn) - x * np.sin(turn)], axis=-1)


def _fingers(angles: Array) -> Array:
    """Unit vectors along the bones of four fingers, (n, 4, 3, 3)."""
    spread = (angles[..., 0] + _FAN)[..., None]
    bend = np.cumsum(angles[..., 1:], axis=-1)
    sin, cos = np.sin(_ROLL)[:, None], np.cos(_ROLL)[:, None]
    side = np.cos(bend) * np.sin(spread)
    return np.stack(
        [np.sin(bend) * cos - side * sin, np.sin(bend) * sin + side * cos, np.cos(bend) * np.cos(spread)], -1
    )


def _thumb(angles: Array) -> Array:
    """Unit vectors along the bones of the thumb, (n, 3, 3)."""
    out, lift, turn = angles[:, 0], angles[:, 1], angles[:, 2]
    along = np.stack([np.sin(lift), np.cos(lift) * np.sin(out), np.cos(lift) * np.cos(out)], axis=-1)
    inward = along * along[:, 1:2] - [0.0, 1.0, 0.0]  # where it flexes to unless it turns: to the little finger's side
    inward /= np.linalg.norm(inward, axis=-1, keepdims=True)
    flexed = np.cos(turn)[:, None] * inward + np.sin(turn)[:, None] * np.cross(along, inward)
    bend = np.stack([np.zeros_like(out), angles[:, 3], angles[:, 3] + angles[:, 4]], axis=-1)[..., None]
    return np.cos(bend) * along[:, None] + np.sin(bend) * flexed[:, None]
