"""What is drawn of things that hands hold: the convex pieces of their shapes, as clouds of points that span them."""

from __future__ import annotations

from collections.abc import Sequence

import mujoco
import numpy as np

from hand_envs.objects.shape import Piece, Shape

Array = np.ndarray

_AROUND = 2 * np.pi * np.arange(24) / 24
_RINGS = np.linspace(0.0, np.pi / 2, 5)[:-1]


class Solids:
    """The pieces of all things that a renderer knows, one after another."""

    def __init__(self, things: Sequence[Shape] = ()) -> None:
        self.clouds = [cloud(piece) for thing in things for piece in thing.pieces]
        self.owners = np.repeat(np.arange(len(things)), [len(thing.pieces) for thing in things])
        """The number of the thing that each piece is of."""
        self.colours = np.array([thing.rgba[:3] for thing in things for _ in thing.pieces]).reshape(-1, 3)


def cloud(piece: Piece) -> Array:
    """Points (n, 3) in the thing's frame (m) whose convex hull is the piece."""
    turn = np.empty(9)
    mujoco.mju_quat2Mat(turn, np.array(piece.quat, np.float64) / np.linalg.norm(piece.quat))
    return _spanning(piece) @ turn.reshape(3, 3).T + piece.pos


def _spanning(piece: Piece) -> Array:
    if piece.points is not None:
        return np.asarray(piece.points, np.float64)
    if piece.kind == "box":
        return np.stack(np.meshgrid(*[(-half, half) for half in piece.size], indexing="ij"), -1).reshape(8, 3)
    radius, half = piece.size
    if piece.kind == "cylinder":
        return np.concatenate([_ring(radius, -half), _ring(radius, half)])
    rings = [_ring(radius * np.cos(a), side * (half + radius * np.sin(a))) for a in _RINGS for side in (-1, 1)]
    return np.concatenate([*rings, [[0.0, 0.0, -half - radius], [0.0, 0.0, half + radius]]])


def _ring(radius: float, height: float) -> Array:
    return np.stack([radius * np.cos(_AROUND), radius * np.sin(_AROUND), np.full(len(_AROUND), height)], -1)
