"""Which points of the world a picture's pixels show."""

from __future__ import annotations

from dataclasses import dataclass

import mujoco
import numpy as np

Array = np.ndarray


@dataclass(frozen=True)
class View:
    """A pinhole camera: pixel (0, 0) is the picture's upper left corner, (0.5, 0.5) the middle of its first pixel."""

    width: int
    height: int
    focal: float
    """In pixels."""
    rotation: Array
    """Of the camera in the world, (3, 3): x right, y down, z ahead."""
    position: Array
    """m."""

    @classmethod
    def of(cls, model: mujoco.MjModel, camera: str, width: int, height: int) -> View:
        """Of a camera that stands still in the world of a scene."""
        found = model.camera(camera)
        focal = height / 2 / np.tan(np.radians(found.fovy.item()) / 2)
        matrix = np.zeros(9)
        mujoco.mju_quat2Mat(matrix, found.quat)
        return cls(width, height, float(focal), matrix.reshape(3, 3) * (1.0, -1.0, -1.0), found.pos.copy())

    @property
    def center(self) -> Array:
        """The pixel straight ahead."""
        return np.array((self.width / 2, self.height / 2))

    def points(self, pixels: Array, depth: Array) -> Array:
        """Points of the world (m), (..., 3), that pixels (..., 2), column and row, show so far ahead (m), (...)."""
        ahead = np.concatenate([(pixels - self.center) / self.focal, np.ones((*np.shape(depth), 1))], axis=-1)
        return (ahead * np.asarray(depth)[..., None]) @ self.rotation.T + self.position

    def pixels(self, points: Array) -> Array:
        """Where points of the world (m), (..., 3), are seen, (..., 2)."""
        seen = (points - self.position) @ self.rotation
        return seen[..., :2] / seen[..., 2:] * self.focal + self.center

    def cloud(self, depth: Array) -> Array:
        """What each pixel of a depth picture (height, width) shows (m), (height, width, 3)."""
        rows, columns = np.mgrid[: self.height, : self.width] + 0.5
        return self.points(np.stack([columns, rows], axis=-1), depth)
