"""tau: the wrist's path after the grasp, taken from one demonstration and anchored to wherever hold was taken."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hand_envs.core.arrays import real_numbers
from hand_envs.core.turns import matrix_of, vector_of
from hand_envs.errors import DatasetError
from hand_envs.files.atomic import write_text
from hand_envs.files.reading import check_file, reading

Array = np.ndarray

_MOST_BYTES, _MOST_STEPS = 2**22, 2000


@dataclass(frozen=True)
class Trajectory:
    """How far the point of grasp has gone since hold was taken, and how far the wrist has turned, at each control step.

    Both along the world's axes, so "up" stays up however the hand takes hold.
    """

    moved: Array
    """m, (steps, 3)."""
    turned: Array
    """Rotation vectors (rad), (steps, 3)."""

    def __post_init__(self) -> None:
        for name in ("moved", "turned"):
            values = np.array(getattr(self, name), np.float64)
            values.flags.writeable = False
            object.__setattr__(self, name, values)
            if values.ndim != 2 or values.shape[1] != 3 or not 0 < len(values) <= _MOST_STEPS:
                raise DatasetError(
                    f"A trajectory needs from 1 to {_MOST_STEPS} rows of 3 numbers as {name}, got shape {values.shape}."
                )
            if not np.isfinite(values).all():
                raise DatasetError(f"A trajectory's {name} must be finite.")
        if self.moved.shape != self.turned.shape:
            raise DatasetError(f"A trajectory has {len(self.moved)} rows of moved and {len(self.turned)} of turned.")

    def __len__(self) -> int:
        return len(self.moved)

    @classmethod
    def record(cls, arm: Array, grasp: Array, begin: int = 0) -> Trajectory:
        """Of a demonstration.

        Args:
            arm: the arm's pose at each of its steps, (steps, 6): x, y, z (m), yaw, pitch, roll (rad).
            grasp: where in the palm's frame things are grasped (m), `profile.palm.grasp`.
            begin: the step at which the hand had taken hold.
        """
        arm = np.asarray(arm, np.float64)
        if arm.ndim != 2 or arm.shape[1] != 6 or not 0 <= begin < len(arm):
            raise DatasetError(
                f"A demonstration needs arm poses (steps, 6) and a step among them at which hold was taken, got shape "
                f"{arm.shape} and {begin}."
            )
        turns = wrist_of(arm[begin:, 3:])
        points = arm[begin:, :3] + turns @ np.asarray(grasp)
        return cls(points - points[0], vector_of(turns @ turns[0].T))

    def anchored(self, contact: Array, wrist: Array) -> tuple[Array, Array]:
        """The points of grasp (steps, n, 3) and wrist rotations (steps, n, 3, 3) of hands that took hold here.

        Args:
            contact: their points of grasp (m), (n, 3).
            wrist: their wrists' rotations, (n, 3, 3).
        """
        return self.moved[:, None] + contact, matrix_of(self.turned)[:, None] @ wrist

    def save(self, path: str | Path) -> None:
        """Write it as JSON."""
        rows = {name: np.round(getattr(self, name), 5).tolist() for name in ("moved", "turned")}
        write_text(Path(path), json.dumps(rows) + "\n")

    @classmethod
    def load(cls, path: str | Path) -> Trajectory:
        """What `save` has written."""
        path = Path(path)
        with reading(path):
            if (size := check_file(path)) > _MOST_BYTES:
                raise DatasetError(f"{path} has {size} bytes, more than the {_MOST_BYTES} that are read.")
            held = json.loads(path.read_text(encoding="utf-8"))
            if not isinstance(held, dict) or set(held) != {"moved", "turned"}:
                raise DatasetError(f"{path} is no trajectory: it needs 'moved' and 'turned', and nothing else.")
            return cls(*(real_numbers(held[name]) for name in ("moved", "turned")))


def wrist_of(angles: Array) -> Array:
    """Rotations R = Rz(yaw) Ry(pitch) Rx(roll), (..., 3, 3), of yaw, pitch and roll (rad), (..., 3)."""
    yaw, pitch, roll = (matrix_of(angles[..., [number]] * axis) for number, axis in enumerate(_AXES))
    return yaw @ pitch @ roll


def angles_of(wrist: Array) -> Array:
    """Yaw, pitch and roll (rad), (..., 3), of rotations (..., 3, 3)."""
    pitch = -np.arcsin(np.clip(wrist[..., 2, 0], -1.0, 1.0))
    yaw = np.arctan2(wrist[..., 1, 0], wrist[..., 0, 0])
    return np.stack([yaw, pitch, np.arctan2(wrist[..., 2, 1], wrist[..., 2, 2])], axis=-1)


_AXES = np.eye(3)[::-1]
