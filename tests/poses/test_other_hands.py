"""A hand unlike Adroit: hinges off their bodies' origins, angles that start elsewhere, fingers that spread nothing."""

from __future__ import annotations

import mujoco
import numpy as np
import pytest

from hand_envs.core.hand import Hand
from hand_envs.errors import TaskError
from hand_envs.poses.frames import palm_frame
from hand_envs.poses.retargeting import Closed, Kinematics, Optimised

FINGERS = ("index", "middle", "ring", "little", "thumb")
TOY = Hand(
    name="toy",
    wrist=(),
    fingers=tuple(f"{finger}_{part}" for finger in FINGERS for part in ("near", "middle", "far")),
    fingertips=tuple(f"{finger}_tip" for finger in FINGERS),
    palm="palm",
    root="base",
    actuator_prefix="pull_",
    bones=(
        ("base",),
        *(tuple(f"{finger}_{part}_bone" for part in ("near", "middle", "far")) for finger in ("thumb", *FINGERS[:4])),
    ),
)


def spec(kind: int = mujoco.mjtJoint.mjJNT_HINGE) -> mujoco.MjSpec:
    """Fingers along the world's y, the palm looking down; the thumb at the side of smaller x."""
    spec = mujoco.MjSpec()
    spec.compiler.degree = False
    spec.compiler.autolimits = True
    base = spec.worldbody.add_body(name="base", pos=(0.3, 0.2, 0.5), euler=(0.3, 0.4, -0.5))
    base.add_site(name="palm")
    for number, finger in enumerate(FINGERS):
        thumb = finger == "thumb"
        place = (-0.04, 0.03, -0.01) if thumb else (-0.03 + 0.02 * number, 0.09, 0.0)
        parent = base.add_body(name=f"{finger}_near_bone", pos=place, euler=(0.0, 0.5, 0.9) if thumb else (0, 0, 0))
        for length, part in ((0.04, "near"), (0.03, "middle"), (0.02, "far")):
            parent.add_joint(
                name=f"{finger}_{part}",
                type=kind,
                axis=(-1.0, 0.1 if part == "far" else 0.0, 0.0),
                pos=(0.0, 0.002, 0.001),
                range=(-0.3, 1.5) if part == "near" else (0.0, 1.5),
                ref=0.2 if part == "middle" else 0.0,
            )
            parent.add_geom(size=(0.005, 0, 0), mass=0.01)
            spec.add_actuator(
                name=f"pull_{finger}_{part}", target=f"{finger}_{part}", trntype=mujoco.mjtTrn.mjTRN_JOINT
            )
            following = {"near": "middle", "middle": "far"}.get(part)
            if following is None:
                parent.add_site(name=f"{finger}_tip", pos=(0.0, length, 0.0))
            else:
                parent = parent.add_body(name=f"{finger}_{following}_bone", pos=(0.0, length, 0.0))
    return spec


@pytest.fixture(scope="module")
def model() -> mujoco.MjModel:
    return spec().compile()


def drawn(kinematics: Kinematics, n: int) -> np.ndarray:
    return np.random.default_rng(0).uniform(kinematics.least, kinematics.most, (n, len(kinematics.joints)))


def test_its_points_are_mujocos(model):
    kinematics, data = Kinematics(TOY, model), mujoco.MjData(model)
    for angles in drawn(kinematics, 10):
        for name, angle in zip(kinematics.joints, angles, strict=True):
            data.joint(name).qpos[0] = angle
        mujoco.mj_kinematics(model, data)
        found = kinematics.forward(angles[None]).points[0]
        base = data.body("base")
        for point, body in ((5, "index_near_bone"), (3, "thumb_far_bone"), (19, "little_far_bone")):
            seen = (data.body(body).xpos - base.xpos) @ base.xmat.reshape(3, 3)
            np.testing.assert_allclose(found[point], (seen - kinematics.origin) @ kinematics.frame, atol=1e-9)
        tip = (data.site("ring_tip").xpos - base.xpos) @ base.xmat.reshape(3, 3)
        np.testing.assert_allclose(found[16], (tip - kinematics.origin) @ kinematics.frame, atol=1e-9)


def test_it_is_aligned_by_itself(model):
    kinematics = Kinematics(TOY, model)
    rest = kinematics.forward(kinematics.rest[None]).points[0]
    np.testing.assert_allclose(palm_frame(rest), np.eye(3), atol=1e-7)
    bent = kinematics.forward((kinematics.rest + 0.5)[None]).points[0]
    assert (bent[[8, 12, 16, 20], 0] > rest[[8, 12, 16, 20], 0] + 0.01).all()


def test_its_own_poses_come_back(model):
    closed, optimised = Closed(TOY, model), Optimised(TOY, model, pinch=(0.0, 1e-3))
    wanted = drawn(closed.kinematics, 100)
    points = closed.kinematics.forward(wanted).points
    np.testing.assert_array_less(np.median(np.abs(closed(points, closed.memory(100)) - wanted), axis=0), 0.12)
    memory = optimised.memory(100)
    for _ in range(6):
        found = optimised(points, memory)
    off = optimised.kinematics.forward(found).fingers[:, :, 3] - optimised.kinematics.forward(wanted).fingers[:, :, 3]
    assert np.median(np.linalg.norm(off, axis=-1).max(axis=1)) < 5e-3


def test_hands_that_slide_are_refused():
    with pytest.raises(TaskError, match="hinge"):
        Kinematics(TOY, spec(mujoco.mjtJoint.mjJNT_SLIDE).compile())
