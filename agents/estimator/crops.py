"""Depth crops of hands, and the three ways in which DeepPrior++ varies them (datasets of hands never have enough).

A crop is the cube of side S about a centre c, seen by a camera: a pixel (u, v) of it, from -1 to 1, lies on the ray
x/z = c_x/c_z + u S / (2 c_z), y/z likewise, and its value is (z - c_z) / (S / 2), +1 where nothing is. No focal length
is in it, so crops of different cameras are alike.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

Array = np.ndarray
MODES = ("com", "rot", "none", "sc")
"""The centre moved, the image turned about its middle, as it is, the cube larger or smaller."""
_UNSTEADY = 0.3  # rad: most that `rot` turns an image that stands upright


@dataclass(frozen=True)
class Crops:
    """Depth images of hands, and where the hands are."""

    depth: Array
    """(n, H, W), from -1 to 1; +1 where nothing is."""
    points: Array
    """(n, 21, 3), m, in the camera's frame."""
    centre: Array
    """(n, 3), m: of the cubes."""
    side: Array
    """(n,), m: of the cubes."""

    def __len__(self) -> int:
        return len(self.depth)

    def __getitem__(self, chosen: Array | slice) -> Crops:
        return Crops(self.depth[chosen], self.points[chosen], self.centre[chosen], self.side[chosen])


def to_cube(points: Array, centre: Array, side: Array) -> Array:
    """Points (n, 21, 3) in units of half a cube, from its centre: what a network learns."""
    return (points - centre[:, None]) / (side[:, None, None] / 2)


def from_cube(points: Array, centre: Array, side: Array) -> Array:
    """Points in the camera's frame from those in units of half a cube."""
    return points * (side[:, None, None] / 2) + centre[:, None]


def to_image(points: Array, centre: Array, side: Array) -> Array:
    """Where points are seen in a crop, (n, 21, 2), from -1 to 1."""
    rays = points[..., :2] / points[..., 2:] - _ray(centre)[:, None]
    return rays * _per_ray(centre, side)[:, None, None]


def from_image(seen: Array, z: Array, centre: Array, side: Array) -> Array:
    """Points from where they are seen, (n, 21, 2), and how deep they are, (n, 21)."""
    rays = seen / _per_ray(centre, side)[:, None, None] + _ray(centre)[:, None]
    return np.concatenate([rays * z[..., None], z[..., None]], axis=-1)


def augmented(
    crops: Crops, generator: np.random.Generator, modes: tuple[str, ...], shift: float = 0.005, upright: bool = False
) -> Crops:
    """The crops, each varied in exactly one of these ways.

    Args:
        crops: to vary.
        generator: of the changes.
        modes: the ways.
        shift: standard deviation (m) of `com`.
        upright: stand them `upright` first; `rot` is then a few degrees, since any turn would come to the same.
    """
    drawn = np.array(modes)[generator.integers(len(modes), size=len(crops))]
    moves = generator.normal(0.0, shift, (len(crops), 3)) * (drawn == "com")[:, None]
    turns = generator.uniform(-np.pi, np.pi, len(crops)) * (drawn == "rot")
    if upright:
        turns = turns / np.pi * _UNSTEADY + to_upright(crops.depth)
    scales = np.where(drawn == "sc", np.abs(generator.normal(1.0, 0.02, len(crops))), 1.0)
    return moved(crops, moves, turns, scales)


def to_upright(depth: Array) -> Array:
    """The turn (rad) of each image, (n,), after which what is seen lies along u, its longer tail towards positive u.

    Hands in all directions come to lie in one: a network has less to learn.
    """
    height, width = depth.shape[1:]
    down, across = ((np.arange(size, dtype=np.float32) + 0.5) * 2 / size - 1 for size in (height, width))
    seen = (depth < 1).astype(np.float32)
    sums = np.vander(down, 4, True).T @ seen @ np.vander(across, 4, True)  # [n, i, j]: of v^i u^j
    raw = sums.astype(np.float64) / np.maximum(sums[:, :1, :1], 1)
    v, u = raw[:, 1, 0], raw[:, 0, 1]
    vv, uu, uv = raw[:, 2, 0] - v * v, raw[:, 0, 2] - u * u, raw[:, 1, 1] - u * v
    long = 0.5 * np.arctan2(2 * uv, uu - vv)
    vvv = raw[:, 3, 0] - 3 * v * raw[:, 2, 0] + 2 * v**3
    uuu = raw[:, 0, 3] - 3 * u * raw[:, 0, 2] + 2 * u**3
    uuv = raw[:, 1, 2] - v * raw[:, 0, 2] - 2 * u * uv
    uvv = raw[:, 2, 1] - u * raw[:, 2, 0] - 2 * v * uv
    cos, sin = np.cos(long), np.sin(long)
    skew = cos**3 * uuu + 3 * cos**2 * sin * uuv + 3 * cos * sin**2 * uvv + sin**3 * vvv
    return -np.where(skew < 0, long + np.pi, long)


def moved(crops: Crops, moves: Array, turns: Array, scales: Array) -> Crops:
    """Crops about a centre moved (m), turned in the image (rad) and of another side, and the labels with them."""
    centre, side = crops.centre + moves, crops.side * scales
    zoom = _per_ray(crops.centre, crops.side) / _per_ray(centre, side)
    offset = (_ray(centre) - _ray(crops.centre)) * _per_ray(crops.centre, crops.side)[:, None]
    depth = _resampled(crops.depth, _turn(-turns) * zoom[:, None, None], offset)
    value = (depth * (crops.side / side)[:, None, None]) + (2 * (crops.centre - centre)[:, 2] / side)[:, None, None]
    depth = np.where(depth < 1, np.clip(value, -1, 1), 1).astype(np.float32)
    return Crops(depth, turned(crops.points, turns, centre, side), centre, side)


def turned(points: Array, turns: Array, centre: Array, side: Array) -> Array:
    """Points whose image is turned (rad) about a crop's middle, each as deep as before."""
    seen = np.einsum("nij,nkj->nki", _turn(turns), to_image(points, centre, side))
    return from_image(seen, points[..., 2], centre, side)


def _turn(angles: Array) -> Array:
    cos, sin = np.cos(angles), np.sin(angles)
    return np.stack([np.stack([cos, -sin], -1), np.stack([sin, cos], -1)], axis=1)


def _resampled(depth: Array, matrix: Array, offset: Array) -> Array:
    """Images whose pixel at p is what was at matrix p + offset, the nearest; 1 where nothing was."""
    count, height, width = depth.shape
    down, across = ((np.arange(size, dtype=np.float32) + 0.5) * 2 / size - 1 for size in (height, width))
    matrix, offset = matrix.astype(np.float32), offset.astype(np.float32)
    places = []
    for axis, size in ((0, width), (1, height)):
        from_across = matrix[:, axis, 0, None] * across + offset[:, axis, None]
        at = from_across[:, None, :] + (matrix[:, axis, 1, None] * down)[:, :, None]
        places.append(np.floor((at + 1) * (size / 2)).astype(np.int32))
    column, row = places
    within = (column >= 0) & (column < width) & (row >= 0) & (row < height)
    flat = np.where(within, row * width + column, 0)
    found = np.take_along_axis(depth.reshape(count, -1), flat.reshape(count, -1), axis=1).reshape(depth.shape)
    return np.where(within, found, np.float32(1))


def _ray(centre: Array) -> Array:
    return centre[:, :2] / centre[:, 2:]


def _per_ray(centre: Array, side: Array) -> Array:
    return 2 * centre[:, 2] / side
