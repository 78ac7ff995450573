"""Pick up the hammer and drive the nail into the board."""

from __future__ import annotations

import mujoco
import numpy as np

from hand_envs.core.measures import Staircase, clip, distance, euler_xyz, measured, norm
from hand_envs.core.simulation import Simulation
from hand_envs.core.streams import Streams
from hand_envs.core.task import Array, Parts, Variation
from hand_envs.hands.adroit import ADROIT, adroit_scene
from hand_envs.hands.scenery import add_top
from hand_envs.tasks.adroit.base import AdroitTask

BOARD_LOW, BOARD_HIGH = 0.1, 0.25  # m, height of the nail board
DRIVEN, NEARLY_DRIVEN, STARTED = 0.01, 0.02, 0.10  # m, distance of the nail to its goal
LIFTED = 0.04  # m, height from which the hammer counts as picked up

LIFT_BONUS = Staircase(above={LIFTED: 2.0})
BONUS = Staircase(below={DRIVEN: 75.0, NEARLY_DRIVEN: 25.0})
PAPER_BONUS = Staircase(below={NEARLY_DRIVEN: 25.0, STARTED: 75.0})


class Hammer(AdroitTask):
    """Pick up the hammer and drive the nail into the board.

    The nail is stiff (dry friction of 2.5 N holds it) and takes several blows, or one well aimed.

    ## Actions
    26 joint targets in [-1, 1], scaled to the actuators' control ranges: two arm rotations (`ARRx`, `ARRy`), two wrist
    and 22 finger joints. One step is 10 ms.

    ## Observations
    | part | width | unit | |
    |---|---|---|---|
    | hand | 26 | rad | arm rotations, wrist and finger joints |
    | nail_depth | 1 | m | how far the nail has been driven |
    | hammer_velocity | 6 | m/s, rad/s | velocity of the hammer, clipped to [-1, 1] |
    | palm | 3 | m | position of the palm |
    | hammer | 3 | m | position of the hammer |
    | hammer_rotation | 3 | rad | its Euler angles, R = Rx(a) Ry(b) Rz(c) |
    | nail | 3 | m | position of the nail's head |
    | impact | 1 | N | force on the nail, clipped to [-1, 1] |

    ## Rewards
    With d the distance of the nail to its goal in m and v all joint velocities:

    - `dense`: -0.1 |palm - hammer| - |head - nail| - 10 d - 0.01 |v|, and bonuses of 2 (hammer and its head higher than
      0.04), 25 (d < 0.02) and 75 (d < 0.01).
    - `sparse`: 10 if d < 0.01, else -0.1.
    - `paper`: 75 (d < 0.10) + 25 (d < 0.02) - 10 d.

    ## Success
    d < 0.01 m.

    ## Starting state
    The hand in its initial pose and the hammer on the table, at rest. The board at a height z in [0.1, 0.25] m.

    ## Episode end
    Truncated after 200 steps. Never terminates.

    ## Version history
    - v0: dynamics and observations of gymnasium-robotics' AdroitHandHammer-v1; rewards of DAPG.
    """

    horizon = 200
    hand = ADROIT.on_arm("ARRx", "ARRy")
    variations = {"board_pos": Variation("body", "nail_board", "pos")}
    proprioception = ("hand", "palm")
    constant = {
        "nail_depth": "random actions never strike the nail",
        "impact": "random actions never strike the nail",
        "nail": "only its height varies: the board always stands at the same x and y",
    }

    def scene(self) -> mujoco.MjSpec:
        spec = adroit_scene("adroit_hammer.xml", eye=(-0.75, -0.75, 0.6), at=(0.0, -0.1, 0.12))
        add_top(spec, 1.1)
        return spec

    def reset(self, sim: Simulation, ids: Array, rng: Streams) -> None:
        sim.body("nail_board").pos[ids, 2] = rng.uniform(BOARD_LOW, BOARD_HIGH)

    def observe(self, sim: Simulation) -> Parts:
        hammer = sim.body("Object")
        return {
            "hand": sim.qpos[:, :-7],
            "nail_depth": sim.joint("nail_dir").qpos,
            "hammer_velocity": clip(sim.qvel[:, -6:], -1.0, 1.0),
            "palm": sim.site(ADROIT.palm).xpos,
            "hammer": hammer.xpos,
            "hammer_rotation": euler_xyz(hammer.xmat),
            "nail": sim.site("S_target").xpos,
            "impact": clip(sim.sensor("S_nail").data, -1.0, 1.0),
        }

    def dense(self, sim: Simulation) -> Parts:
        hammer, head, nail = sim.body("Object").xpos, sim.site("tool").xpos, sim.site("S_target").xpos
        depth = self.nail_to_goal(sim)
        return {
            "reach": -0.1 * distance(sim.site(ADROIT.palm).xpos, hammer),
            "aim": -distance(head, nail),
            "drive": -10.0 * depth,
            "effort": -0.01 * norm(sim.qvel),
            "lift": LIFT_BONUS(np.minimum(hammer[:, 2], head[:, 2])),
            "bonus": BONUS(depth),
        }

    def paper(self, sim: Simulation) -> Parts:
        depth = self.nail_to_goal(sim)
        return {"drive": -10.0 * depth, "bonus": PAPER_BONUS(depth)}

    def goal_reached(self, sim: Simulation) -> Array:
        return self.nail_to_goal(sim) < DRIVEN

    def success_in_paper(self, sim: Simulation) -> Array:
        return self.goal_reached(sim)

    @measured
    def nail_to_goal(self, sim: Simulation) -> Array:
        """Distance of the nail's head to where it should end (m)."""
        return distance(sim.site("S_target").xpos, sim.site("nail_goal").xpos)
