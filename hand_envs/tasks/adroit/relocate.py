"""Pick up the ball and carry it to the target."""

from __future__ import annotations

from collections.abc import Mapping

import mujoco

from hand_envs.core.measures import Staircase, distance, measured
from hand_envs.core.simulation import Simulation
from hand_envs.core.streams import Streams
from hand_envs.core.task import Array, Parts, Variation
from hand_envs.hands.adroit import ADROIT, FLYING_ARM, adroit_scene
from hand_envs.tasks.adroit.base import AdroitTask

BALL_LOW, BALL_HIGH = (-0.15, -0.15), (0.15, 0.3)  # m, where the ball may lie on the table
TARGET_LOW, TARGET_HIGH = (-0.2, -0.2, 0.15), (0.2, 0.2, 0.35)  # m, where the target may hang
NEAR, VERY_NEAR = 0.1, 0.05  # m, distance of the ball to the target
LIFTED = 0.04  # m, height from which the ball counts as picked up

BONUS = Staircase(below={VERY_NEAR: 20.0, NEAR: 10.0})


class Relocate(AdroitTask):
    """Pick up the ball and carry it to the target.

    A ball lies somewhere on the table; a translucent green sphere in the air shows where it has to go and be held.

    ## Actions
    30 joint targets in [-1, 1], scaled to the actuators' control ranges: three arm translations (`ARTx`, `ARTy`,
    `ARTz`), three rotations (`ARRx`, `ARRy`, `ARRz`), two wrist and 22 finger joints. One step is 10 ms.

    ## Observations
    | part | width | unit | |
    |---|---|---|---|
    | hand | 30 | m, rad | arm translations and rotations, wrist and finger joints |
    | palm_to_ball | 3 | m | palm - ball |
    | palm_to_target | 3 | m | palm - target |
    | ball_to_target | 3 | m | ball - target |

    ## Rewards
    With d the distance of the ball to the target in m:

    - `dense`: -0.1 |palm - ball|; if the ball is higher than 0.04, +1 - 0.5 |palm - target| - 0.5 d; bonuses of
      10 (d < 0.1) and 20 (d < 0.05).
    - `sparse`: 10 if d < 0.1, else -0.1.
    - `paper`: 10 (d < 0.1) + 20 (d < 0.05).

    ## Success
    d < 0.1 m; with `reward="paper"`, d < 0.05 m.

    ## Starting state
    The hand in its initial pose, at rest. The ball on the table at x in [-0.15, 0.15], y in [-0.15, 0.3] m; the target
    at x, y in [-0.2, 0.2], z in [0.15, 0.35] m.

    ## Episode end
    Truncated after 200 steps. Never terminates.

    ## Version history
    - v0: dynamics and observations of gymnasium-robotics' AdroitHandRelocate-v1; rewards of DAPG.
    """

    horizon = 200
    hand = ADROIT.on_arm(*FLYING_ARM)
    variations = {
        "obj_pos": Variation("body", "Object", "pos"),
        "target_pos": Variation("site", "target", "pos"),
    }
    proprioception = ("hand",)

    def scene(self) -> mujoco.MjSpec:
        return adroit_scene("adroit_relocate.xml", eye=(0.7, -0.95, 0.7), at=(0.0, -0.05, 0.13))

    def reset(self, sim: Simulation, ids: Array, rng: Streams) -> None:
        sim.body("Object").pos[ids, :2] = rng.uniform(BALL_LOW, BALL_HIGH)
        sim.site("target").pos[ids] = rng.uniform(TARGET_LOW, TARGET_HIGH)

    def observe(self, sim: Simulation) -> Parts:
        palm, ball, target = self.palm(sim), self.ball(sim), self.target(sim)
        return {
            "hand": sim.qpos[:, :-6],
            "palm_to_ball": palm - ball,
            "palm_to_target": palm - target,
            "ball_to_target": ball - target,
        }

    def dense(self, sim: Simulation) -> Parts:
        palm, ball, target = self.palm(sim), self.ball(sim), self.target(sim)
        away = self.ball_to_target(sim)
        return {
            "reach": -0.1 * distance(palm, ball),
            "carry": (ball[:, 2] > LIFTED) * (1.0 - 0.5 * distance(palm, target) - 0.5 * away),
            "bonus": BONUS(away),
        }

    def paper(self, sim: Simulation) -> Parts:
        return {"bonus": BONUS(self.ball_to_target(sim))}

    def goal_reached(self, sim: Simulation) -> Array:
        return self.ball_to_target(sim) < NEAR

    def success_in_paper(self, sim: Simulation) -> Array:
        return self.ball_to_target(sim) < VERY_NEAR

    def start_from_dapg(self, state: Mapping[str, Array]) -> dict[str, Array]:
        """DAPG stores where the ball *is*; its body starts there less what its joints have moved it."""
        start = super().start_from_dapg(state)
        start["obj_pos"] = start["obj_pos"] - start["qpos"][-6:-3]
        return start

    def palm(self, sim: Simulation) -> Array:
        """Position of the palm (m)."""
        return sim.site(ADROIT.palm).xpos

    def ball(self, sim: Simulation) -> Array:
        """Position of the ball (m)."""
        return sim.body("Object").xpos

    def target(self, sim: Simulation) -> Array:
        """Position of the target (m)."""
        return sim.site("target").xpos

    @measured
    def ball_to_target(self, sim: Simulation) -> Array:
        """Distance of the ball to the target (m)."""
        return distance(self.ball(sim), self.target(sim))
