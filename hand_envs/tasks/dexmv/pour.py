"""Pour what is in a mug into a tank."""

from __future__ import annotations

from typing import Any

import mujoco
import numpy as np

from hand_envs.core.measures import clip, distance, measured
from hand_envs.core.simulation import Simulation
from hand_envs.core.streams import Streams
from hand_envs.core.task import Array, Parts
from hand_envs.hands.dexmv import HandShape, dexmv_scene
from hand_envs.objects import find
from hand_envs.objects.ycb import MUG_HEIGHT
from hand_envs.tasks.dexmv.base import DexmvTask, add_free_object, sense_nearness

TANK = (-0.08, -0.1)  # m, its middle on the table
TANK_SIZE = (0.15, 0.15, 0.08)  # m, over all
WALL = 0.012  # m, half the thickness of its walls
MUG = (0.14, -0.1, MUG_HEIGHT / 2)  # m
MUG_LOW, MUG_HIGH = (-0.06, 0.0), (0.04, 0.1)  # m, where it may stand from there
POURING = (0.05, 0.0, 0.12)  # m, from the middle of the tank's floor and its height: where the mug is to be tilted
PARTICLES, RADIUS, SPACING = (2, 2, 3), 0.01, 0.012  # in x, y and z; m
DROP = 0.06  # m, from the middle of the mug to where particles start
PARTICLE_MASS = 4.19e-3  # kg
MUG_REACH, ABOVE_MUG = (0.0585, 0.0465), 0.05  # m, aside of and above the mug's box: what is within is not spilt
COUNT = int(np.prod(PARTICLES))
LIFTED, AT_PLACE, NEAREST = 0.06, 0.05, 0.03  # m
WEIGHT_IN_DEXMV = (0.781, (9.64e-4, 1.04e-3, 8.8e-4))  # kg, kg m2: of its mug for pouring, at full size
CONTACTS: dict[str, Any] = {"condim": 4, "friction": (1.0, 0.005, 0.0001), "gap": 0.003}


class Pour(DexmvTask):
    """Pour what is in a mug into a tank.

    A mug with twelve particles stands on the table beside an open tank.

    ## Actions
    30 joint targets in [-1, 1], scaled to the actuators' control ranges: three arm translations (`ARTx`, `ARTy`,
    `ARTz`), three rotations (`ARRx`, `ARRy`, `ARRz`), two wrist and 22 finger joints. One step is 10 ms.

    ## Observations
    | part | width | unit | |
    |---|---|---|---|
    | hand | 30 | m, rad | arm translations and rotations, wrist and finger joints |
    | palm_to_mug | 3 | m | palm - mug |
    | palm_to_target | 3 | m | palm - pouring place above the tank |
    | mug_to_target | 3 | m | mug - pouring place |
    | mug_quaternion | 4 | | scalar first |

    With `observe="full"` also `hand_velocity` (30), `object_velocity` (6) and `particles` (36), relative to the mug.

    ## Rewards
    -0.1 |palm - mug| - 0.1 x the share of particles spilt. While the hand touches the mug: +0.1, and +50 for each metre
    it is lifted (at most to the pouring place's height); if that is more than 0.06 m, +2 - 0.5 |palm - target| -
    1.5 d, where d is the mug's distance to the pouring place; and then, if d < 0.05, 1 / max(d, 0.03) + 100 x the mug's
    tilt (rad) + 100 x the share of particles in the tank. Spilt is what is neither within the mug's box or 0.05 m
    above it nor above the tank.

    ## Success
    More than 0.3 of the particles are in the lower half of the tank, as H-InDex counts; it calls an episode a success
    after ten such steps. With `success="strict"`, at least 0.75.

    ## Starting state
    The hand in its initial pose, at rest. The mug stands at x in [0.08, 0.18], y in [-0.1, 0] m, and the particles fall
    into it. Both variants start alike; `legacy` has DexMV's contact solver too, which takes five times as long over a
    hundred contacts.

    ## Episode end
    Truncated after 200 steps. Never terminates.

    ## Version history
    - v0: DexMV's hand, observations and reward, for MuJoCo 4: contacts without margin, weights given in
      full; the tank is 0.08 m high, as in DexMV's demonstrations. (DexMV trained with 0.12.)

    Args:
        variant: see Starting state.
        observe: see Observations.
        success: see Success.
        weight: `dexmv` gives objects the weight they have there, `real` that of the real things.
    """

    horizon = 200

    def scene(self) -> mujoco.MjSpec:
        spec = dexmv_scene(HandShape(forearm=(0.08, 0.053), wrist=(0.025, 0.02), heel=True))
        if not self.legacy:
            spec.option.solver, spec.option.noslip_iterations = mujoco.mjtSolver.mjSOL_NEWTON, 0
        mug = find("mug")
        body = add_free_object(spec, MUG, mug.upright)
        mug.add_to(body, spec, **CONTACTS)
        mug.weight(self.weight).give_to(body)
        if self.weight == "dexmv":
            body.mass, body.inertia = WEIGHT_IN_DEXMV
        _add_tank(spec)
        for index in np.ndindex(*PARTICLES):
            _add_particle(spec, index)
        sense_nearness(spec)
        return spec

    def reset(self, sim: Simulation, ids: Array, rng: Streams) -> None:
        moved = rng.uniform(MUG_LOW, MUG_HIGH)
        sim.joint("object").qpos[ids, :2] += moved
        particles = len(self.hand.joints) + 7  # behind the hand and the mug
        for axis in range(2):
            sim.qpos[ids[:, None], particles + axis + 3 * np.arange(COUNT)] = moved[:, axis, None]

    def observe(self, sim: Simulation) -> Parts:
        palm, mug, target = self.palm(sim), self.object(sim), self.target(sim)
        parts = {
            "hand": self.joints(sim),
            "palm_to_mug": palm - mug,
            "palm_to_target": palm - target,
            "mug_to_target": mug - target,
            "mug_quaternion": sim.body("object").xquat,
        }
        if self.observed == "full":
            parts |= self.motion(sim)
            del parts["object_quaternion"]
            parts["particles"] = (self.particles(sim) - mug[:, None]).reshape(len(mug), -1)
        return parts

    def reward(self, sim: Simulation) -> Parts:
        palm, mug, target = self.palm(sim), self.object(sim), self.target(sim)
        away, touching = distance(mug, target), self.touching(sim)
        lift = np.maximum(np.minimum(mug[:, 2], target[:, 2]) - MUG_HEIGHT / 2, 0.0)
        carried = touching & (lift > LIFTED)
        there = carried & (away < AT_PLACE)
        tilt = np.arccos(clip(sim.body("object").xmat[:, 8], -1.0, 1.0))
        return {
            "reach": -0.1 * distance(palm, mug),
            "touch": 0.1 * touching,
            "lift": 50.0 * lift * touching,
            "carry": carried * (2.0 - 0.5 * distance(palm, target) - 1.5 * away),
            "near": there / np.maximum(away, NEAREST),
            "tilt": 100.0 * there * tilt,
            "poured": 100.0 * there * self.poured(sim),
            "spilt": -0.1 * self.spilt(sim),
        }

    def success_in_dexmv(self, sim: Simulation) -> Array:
        return self.poured(sim) > 0.3

    def success_strictly(self, sim: Simulation) -> Array:
        return self.poured(sim) >= 0.75

    def target(self, sim: Simulation) -> Array:
        """Where the mug is to be tilted (m)."""
        return sim.site("target").xpos

    def particles(self, sim: Simulation) -> Array:
        """Positions of the particles (m), (n, 12, 3)."""
        first = sim.body("particle_0_0_0").id
        return sim.xpos[:, first : first + COUNT]

    @measured
    def poured(self, sim: Simulation) -> Array:
        """Share of the particles that are in the lower half of the tank, as DexMV counts."""
        return (self._over_tank(sim, 0.0) & (self.particles(sim)[:, :, 2] < TANK_SIZE[2] / 2)).mean(axis=1)

    def spilt(self, sim: Simulation) -> Array:
        """Share of the particles that are neither in or above the mug nor above the tank."""
        from_mug = self.particles(sim) - self.object(sim)[:, None]
        aside, above = np.abs(from_mug[:, :, :2]), from_mug[:, :, 2]
        in_mug = (aside < MUG_REACH).all(axis=2) & (above > -MUG_HEIGHT / 2) & (above < MUG_HEIGHT / 2 + ABOVE_MUG)
        return 1.0 - (in_mug | self._over_tank(sim, 0.01)).mean(axis=1)

    def _over_tank(self, sim: Simulation, margin: float) -> Array:
        particles = self.particles(sim)
        aside = np.abs(particles[:, :, :2] - TANK)
        inside: Array = (aside < np.array(TANK_SIZE[:2]) / 2 + margin).all(axis=2) & (particles[:, :, 2] > 0.0)
        return inside


def _add_tank(spec: mujoco.MjSpec) -> None:
    x, y, z = (length / 2 for length in TANK_SIZE)
    tank = spec.worldbody.add_body(name="tank", pos=(*TANK, 0.0))
    boxes = {
        "floor": ((0.0, 0.0, 0.003), (x, y, WALL)),
        "left": ((WALL / 4 - x, 0.0, z), (WALL, y, z)),
        "right": ((x - WALL / 4, 0.0, z), (WALL, y, z)),
        "front": ((0.0, WALL / 4 - y, z), (x, WALL, z)),
        "back": ((0.0, y - WALL / 4, z), (x, WALL, z)),
    }
    for name, (pos, size) in boxes.items():
        tank.add_geom(
            name=f"tank_{name}",
            type=mujoco.mjtGeom.mjGEOM_BOX,
            pos=pos,
            size=size,
            margin=0.0,
            friction=(1.0, 0.005, 0.0001),
            rgba=(0.9, 0.8, 0.2, 0.5),
        )
    site = tank.add_site(name="target", pos=(POURING[0], POURING[1], TANK_SIZE[2] + POURING[2]))
    site.rgba = (0.1, 0.9, 0.1, 0.3)
    site.size[0] = 0.01


def _add_particle(spec: mujoco.MjSpec, index: tuple[int, ...]) -> None:
    """The one at this place of their grid."""
    name = "particle_" + "_".join(map(str, index))
    offset = SPACING * (np.array(index) - np.array(PARTICLES) / 2)
    body = spec.worldbody.add_body(name=name, pos=MUG + offset + (0.0, 0.0, DROP))
    for letter, axis in zip("xyz", np.eye(3), strict=True):
        body.add_joint(
            name=f"{name}_{letter}",
            type=mujoco.mjtJoint.mjJNT_SLIDE,
            axis=axis,
            limited=False,
            damping=0.01,
            armature=0.0,
            frictionloss=0.0,
        )
    body.add_geom(
        name=name,
        size=(RADIUS, 0.0, 0.0),
        mass=PARTICLE_MASS,
        condim=1,
        margin=0.0,
        friction=(1.0, 0.005, 0.0001),
        rgba=(0.2, 0.5, 0.95, 1.0),
    )
