"""A model that is drawn fast: coarse meshes, coarse round things. For pictures only; physics never sees it."""

from __future__ import annotations

import mujoco
import numpy as np

from hand_envs.rendering.decimation import decimated

MOST_FACES = 150  # of a mesh
SLICES, STACKS = 12, 6  # of what is round


def lighter(model: mujoco.MjModel) -> mujoco.MjModel:
    """A copy with fewer faces to draw. Planes and boxes keep theirs, since light is worked out at corners of faces."""
    light = mujoco.MjModel.__copy__(model)
    light.vis.quality.numslices, light.vis.quality.numstacks = SLICES, STACKS
    for mesh in range(light.nmesh):
        _decimate(light, mesh)
    return light


def _decimate(model: mujoco.MjModel, mesh: int) -> None:
    """Move the vertices of a mesh and drop faces, in place; those that stay keep their normals and texture."""
    vertices = _rows(model.mesh_vertadr[mesh], model.mesh_vertnum[mesh])
    faces = _rows(model.mesh_faceadr[mesh], model.mesh_facenum[mesh])
    moved, kept = decimated(model.mesh_vert[vertices], model.mesh_face[faces], MOST_FACES)
    model.mesh_vert[vertices] = moved
    for values in (model.mesh_face, model.mesh_facenormal, model.mesh_facetexcoord):
        values[faces][: len(kept)] = values[faces][kept]
    model.mesh_facenum[mesh] = len(kept)


def _rows(first: np.integer, count: np.integer) -> slice:
    return slice(int(first), int(first + count))
