"""Reading mesh files, which may be anybody's."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from hand_envs.errors import DatasetError, MissingDependencyError
from hand_envs.files.reading import reading

KINDS = (".obj", ".stl", ".ply", ".off")
MOST_BYTES, MOST_FACES = 2**28, 500_000
_FLAT = 1e-4  # of its length: what is thinner has no inside


@dataclass(frozen=True)
class Mesh:
    """A surface of triangles.

    Attributes:
        path: where it was read.
        points: corners, (n, 3).
        faces: the corners of each triangle, (m, 3).
        open_edges: edges that belong to one triangle only; a closed surface has none.
    """

    path: Path
    points: np.ndarray
    faces: np.ndarray
    open_edges: int

    @property
    def is_closed(self) -> bool:
        """Whether it has an inside."""
        return self.open_edges == 0


def read_mesh(path: Path) -> Mesh:
    """The mesh in a file, with small holes closed; one that is too large, flat or damaged is refused."""
    try:
        import trimesh
    except ImportError as error:
        raise MissingDependencyError("Reading meshes needs trimesh: pip install 'hand-envs[objects]'") from error
    if not path.is_file():
        raise DatasetError(f"There is no file {path}.")
    with reading(path), np.errstate(all="ignore"):  # damaged numbers overflow before they are refused
        if (size := path.stat().st_size) > MOST_BYTES:
            raise DatasetError(f"It has {size} bytes, more than the {MOST_BYTES} that are read.")
        if path.suffix.lower() not in KINDS:
            raise DatasetError(f"It should be one of {', '.join(KINDS)}: convert it.")
        content = io.BytesIO(path.read_bytes())  # which has no neighbours: materials in other files are not looked for
        mesh: Any = trimesh.load(content, file_type=path.suffix[1:].lower(), force="mesh", process=True)
        _check(np.asarray(mesh.vertices, dtype=np.float64), np.asarray(mesh.faces))
        if not mesh.is_watertight:
            mesh.fill_holes()  # of three or four edges; MuJoCo and the cutting need to know what is inside
        points, faces = np.array(mesh.vertices, dtype=np.float64), np.array(mesh.faces)
        _, counts = np.unique(np.sort(mesh.edges, axis=1), axis=0, return_counts=True)
    return Mesh(path, points, faces, int((counts == 1).sum()))


def _check(points: np.ndarray, faces: np.ndarray) -> None:
    if points.ndim != 2 or points.shape[1:] != (3,) or len(points) < 4 or len(faces) < 4:
        raise DatasetError(f"It holds no solid: {len(points)} vertices and {len(faces)} faces.")
    if not np.isfinite(points).all() or np.abs(points).max() > 1e9:
        raise DatasetError("It has vertices that are not finite or beyond all measure.")
    if len(faces) > MOST_FACES or len(points) > MOST_FACES:
        raise DatasetError(f"It has {len(faces)} faces, more than {MOST_FACES}: simplify it first.")
    if faces.min() < 0 or faces.max() >= len(points):
        raise DatasetError("It has faces with corners that are not there.")
    lengths = np.linalg.svd(points - points.mean(axis=0), compute_uv=False)
    if lengths[-1] <= _FLAT * lengths[0]:
        raise DatasetError("It is flat, so it has no inside.")
