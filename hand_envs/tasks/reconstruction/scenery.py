"""Things in the scene beside the hand, and the sensors by which tasks know of touch."""

from __future__ import annotations

import mujoco

from hand_envs.hands.mpl import MPL
from hand_envs.objects import Shape

REACH = 0.04  # m: a fingertip farther from the object than this is not near it

_ARMATURE = 1e-6  # kg, kg m^2: a coin crushed between fingers turns too fast for a step of 5 ms without it
HANDED = 10
"""Steps for which an object that is handed over is held in place while the fingers close."""

HAND_BITS, TABLE_BITS = 1, 4
OBJECT_BITS = HAND_BITS | TABLE_BITS
"""What collides: the object with hand and table. These do not with one another, since estimated hands would jam."""


def add_object(spec: mujoco.MjSpec, name: str, shape: Shape) -> mujoco.MjsBody:
    """A body that moves freely, with its real size and mass; how it meets the hand is the skin's to say."""
    body = spec.worldbody.add_body(name=name)
    body.add_freejoint(name=name).armature = _ARMATURE
    shape.weight().give_to(body)
    shape.add_to(body, spec, prefix="it_", condim=4, contype=OBJECT_BITS, conaffinity=OBJECT_BITS)
    return body


def hand_over(spec: mujoco.MjSpec, thing: str) -> None:
    """A weld that holds an object where the mocap body `giver` is, until it is let go."""
    spec.worldbody.add_body(name="giver", mocap=True)
    handed = spec.add_equality(
        name="handed",
        type=mujoco.mjtEq.mjEQ_WELD,
        objtype=mujoco.mjtObj.mjOBJ_BODY,
        name1="giver",
        name2=thing,
    )
    handed.data[:11] = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0  # at its place, in its pose


def sense(spec: mujoco.MjSpec, thing: str, rest: str | None) -> None:
    """Sensors: `gap_<fingertip>` and `way_<fingertip>`, how far and which way the object's surface is, `touched` by the
    hand and, with something to rest on, `rests`.
    """
    kinds = {"gap": mujoco.mjtSensor.mjSENS_GEOMDIST, "way": mujoco.mjtSensor.mjSENS_GEOMNORMAL}
    for name, kind in kinds.items():
        for site in MPL.fingertips:
            spec.add_sensor(
                name=f"{name}_{site}",
                type=kind,
                objtype=mujoco.mjtObj.mjOBJ_GEOM,
                objname=site.replace("tip", "distal"),
                reftype=mujoco.mjtObj.mjOBJ_BODY,
                refname=thing,
                cutoff=REACH,
            )
    for name, other in (("touched", MPL.root), ("rests", rest)):
        if other is not None:
            spec.add_sensor(
                name=name,
                type=mujoco.mjtSensor.mjSENS_CONTACT,
                objtype=mujoco.mjtObj.mjOBJ_XBODY,
                objname=other,
                reftype=mujoco.mjtObj.mjOBJ_BODY,
                refname=thing,
                intprm=[1, 0, 1],  # whether found, unsorted, one
            )
