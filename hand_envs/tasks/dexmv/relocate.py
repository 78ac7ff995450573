"""Pick up an object and carry it to where its ghost hangs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import mujoco
import numpy as np

from hand_envs.core.measures import distance, measured
from hand_envs.core.simulation import Simulation, State
from hand_envs.core.streams import Streams
from hand_envs.core.task import Array, Parts, Variation
from hand_envs.hands.dexmv import HAND_FRICTION, HandShape, dexmv_scene
from hand_envs.objects import find
from hand_envs.tasks.dexmv.base import DexmvTask, add_free_object, sense_nearness

OBJECT_LOW, OBJECT_HIGH = (-0.10, -0.075), (0.0, 0.075)  # m, where the object may stand on the table
LEGACY_X, LEGACY_Y = -0.0625, 0.0375  # m: there x is drawn from a range of no width
TARGET_LOW, TARGET_HIGH = (-0.30, -0.15, 0.15), (0.10, 0.15, 0.25)  # m, where the target may hang
SCALE = 0.8  # of the objects, all along DexMV's training
NEAR, VERY_NEAR = 0.1, 0.05  # m, distance of object and target
CLEAR = 0.015  # m, how far up counts as off the table
CONTACT_GAP = 0.003  # m, what counts as a contact in DexMV
CONTACTS: dict[str, Any] = {"friction": HAND_FRICTION, "solref": (-6000.0, -300.0), "condim": 4, "gap": CONTACT_GAP}


class RelocateObject(DexmvTask):
    """Pick up an object and carry it to where its ghost hangs.

    An everyday object of the YCB set stands on the table, at 0.8 of its size; a translucent green copy in the air shows
    where it has to go and be held.

    ## Actions
    30 joint targets in [-1, 1], scaled to the actuators' control ranges: three arm translations (`ARTx`, `ARTy`,
    `ARTz`), three rotations (`ARRx`, `ARRy`, `ARRz`), two wrist and 22 finger joints. One step is 10 ms.

    ## Observations
    | part | width | unit | |
    |---|---|---|---|
    | hand | 30 | m, rad | arm translations and rotations, wrist and finger joints |
    | palm_to_object | 3 | m | palm - object |
    | palm_to_target | 3 | m | palm - target |
    | object_to_target | 3 | m | object - target |

    With `observe="full"` also `hand_velocity` (30), `object_quaternion` (4) and `object_velocity` (6).

    ## Rewards
    -0.1 |palm - object|. While the hand touches the object: +0.1, and +50 for each metre it is lifted (at most to the
    target's height); if that is more than 0.015 m, +2 - 0.5 |palm - target| - 1.5 d, where d is the object's
    distance to the target; and then, if d < 0.1, 1 / (d + 0.01).

    ## Success
    d < 0.1 m, as H-InDex counts; it calls an episode a success after ten such steps. With `success="strict"`,
    d < 0.05 m while the hand holds the object.

    ## Starting state
    The hand in its initial pose, at rest. The object stands at x in [-0.1, 0], y in [-0.075, 0.075] m; the target is
    at x in [-0.3, 0.1], y in [-0.15, 0.15], z in [0.15, 0.25] m. With `variant="legacy"` the object starts as in
    DexMV's training: x = -0.0625, y in [-0.0375, 0.0375] m, in the air by a tenth of its height, and it only counts as
    lifted from there.

    ## Episode end
    Truncated after 100 steps. Never terminates.

    ## Version history
    - v0: DexMV's hand, observations and reward, for MuJoCo 4: contacts without margin, weights given in
      full, objects modelled anew.

    Args:
        object: what to relocate: one of the eight YCB objects, or one that `hand-envs object add` has added.
        variant: see Starting state.
        observe: see Observations.
        success: see Success.
        weight: `dexmv` gives objects the weight they have there, `real` that of the real things.
        meshes: `own` takes our models, `ycb` the meshes of DexMV, read from `HAND_ENVS_DATA`.
    """

    horizon = 100
    variations = {"target_pos": Variation("body", "target", "pos")}

    def __init__(
        self,
        object: str = "foam_brick",
        variant: str = "default",
        observe: str = "positions",
        success: str = "dexmv",
        weight: str = "dexmv",
        meshes: str = "own",
    ) -> None:
        super().__init__(variant, observe, success, weight)
        self.shape = find(object, meshes)
        low, high = self.shape.bounds(SCALE)
        self.start_z = -float(low[2])
        if self.legacy:  # half its height, but of its natural size
            self.start_z = float(high[2] - low[2]) / SCALE / 2

    def scene(self) -> mujoco.MjSpec:
        spec = dexmv_scene(HandShape(forearm=(0.06, 0.043)))
        body = add_free_object(spec, (LEGACY_X, 0.0, self.start_z), self.shape.upright)
        self.shape.add_to(body, spec, SCALE, **CONTACTS)
        self.shape.weight(self.weight, SCALE).give_to(body)
        ghost = spec.worldbody.add_body(name="target", pos=(0.0, 0.0, 0.2), quat=self.shape.upright)
        self.shape.add_to(ghost, spec, SCALE, "target_", contype=0, conaffinity=0, rgba=(0.1, 0.9, 0.1, 0.2))
        sense_nearness(spec)
        return spec

    def reset(self, sim: Simulation, ids: Array, rng: Streams) -> None:
        low, high = ((LEGACY_X, -LEGACY_Y), (LEGACY_X, LEGACY_Y)) if self.legacy else (OBJECT_LOW, OBJECT_HIGH)
        sim.joint("object").qpos[ids, :2] = rng.uniform(low, high)
        sim.body("target").pos[ids] = rng.uniform(TARGET_LOW, TARGET_HIGH)

    def observe(self, sim: Simulation) -> Parts:
        palm, thing, target = self.palm(sim), self.object(sim), self.target(sim)
        return {
            "hand": self.joints(sim),
            "palm_to_object": palm - thing,
            "palm_to_target": palm - target,
            "object_to_target": thing - target,
            **self.motion(sim),
        }

    def reward(self, sim: Simulation) -> Parts:
        palm, thing, target, away = self.palm(sim), self.object(sim), self.target(sim), self.away(sim)
        touching = self.touching(sim)
        lift = np.maximum(np.minimum(thing[:, 2], target[:, 2]) - self.start_z, 0.0)
        carried = touching & (lift > CLEAR)
        return {
            "reach": -0.1 * distance(palm, thing),
            "touch": 0.1 * touching,
            "lift": 50.0 * lift * touching,
            "carry": carried * (2.0 - 0.5 * distance(palm, target) - 1.5 * away),
            "near": (carried & (away < NEAR)) / (away + 0.01),
        }

    def success_in_dexmv(self, sim: Simulation) -> Array:
        return self.away(sim) < NEAR

    def success_strictly(self, sim: Simulation) -> Array:
        return (self.away(sim) < VERY_NEAR) & self.touching(sim)

    def start_from(self, format_name: str, record: Mapping[str, Any]) -> State:
        """The target's place in a file depends on DexMV's scene, so it is taken from what is observed of it."""
        start = super().start_from(format_name, record)
        joints = len(self.hand.joints)
        to_target = record["observation"][joints + 6 : joints + 9]
        return {**start, "target_pos": record["qpos"][joints : joints + 3] - to_target}

    def target(self, sim: Simulation) -> Array:
        """Position of the target (m)."""
        return sim.body("target").xpos

    @measured
    def away(self, sim: Simulation) -> Array:
        """Distance of the object to the target (m)."""
        return distance(self.object(sim), self.target(sim))
