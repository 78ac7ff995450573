"""A hand cut out of a depth picture: a cube of space around it, as depth hand pose estimators take it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from hand_envs.errors import OptionError

Array = np.ndarray


class Intrinsics(NamedTuple):
    """A pinhole camera: focal lengths and centre in pixels. A pixel's own coordinates are those of its centre."""

    fx: float
    fy: float
    cx: float
    cy: float

    def project(self, points: Array) -> Array:
        """Pixel coordinates (..., 2) of points (..., 3) in the camera's frame."""
        return points[..., :2] / points[..., 2:] * [self.fx, self.fy] + [self.cx, self.cy]

    def window(self, width: int, height: int) -> Array:
        """Left, right, top and bottom of the picture as x / z, x / z, y / z, y / z."""
        u, v = np.array([-0.5, width - 0.5]), np.array([-0.5, height - 0.5])
        return np.concatenate([(u - self.cx) / self.fx, (v - self.cy) / self.fy])


SR300 = Intrinsics(475.065948, 475.065857, 315.944855, 245.287079)
"""The depth camera of BigHand2.2M, HANDS 2017 and F-PHAB, 640 x 480."""


class Crop(NamedTuple):
    """Hands cut out of depth pictures."""

    depth: Array
    """(n, size, size) float32 in [-1, 1]: (z - centre) / (cube / 2); +1 where nothing is."""
    points: Array
    """The 21 joints in the camera's frame (m), (n, 21, 3)."""
    centre: Array
    """The cube's centre in the camera's frame (m), (n, 3)."""
    cube: float
    """The cube's side (m)."""
    colour: Array | None = None
    """(n, size, size, 3) uint8, where it was asked for."""


def windows(centre: Array, cube: float) -> Array:
    """The windows (n, 4) that cubes around `centre` (n, 3) are seen through, see `Intrinsics.window`."""
    x, y, z = np.moveaxis(centre, -1, 0)
    half = cube / 2
    return np.stack([x - half, x + half, y - half, y + half], axis=-1) / z[..., None]


def normalised_depth(depth: Array, centre: Array, cube: float) -> Array:
    """Depth (n, h, w) in m, 0 where nothing is, to [-1, 1] within the cube; what lies behind it or is missing is +1."""
    scaled = (depth - centre[:, 2, None, None].astype(np.float32)) / np.float32(cube / 2)
    return np.where(depth > 0, np.clip(scaled, -1.0, 1.0), 1.0).astype(np.float32)


def crop(depth_mm: Array, intrinsics: Intrinsics, centre: Array, cube: float = 0.25, size: int = 128) -> Array:
    """The cube around `centre` (m) cut out of a depth picture (mm, 0 where nothing is), (size, size) in [-1, 1].

    Every pixel of the crop takes the nearest pixel of the picture; beyond its borders nothing is.
    """
    depth_mm, centre = np.asarray(depth_mm), np.asarray(centre, np.float64)
    if depth_mm.ndim != 2 or centre.shape != (3,) or not centre[2] > 0:
        raise OptionError(
            f"A crop needs a (height, width) depth picture and a centre before the camera (x, y, z > 0 in m), "
            f"got {depth_mm.shape} and {centre!r}."
        )
    left, right, top, bottom = windows(centre[None], cube)[0]
    step = (np.arange(size) + 0.5) / size
    u = np.rint((left + (right - left) * step) * intrinsics.fx + intrinsics.cx).astype(int)
    v = np.rint((top + (bottom - top) * step) * intrinsics.fy + intrinsics.cy).astype(int)
    height, width = depth_mm.shape
    taken = depth_mm[np.clip(v, 0, height - 1)[:, None], np.clip(u, 0, width - 1)].astype(np.float32) / 1000
    inside = ((v >= 0) & (v < height))[:, None] & ((u >= 0) & (u < width))
    return normalised_depth(np.where(inside, taken, 0.0)[None], centre[None], cube)[0]
