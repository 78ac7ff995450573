"""Where a hand is before a camera: the rigid motion by which its points in metres fall on those of the picture.

MediaPipe and the like give a hand's shape in metres about its own middle, and its points in the picture; how far away
it is, neither says. With the camera's intrinsics both do (perspective-n-point).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hand_envs.errors import OptionError
from hand_envs.poses.frames import best_rotation

Array = np.ndarray

FEWEST = 6
"""Points that have to be seen of a hand."""
_STEPS = 30
_DAMPING = 1e-3  # Levenberg's, at first
_NEAREST = 0.05  # m from the camera
_CLEARLY = 0.8  # another start has to err less than this, or a nearly flat hand would flip by noise


@dataclass(frozen=True)
class Intrinsics:
    """Of a camera without distortion: u = fx x / z + cx, v = fy y / z + cy (pixels)."""

    fx: float
    fy: float
    cx: float
    cy: float

    def __post_init__(self) -> None:
        numbers = np.array([self.fx, self.fy, self.cx, self.cy])
        if not np.isfinite(numbers).all() or not (numbers[:2] >= 1.0).all() or not (np.abs(numbers) <= 1e6).all():
            raise OptionError(f"Intrinsics are fx, fy of at least 1 and cx, cy, in pixels; got {numbers.tolist()}.")

    def project(self, points: Array) -> Array:
        """Pixels (..., 2) of points (..., 3) before the camera (m; x right, y down, z forward)."""
        return points[..., :2] / points[..., 2:] * [self.fx, self.fy] + [self.cx, self.cy]

    def rays(self, pixels: Array) -> Array:
        """Of what is seen at pixels (..., 2): x / z and y / z."""
        return np.asarray((pixels - [self.cx, self.cy]) / [self.fx, self.fy])


def fit(points: Array, pixels: Array, camera: Intrinsics) -> tuple[Array, Array]:
    """The hands as the camera has them (m), (t, k, 3), and by how many pixels they miss the picture (RMS), (t,).

    Minimises sum_k |project(R x_k + p) - u_k|^2 for each hand over turn R and place p by damped Gauss-Newton steps,
    from the turn that the points came with, and from that of a scaled orthographic view. Where fewer than `FEWEST`
    points are known in both, all is NaN.

    Args:
        points: of each hand, in any place, (t, k, 3) in m; NaN where they are not known.
        pixels: where they are seen, (t, k, 2); NaN likewise.
        camera: whose picture it is.
    """
    if points.shape[:-1] != pixels.shape[:-1] or pixels.shape[-1:] != (2,) or points.ndim != 3:
        raise OptionError(
            f"Each point of a hand needs its place in the picture: points (t, k, 3) with pixels (t, k, 2), got "
            f"{points.shape} and {pixels.shape}."
        )
    known = np.isfinite(points).all(axis=-1) & np.isfinite(pixels).all(axis=-1)
    enough = known.sum(axis=-1) >= FEWEST
    hands, missed = np.full(points.shape, np.nan), np.full(len(points), np.nan)
    if not enough.any():
        return hands, missed
    shape = np.where(known[enough, :, None], points[enough], 0.0)
    weight = known[enough].astype(np.float64)
    centre = np.einsum("tk,tkx->tx", weight, shape) / weight.sum(axis=1)[:, None]
    shape = (shape - centre[:, None]) * weight[..., None]
    rays = camera.rays(np.where(known[enough, :, None], pixels[enough], 0.0)) * weight[..., None]
    scale = np.array([camera.fx, camera.fy])
    as_given = np.broadcast_to(np.eye(3), (len(shape), 3, 3))
    turn, place, error = _descend(shape, rays, weight, scale, as_given)
    other, elsewhere, worse = _descend(shape, rays, weight, scale, _orthographic(shape, rays, weight))
    better = worse < _CLEARLY * error
    turn, place = np.where(better[:, None, None], other, turn), np.where(better[:, None], elsewhere, place)
    moved = (points[enough] - centre[:, None]) @ turn.swapaxes(1, 2) + place[:, None]
    hands[enough], missed[enough] = moved, np.where(better, worse, error)
    return hands, missed


def _descend(shape: Array, rays: Array, weight: Array, scale: Array, turn: Array) -> tuple[Array, Array, Array]:
    """Turns, places and RMS errors (pixels) after damped Gauss-Newton steps from `turn`."""
    place = _placed(shape, rays, weight, turn)
    residual, jacobian = _linear(shape, rays, weight, scale, turn, place)
    cost, damping = np.vecdot(residual, residual), np.full(len(shape), _DAMPING)
    for _ in range(_STEPS):
        normal = jacobian.swapaxes(1, 2) @ jacobian
        size = np.einsum("tii->ti", normal)
        damped = normal + np.eye(6) * (damping[:, None] * size + 1e-12)[:, None]
        step = np.linalg.solve(damped, -(jacobian.swapaxes(1, 2) @ residual[..., None]))[..., 0]
        new_turn, new_place = _rotation(step[:, :3]) @ turn, place + step[:, 3:]
        new_place[:, 2] = np.maximum(new_place[:, 2], _NEAREST)
        new_residual, new_jacobian = _linear(shape, rays, weight, scale, new_turn, new_place)
        new_cost = np.vecdot(new_residual, new_residual)
        down = new_cost < cost
        turn, place = np.where(down[:, None, None], new_turn, turn), np.where(down[:, None], new_place, place)
        residual = np.where(down[:, None], new_residual, residual)
        jacobian = np.where(down[:, None, None], new_jacobian, jacobian)
        cost = np.where(down, new_cost, cost)
        damping = np.clip(np.where(down, damping / 5.0, damping * 5.0), 1e-9, 1e9)
    return turn, place, np.sqrt(cost / weight.sum(axis=1))


def _linear(shape: Array, rays: Array, weight: Array, scale: Array, turn: Array, place: Array) -> tuple[Array, Array]:
    """How far the picture is missed (pixels), (t, 2k), and how that changes with a turn (rad) and a move (m)."""
    turned = shape @ turn.swapaxes(1, 2)
    x, y, z = np.moveaxis(turned + place[:, None], -1, 0)
    z = np.maximum(z, 0.2 * _NEAREST)
    flat = np.stack([x / z, y / z], axis=-1)
    by_point = np.zeros((*shape.shape[:2], 2, 3))  # d flat / d point
    by_point[..., 0, 0] = by_point[..., 1, 1] = 1.0 / z
    by_point[..., 2] = -flat / z[..., None]
    cross = np.zeros((*shape.shape[:2], 3, 3))  # d (w x r) / d w = -[r]x
    cross[..., 0, 1], cross[..., 0, 2], cross[..., 1, 2] = turned[..., 2], -turned[..., 1], turned[..., 0]
    cross -= cross.swapaxes(-1, -2)
    jacobian = np.concatenate([by_point @ cross, by_point], axis=-1)
    factor = weight[..., None] * scale
    t = len(shape)
    return ((flat - rays) * factor).reshape(t, -1), (jacobian * factor[..., None]).reshape(t, -1, 6)


def _orthographic(shape: Array, rays: Array, weight: Array) -> Array:
    """Turns by which the points look as they would from far away, (t, 3, 3): rays = s (R x)_xy + const (POS)."""
    middle = np.einsum("tk,tkx->tx", weight, rays) / weight.sum(axis=1)[:, None]
    centred = (rays - middle[:, None]) * weight[..., None]
    rows = np.linalg.pinv(shape) @ centred  # (t, 3, 2)
    across, down = rows[..., 0], rows[..., 1]
    frame = np.stack([across, down, np.cross(across, down)], axis=1)
    length = np.maximum(np.linalg.norm(frame, axis=-1, keepdims=True), 1e-12)
    return best_rotation(np.broadcast_to(np.eye(3), frame.shape), (frame / length).swapaxes(1, 2))


def _placed(shape: Array, rays: Array, weight: Array, turn: Array) -> Array:
    """Where turned points have to be to look as large as they do, (t, 3)."""
    flat = (shape @ turn.swapaxes(1, 2))[..., :2]
    middle = np.einsum("tk,tkx->tx", weight, rays) / weight.sum(axis=1)[:, None]
    seen = np.linalg.norm((rays - middle[:, None]) * weight[..., None], axis=(1, 2))
    away = np.clip(np.linalg.norm(flat, axis=(1, 2)) / np.maximum(seen, 1e-9), _NEAREST, 100.0)
    return np.concatenate([middle * away[:, None], away[:, None]], axis=1)


def _rotation(angles: Array) -> Array:
    """Rotations (t, 3, 3) by vectors (t, 3) in rad (Rodrigues)."""
    angle = np.linalg.norm(angles, axis=-1)[:, None, None]
    x, y, z = (angles / np.maximum(angle[..., 0], 1e-12)).T
    zero = np.zeros_like(x)
    cross = np.stack([zero, -z, y, z, zero, -x, -y, x, zero], axis=-1).reshape(-1, 3, 3)
    return np.eye(3) + np.sin(angle) * cross + (1.0 - np.cos(angle)) * cross @ cross
