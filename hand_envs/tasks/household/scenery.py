"""The table, the cameras, and how things come to rest on it before anybody sees them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import mujoco
import numpy as np

from hand_envs.hands.scenery import furnish

Add = Callable[[mujoco.MjSpec], None]
Poses = dict[str, tuple[np.ndarray, np.ndarray]]

ABOVE = (0.06, 0.0, 0.85)
"""Where the camera `above` is (m); it looks straight down, its picture's top towards +x."""
ABOVE_FOV = 45.0
"""Its vertical field of view (degrees)."""
_RESTING = 1.5  # s, in which whatever is put down comes to rest


def add_table(spec: mujoco.MjSpec) -> None:
    """A table whose top is z = 0, and two cameras: `overview` for people, `above` for agents."""
    furnish(spec, eye=(-0.35, -0.75, 0.55), at=(0.02, 0.0, 0.12))
    spec.worldbody.add_geom(
        name="table",
        type=mujoco.mjtGeom.mjGEOM_PLANE,
        size=(0.6, 0.6, 0.05),
        rgba=(0.55, 0.50, 0.45, 1.0),
        condim=4,
        friction=(0.8, 0.003, 0.0001),
    )
    camera = spec.worldbody.add_camera(name="above", pos=ABOVE, fovy=ABOVE_FOV)
    camera.alt.type = mujoco.mjtOrientation.mjORIENTATION_XYAXES
    camera.alt.xyaxes = [0.0, -1.0, 0.0, 1.0, 0.0, 0.0]
    spec.worldbody.add_light(name="lamp", pos=(-0.3, -0.4, 1.5), dir=(0.25, 0.3, -1.0), castshadow=True)


def rested(add: Add, names: Sequence[str], timestep: float) -> Poses:
    """Position and quaternion of each thing that `add` puts on a bare table, once all have come to rest."""
    spec = mujoco.MjSpec()
    spec.option.timestep = timestep
    add_table(spec)
    add(spec)
    model = spec.compile()
    data = mujoco.MjData(model)
    for _ in range(round(_RESTING / timestep)):
        mujoco.mj_step(model, data)
    return {name: (data.body(name).xpos.copy(), data.body(name).xquat.copy()) for name in names}


def add_touch(spec: mujoco.MjSpec, name: str, one: tuple[mujoco.mjtObj, str], other: tuple[mujoco.mjtObj, str]) -> None:
    """A sensor of that name: above 0 while the two touch. A body counts with all that hangs on it."""
    spec.add_sensor(
        name=name,
        type=mujoco.mjtSensor.mjSENS_CONTACT,
        objtype=one[0],
        objname=one[1],
        reftype=other[0],
        refname=other[1],
        intprm=[_FOUND, 0, 1],
    )


def add_push(spec: mujoco.MjSpec, name: str, body: str) -> None:
    """A sensor of that name: the net force (N, world axes) of all that touches this body alone."""
    spec.add_sensor(
        name=name,
        type=mujoco.mjtSensor.mjSENS_CONTACT,
        objtype=mujoco.mjtObj.mjOBJ_BODY,
        objname=body,
        intprm=[_FORCE, _NET, 1],
    )


_FOUND, _FORCE, _NET = 1, 2, 3
