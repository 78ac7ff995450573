"""What hands are drawn in: a model of nothing but meshes, and a scene of one camera and one light."""

from __future__ import annotations

from typing import Any

import mujoco
import numpy as np

from hand_envs.images.flesh import Meshes
from hand_envs.images.solids import Solids

Array = np.ndarray

NEAR, FAR = 0.08, 3.0
"""m: what is nearer or farther is not drawn."""


def model_of(meshes: Meshes, solids: Solids, width: int, height: int) -> Any:
    """A model of nothing but meshes: the hand's parts, then the hulls of what it holds."""
    spec = mujoco.MjSpec()
    for number, (vertices, faces) in enumerate(meshes.parts):
        spec.add_mesh(name=f"part{number}", uservert=vertices.ravel(), userface=faces.ravel())
    for number, vertices in enumerate(solids.clouds):
        spec.add_mesh(name=f"solid{number}", uservert=vertices.ravel())
    model = spec.compile()
    model.vis.global_.offwidth, model.vis.global_.offheight = width, height
    model.vis.quality.offsamples = model.vis.quality.shadowsize = 0
    return model


def prepare(geom: Any, part: int) -> None:
    """Make a geom of a scene the mesh of this number."""
    grey = np.array([0.7, 0.7, 0.7, 1.0], np.float32)
    mesh = mujoco.mjtGeom.mjGEOM_MESH.value
    mujoco.mjv_initGeom(geom, mesh, np.ones(3), np.zeros(3), np.eye(3).ravel(), grey)
    geom.dataid = 2 * part  # MuJoCo counts a mesh's hull too
    geom.specular, geom.shininess = 0.15, 0.2


def views(scene: Any, count: int) -> tuple[Array, Array, Array]:
    """Positions, matrices and colours of all geoms of a scene, to be written to: its geoms lie one after another."""
    first, second = scene.geoms[0], scene.geoms[1]
    step = _address(second.pos) - _address(first.pos)

    def view(field: Array) -> Array:
        return np.lib.stride_tricks.as_strided(field, (count, *field.shape), (step, *field.strides))

    return view(first.pos), view(first.mat), view(first.rgba)


def _address(array: Array) -> int:
    return int(array.__array_interface__["data"][0])


def light(scene: Any) -> None:
    """Put the camera at the origin, x to the right, y down, z ahead, and one light beside it."""
    for camera in scene.camera:
        camera.pos, camera.forward, camera.up = [0, 0, 0], [0, 0, 1], [0, -1, 0]
        camera.frustum_near, camera.frustum_far = NEAR, FAR
    scene.nlight = 1
    lamp = scene.lights[0]
    lamp.type = mujoco.mjtLightType.mjLIGHT_DIRECTIONAL.value
    lamp.dir, lamp.headlight, lamp.castshadow, lamp.texid = [0, 0, 1], 0, 0, -1
    lamp.ambient, lamp.diffuse, lamp.specular = [0.3] * 3, [0.6] * 3, [0.2] * 3
