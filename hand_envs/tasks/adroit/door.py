"""Undo the latch and swing the door open."""

from __future__ import annotations

import mujoco
import numpy as np

from hand_envs.core.measures import Staircase, distance, square_sum
from hand_envs.core.simulation import Simulation
from hand_envs.core.streams import Streams
from hand_envs.core.task import Array, Parts, Variation
from hand_envs.hands.adroit import ADROIT, adroit_scene
from hand_envs.hands.scenery import add_top
from hand_envs.tasks.adroit.base import AdroitTask

FRAME_LOW, FRAME_HIGH = (-0.3, 0.25, 0.252), (-0.2, 0.35, 0.35)  # m, where the door frame may stand
AJAR, OPEN, WIDE_OPEN = 0.2, 1.0, 1.35  # rad, hinge angles
FULLY_OPEN = 1.57  # rad, the end of the hinge's range

IS_OPEN = Staircase(above={OPEN: 2.0}, base=-1.0)
BONUS = Staircase(above={AJAR: 2.0, OPEN: 8.0, WIDE_OPEN: 10.0})
PAPER_BONUS = Staircase(above={OPEN: 8.0, 1.2: 2.0, WIDE_OPEN: 10.0})


class Door(AdroitTask):
    """Undo the latch and swing the door open.

    A free-standing door is latched shut. The hand has to grasp the handle, turn it against a stiff latch and pull the
    door open; nothing tells it about the latch but touching it.

    ## Actions
    28 joint targets in [-1, 1], scaled to the actuators' control ranges: the arm's reach towards the door (`ARTz`) and
    three rotations (`ARRx`, `ARRy`, `ARRz`), two wrist and 22 finger joints. One step is 10 ms.

    ## Observations
    | part | width | unit | |
    |---|---|---|---|
    | hand | 27 | rad | arm rotations, wrist and finger joints |
    | latch | 1 | rad | angle of the latch |
    | hinge | 1 | rad | angle of the door |
    | palm | 3 | m | position of the palm |
    | handle | 3 | m | position of the door handle |
    | palm_to_handle | 3 | m | palm - handle |
    | open | 1 | | 1 if the hinge is beyond 1 rad, else -1 |

    Positions, here and in all Adroit tasks, are one physics step (2 ms) older than the joint angles, as in the
    originals.

    ## Rewards
    With p the hinge angle in rad and v all joint velocities:

    - `dense`: -0.1 |palm - handle| - 0.1 (p - 1.57)^2 - 1e-5 sum v^2, and bonuses of 2 (p > 0.2), 8 (p > 1.0) and
      10 (p > 1.35).
    - `sparse`: 10 if p >= 1.35, else -0.1.
    - `paper`: 10 (p > 1.35) + 8 (p > 1.0) + 2 (p > 1.2) - 0.1 |p - 1.57|.
    - `guided`: `paper` and 10 p, so that opening the door further pays at every angle.

    ## Success
    p >= 1.35 rad; with `reward="paper"` or `"guided"`, p > 1.0 rad.

    ## Starting state
    The hand in its initial pose, at rest. The door frame at x in [-0.3, -0.2], y in [0.25, 0.35], z in [0.252, 0.35] m.

    ## Episode end
    Truncated after 200 steps. Never terminates.

    ## Version history
    - v0: dynamics and observations of gymnasium-robotics' AdroitHandDoor-v1; rewards of DAPG.
    """

    rewards = (*AdroitTask.rewards, "guided")
    horizon = 200
    hand = ADROIT.on_arm("ARTz", "ARRx", "ARRy", "ARRz")
    variations = {"door_body_pos": Variation("body", "frame", "pos")}
    handled = ("door",)
    proprioception = ("hand", "palm")
    constant = {"open": "random actions never open the door"}

    def scene(self) -> mujoco.MjSpec:
        spec = adroit_scene("adroit_door.xml", eye=(0.75, -0.95, 0.75), at=(-0.02, 0.0, 0.22))
        add_top(spec, 1.5)
        return spec

    def reset(self, sim: Simulation, ids: Array, rng: Streams) -> None:
        sim.body("frame").pos[ids] = rng.uniform(FRAME_LOW, FRAME_HIGH)

    def observe(self, sim: Simulation) -> Parts:
        palm, handle = sim.site(ADROIT.palm).xpos, sim.site("S_handle").xpos
        hinge = sim.joint("door_hinge").qpos
        return {
            "hand": sim.qpos[:, 1:-2],
            "latch": sim.joint("latch").qpos,
            "hinge": hinge,
            "palm": palm,
            "handle": handle,
            "palm_to_handle": palm - handle,
            "open": IS_OPEN(hinge),
        }

    def dense(self, sim: Simulation) -> Parts:
        hinge = self.hinge(sim)
        return {
            "reach": -0.1 * distance(sim.site(ADROIT.palm).xpos, sim.site("S_handle").xpos),
            "open": -0.1 * (hinge - FULLY_OPEN) ** 2,
            "effort": -1e-5 * square_sum(sim.qvel),
            "bonus": BONUS(hinge),
        }

    def paper(self, sim: Simulation) -> Parts:
        hinge = self.hinge(sim)
        return {
            "open": -0.1 * np.abs(hinge - FULLY_OPEN),
            "bonus": PAPER_BONUS(hinge),
        }

    def guided(self, sim: Simulation) -> Parts:
        """The paper's terms, and one that grows with the angle."""
        return {**self.paper(sim), "angle": 10.0 * self.hinge(sim)}

    def goal_reached(self, sim: Simulation) -> Array:
        return self.hinge(sim) >= WIDE_OPEN

    def success_in_paper(self, sim: Simulation) -> Array:
        return self.hinge(sim) > OPEN

    def hinge(self, sim: Simulation) -> Array:
        """Angle of the door (rad)."""
        return sim.joint("door_hinge").qpos[:, 0]
