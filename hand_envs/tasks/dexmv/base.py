"""What DexMV's tasks share: the hand's part of the observation, touch, and two sets of parameters."""

from __future__ import annotations

import abc
from collections.abc import Mapping
from typing import Any, ClassVar

import mujoco

from hand_envs.core.hand import Hand
from hand_envs.core.options import one_of
from hand_envs.core.simulation import Simulation, State
from hand_envs.core.task import Array, Parts, Task
from hand_envs.errors import DatasetError
from hand_envs.hands.adroit import ADROIT, FLYING_ARM

VARIANTS = ("default", "legacy")
OBSERVE = ("positions", "full")
HAND = ADROIT.on_arm(*FLYING_ARM)


class DexmvTask(Task):
    """A task of DexMV, for a hand that handles one object.

    Args:
        variant: `legacy` is as DexMV has it, defects included; `default` is what the page describes.
        observe: `positions` is DexMV's observation, in its order; `full` adds velocities and orientation.
        success: `dexmv` is the success H-InDex counts by, `strict` an honest one.
        weight: `dexmv` gives objects the weight they have there, `real` that of the real things.
    """

    proprioception = ("hand",)
    hand: ClassVar[Hand] = HAND
    handled = ("object",)
    pixel_camera = "frontview"
    goal_steps = 10
    formats = ("dexmv",)

    def __init__(
        self,
        variant: str = "default",
        observe: str = "positions",
        success: str = "dexmv",
        weight: str = "dexmv",
    ) -> None:
        self.variant = one_of("variant", variant, VARIANTS)
        self.observed = one_of("observe", observe, OBSERVE)
        self.success_type = one_of("success", success, ("dexmv", "strict"))
        self.weight = one_of("weight", weight, ("dexmv", "real"))

    @property
    def legacy(self) -> bool:
        """Whether to reset as DexMV does."""
        return self.variant == "legacy"

    def success(self, sim: Simulation) -> Array:
        return self.success_in_dexmv(sim) if self.success_type == "dexmv" else self.success_strictly(sim)

    @abc.abstractmethod
    def success_in_dexmv(self, sim: Simulation) -> Array:
        """As H-InDex counts, which added a success to DexMV's tasks."""

    @abc.abstractmethod
    def success_strictly(self, sim: Simulation) -> Array:
        """As a person would call it done."""

    # --- what is seen -------------------------------------------------------------------------------------------

    def joints(self, sim: Simulation) -> Array:
        """Positions of arm, wrist and fingers (m, rad)."""
        return sim.qpos[:, : len(self.hand.joints)]

    def palm(self, sim: Simulation) -> Array:
        """Position of the palm (m)."""
        return sim.site(ADROIT.palm).xpos

    def object(self, sim: Simulation) -> Array:
        """Position of the object (m)."""
        return sim.body("object").xpos

    def touching(self, sim: Simulation) -> Array:
        """Whether any part of hand or forearm is as near to the object as counts as a contact there."""
        return sim.sensor("near").data[:, 0] > 0

    def motion(self, sim: Simulation) -> Parts:
        """What `observe="full"` adds."""
        if self.observed != "full":
            return {}
        return {
            "hand_velocity": sim.qvel[:, : len(self.hand.joints)],
            "object_quaternion": sim.body("object").xquat,
            "object_velocity": sim.joint("object").qvel,
        }

    # --- demonstrations of DexMV --------------------------------------------------------------------------------

    def start_from(self, format_name: str, record: Mapping[str, Any]) -> State:
        """Where a file of DexMV starts: `qpos` and `qvel` of a hand and then an object, and the first `observation`."""
        if format_name != "dexmv":
            return super().start_from(format_name, record)
        joints = len(self.hand.joints)
        least, positions, seen = joints + 7, len(record["qpos"]), len(record["observation"])
        if positions < least or seen < least + 2:
            raise DatasetError(
                f"A start of DexMV has at least {least} positions and {least + 2} observed values: a hand of "
                f"{joints} joints, then an object. This one has {positions} and {seen}."
            )
        return {"qpos": record["qpos"], "qvel": record["qvel"]}


def add_free_object(spec: mujoco.MjSpec, pos: tuple[float, ...], quat: tuple[float, ...]) -> mujoco.MjsBody:
    """A body `object` that moves freely; its joint has the same name."""
    body = spec.worldbody.add_body(name="object", pos=pos, quat=quat)
    joint = body.add_freejoint(name="object")
    joint.armature = joint.frictionloss = 0.001
    return body


def sense_nearness(spec: mujoco.MjSpec) -> None:
    """A sensor `near` that counts contacts of hand and object, those without force included.

    How near counts is the `gap` of the object's geoms. It is not a margin: nothing is pushed before it is touched.
    """
    spec.add_sensor(
        name="near",
        type=mujoco.mjtSensor.mjSENS_CONTACT,
        objtype=mujoco.mjtObj.mjOBJ_XBODY,
        objname=HAND.root,
        reftype=mujoco.mjtObj.mjOBJ_BODY,
        refname="object",
        intprm=[1, 0, 1],  # whether found, unsorted, one
    )
