"""Meshes with few faces, for pictures in which the others are not seen.

Vertices are gathered in the cells of a grid, and a cell's vertices all move to the one point that lies nearest to the
planes of the faces around them (P. Lindstrom, Out-of-core simplification of large polygonal models, 2000).
"""

from __future__ import annotations

import functools

import numpy as np

Array = np.ndarray

_TOWARDS_MEAN = 0.1  # how much a cell's mean counts beside its planes, which alone may meet far away, or nowhere
_FINEST = 256  # cells along a mesh


def decimated(vertices: Array, faces: Array, most: int) -> tuple[Array, Array]:
    """Where vertices move, (n, 3), and which of the faces, (m, 3), remain, at most `most`; worked out once a mesh."""
    vertices, faces = np.ascontiguousarray(vertices, np.float64), np.ascontiguousarray(faces, np.int64)
    return _decimated(vertices.tobytes(), faces.tobytes(), most)


@functools.lru_cache(maxsize=256)
def _decimated(vertex_bytes: bytes, face_bytes: bytes, most: int) -> tuple[Array, Array]:
    vertices, faces = np.frombuffer(vertex_bytes).reshape(-1, 3), np.frombuffer(face_bytes, np.int64).reshape(-1, 3)
    if len(faces) <= most:
        return vertices, np.arange(len(faces))
    cells = _cells(vertices, 1)
    for along in range(2, _FINEST):
        finer = _cells(vertices, along)
        if len(_kept(finer, faces)) > most:
            break
        cells = finer
    return _points(vertices, faces, cells)[cells], _kept(cells, faces)


def _cells(vertices: Array, along: int) -> Array:
    """The number of each vertex' cell, from 0 on, of a grid with so many along the mesh's longest side."""
    low, high = vertices.min(axis=0), vertices.max(axis=0)
    size = max((high - low).max(), 1e-9) / along
    place = np.floor((vertices - low) / size).astype(np.int64)
    cells: Array = np.unique(place @ [1, along + 1, (along + 1) ** 2], return_inverse=True)[1]
    return cells


def _kept(cells: Array, faces: Array) -> Array:
    """The faces with each corner in another cell, one of those between the same cells."""
    corners = np.sort(cells[faces], axis=1)
    apart = np.flatnonzero((corners[:, 0] != corners[:, 1]) & (corners[:, 1] != corners[:, 2]))
    count = int(cells.max()) + 1
    first: Array = np.unique(corners[apart] @ [1, count, count**2], return_index=True)[1]
    return apart[np.sort(first)]


def _points(vertices: Array, faces: Array, cells: Array) -> Array:
    """For each cell the x that minimises sum_f a_f (n_f . (x - p_f))^2 + w |x - mean|^2 over the faces that touch it.

    Faces f have areas a, normals n and a corner p; w is `_TOWARDS_MEAN` of the mean curvature of the first term.
    """
    count = int(cells.max()) + 1
    corners = vertices[faces]
    across = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])  # normal, twice the area long
    length = np.maximum(np.linalg.norm(across, axis=1), 1e-30)
    square = across[:, :, None] * across[:, None, :] / length[:, None, None]
    offset = (square @ corners[:, 0, :, None])[:, :, 0]
    squares, offsets = np.zeros((count, 3, 3)), np.zeros((count, 3))
    for corner in faces.T:
        np.add.at(squares, cells[corner], square)
        np.add.at(offsets, cells[corner], offset)
    sums = np.stack([np.bincount(cells, axis, count) for axis in vertices.T], axis=1)
    means = sums / np.bincount(cells, minlength=count)[:, None]
    weight = _TOWARDS_MEAN * np.trace(squares, axis1=1, axis2=2)[:, None] / 3 + 1e-30
    systems = squares + weight[:, :, None] * np.eye(3)
    points: Array = np.linalg.solve(systems, (offsets + weight * means)[:, :, None])[:, :, 0]
    return points
