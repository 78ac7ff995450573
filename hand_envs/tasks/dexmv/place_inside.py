"""Put a banana into a mug."""

from __future__ import annotations

import mujoco
import numpy as np

from hand_envs.core.measures import Array, clip, distance, dot, measured, norm
from hand_envs.core.simulation import Simulation
from hand_envs.core.streams import Streams
from hand_envs.core.task import Parts
from hand_envs.hands.dexmv import HandShape, dexmv_scene
from hand_envs.objects import Piece, Shape, find
from hand_envs.objects.ycb import MUG_HANDLE, MUG_HEIGHT, about_z
from hand_envs.tasks.dexmv.base import DexmvTask, add_free_object, sense_nearness

SCALE, MUG_SCALE = 0.8, 1.5
LENGTH, THICKNESS = 0.1784 * SCALE, 0.0366 * SCALE  # m, of the banana
MUG_TOP = MUG_HEIGHT * MUG_SCALE  # m, above the table
INNER_RADIUS, AXIS = 0.042 * MUG_SCALE, np.array([-0.006, 0.0]) * MUG_SCALE  # m, of the opening, from the mug's middle
BANANA_LOW, BANANA_HIGH = (-0.15, 0.1), (0.15, 0.2)  # m, where it may lie
DEFAULT_FRICTION = (1.0, 0.005, 0.0001)
NEARNESS = 0.03  # m, within which the hand counts as touching: DexMV's margin in this task
XY_SUCCESS = 0.1  # m
POINTS = np.linspace(-0.5, 0.5, 11)  # along the banana


class PlaceInside(DexmvTask):
    """Put a banana into a mug.

    A banana lies on the table behind a large mug, which does not move.

    ## Actions
    30 joint targets in [-1, 1], scaled to the actuators' control ranges: three arm translations (`ARTx`, `ARTy`,
    `ARTz`), three rotations (`ARRx`, `ARRy`, `ARRz`), two wrist and 22 finger joints. One step is 10 ms.

    ## Observations
    | part | width | unit | |
    |---|---|---|---|
    | hand | 30 | m, rad | arm translations and rotations, wrist and finger joints |
    | palm_to_banana | 3 | m | palm - banana |
    | palm_to_mug | 3 | m | palm - mug |
    | banana_to_mug | 3 | m | banana - mug |
    | banana_quaternion | 4 | | scalar first |

    With `observe="full"` also `hand_velocity` (30) and `object_velocity` (6).

    ## Rewards
    With d the distance of banana and mug in the plane (m), a the angle of the banana to the vertical, h how high the
    banana is lifted, t the height of the mug's rim, and m = t + a third of the banana's length:

    - -0.1 |palm - banana|;
    - with the hand within 0.03 m of the banana: +0.2 + 2 h; and if h > t, +0.2 - 0.5 x the distance of palm and mug in
      the plane - d; then +0.5 + 0.5 (pi/2 - a) if d < 0.05, and +0.3 if d < 0.03;
    - if d < 0.03 and a < 45 degrees: 12 (m - h); +0.5 + 2 (pi/2 - the mean bend of wrist and finger joints) if
      h < (t + m) / 2; +1.5 - d + 0.5 (pi/2 - a) if the hand is not near or h < t; +1.2 + 2 h if the hand is not near.

    ## Success
    d < 0.1 m, as H-InDex counts; it calls an episode a success after ten such steps. That is also true of a banana
    beside the mug. With `success="strict"`, at least half of the banana's length is inside the mug and the hand has let
    go.

    ## Starting state
    The hand in its initial pose, at rest. The banana lies at x in [-0.15, 0.15], y in [0.1, 0.2] m. Both variants are
    alike.

    ## Episode end
    Truncated after 200 steps. Never terminates.

    ## Version history
    - v0: DexMV's hand, observations and reward, for MuJoCo 4: contacts without margin, weights given in
      full; the mug is at 1.5 of its size, as in DexMV's training.

    Args:
        variant: see Starting state.
        observe: see Observations.
        success: see Success.
        weight: `dexmv` gives objects the weight they have there, `real` that of the real things.
    """

    horizon = 200

    def scene(self) -> mujoco.MjSpec:
        spec = dexmv_scene(HandShape(forearm=(0.05, 0.06), firm=True))
        banana = find("banana")
        body = add_free_object(spec, (0.0, 0.15, THICKNESS / 2), banana.upright)
        banana.add_to(body, spec, SCALE, condim=4, friction=DEFAULT_FRICTION, gap=NEARNESS)
        banana.weight(self.weight, SCALE).give_to(body)
        mug = spec.worldbody.add_body(name="mug", pos=(0.0, 0.0, MUG_HEIGHT / 2 * MUG_SCALE))
        CONTAINER.add_to(mug, spec, MUG_SCALE, friction=DEFAULT_FRICTION)
        sense_nearness(spec)
        return spec

    def reset(self, sim: Simulation, ids: Array, rng: Streams) -> None:
        sim.joint("object").qpos[ids, :2] = rng.uniform(BANANA_LOW, BANANA_HIGH)

    def observe(self, sim: Simulation) -> Parts:
        palm, banana, mug = self.palm(sim), self.object(sim), self.mug(sim)
        parts = {
            "hand": self.joints(sim),
            "palm_to_banana": palm - banana,
            "palm_to_mug": palm - mug,
            "banana_to_mug": banana - mug,
            "banana_quaternion": sim.body("object").xquat,
            **self.motion(sim),
        }
        parts.pop("object_quaternion", None)
        return parts

    def reward(self, sim: Simulation) -> Parts:
        palm, banana, mug = self.palm(sim), self.object(sim), self.mug(sim)
        near, aside, lean = self.touching(sim), self.aside(sim), self.lean(sim)
        top, highest = MUG_TOP, MUG_TOP + LENGTH / 3
        lift = np.maximum(np.minimum(banana[:, 2], highest) - THICKNESS / SCALE / 2, 0.0)
        upright = 0.5 + 0.5 * (np.pi / 2 - lean)
        above = near & (lift > top)
        inside = (aside < 0.03) & (lean < np.pi / 4)
        sinking = inside & (lift < (top + highest) / 2)
        free = inside & (~near | (lift <= top))
        left = inside & ~near
        bend = np.abs(self.joints(sim)[:, 6:]).mean(axis=1)
        return {
            "reach": -0.1 * distance(palm, banana),
            "lift": near * (0.2 + 2.0 * lift),
            "carry": above * (0.2 - 0.5 * norm((palm - mug)[:, :2]) - aside),
            "upright": (above & (aside < 0.05)) * upright,
            "over": 0.3 * (above & (aside < 0.03)),
            "lower": 12.0 * inside * (highest - lift),
            "open": sinking * (0.5 + 2.0 * (np.pi / 2 - bend)),
            "in": free * (1.0 - aside + upright),
            "left": left * (1.2 + 2.0 * lift),
        }

    def success_in_dexmv(self, sim: Simulation) -> Array:
        return self.aside(sim) < XY_SUCCESS

    def success_strictly(self, sim: Simulation) -> Array:
        return (self.share_inside(sim) >= 0.5) & ~self.touching(sim)

    def mug(self, sim: Simulation) -> Array:
        """Position of the middle of the mug (m)."""
        return sim.body("mug").xpos

    @measured
    def aside(self, sim: Simulation) -> Array:
        """Distance of banana and mug in the plane (m)."""
        return norm((self.object(sim) - self.mug(sim))[:, :2])

    @measured
    def lean(self, sim: Simulation) -> Array:
        """Angle of the banana's length to the vertical (rad)."""
        return np.arccos(clip(sim.body("object").xmat[:, 7], -1.0, 1.0))

    def share_inside(self, sim: Simulation) -> Array:
        """Share of the banana's length that is inside the mug."""
        along = sim.body("object").xmat[:, 1::3]
        points = self.object(sim)[:, None] + LENGTH * POINTS[:, None] * along[:, None]
        from_axis = (points - self.mug(sim)[:, None])[:, :, :2] - AXIS
        within = (dot(from_axis, from_axis) < INNER_RADIUS**2) & (points[:, :, 2] < MUG_TOP) & (points[:, :, 2] > 0.0)
        return within.mean(axis=1)


def _container() -> Shape:
    """DexMV's mug to put things into: wider than the one to pour from, and not quite round."""
    staves = []
    for turn in np.pi / 6 * np.arange(12):
        pos = (0.045 * np.cos(turn) - 0.006, 0.042 * np.sin(turn), 0.0015)
        staves.append(Piece("box", (0.0025, 0.014, 0.04), pos, about_z(turn)))
    disc = Piece("cylinder", (0.0425, 0.005), (0.0, 0.0, -0.033))
    return Shape("container", (*staves, disc, *MUG_HANDLE), mass=0.118, rgba=(0.8, 0.25, 0.2, 1.0))


CONTAINER = _container()
