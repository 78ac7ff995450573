"""Turn the pen in the hand to the shown orientation."""

from __future__ import annotations

from collections.abc import Mapping

import mujoco
import numpy as np

from hand_envs.core.measures import Staircase, axis, distance, dot, measured, quaternion_from_euler_xyz
from hand_envs.core.simulation import Simulation
from hand_envs.core.streams import Streams
from hand_envs.core.task import Array, Parts, Variation
from hand_envs.hands.adroit import adroit_scene
from hand_envs.tasks.adroit.base import AdroitTask

TILT = 1.0  # rad, the target is tilted by up to this much about x and about y
IN_PLACE = 0.075  # m, distance of the pen to the point over the palm where it belongs
ALIGNED, NEARLY_ALIGNED = 0.95, 0.9  # cosine between the pen and its target
DROPPED = 0.075  # m, height of a pen that is lost

BONUS = Staircase(above={NEARLY_ALIGNED: 10.0, ALIGNED: 50.0})


class Pen(AdroitTask):
    """Turn the pen in the hand to the shown orientation.

    The forearm is fixed, palm up; the fingers have to reorient the pen without dropping it. A second pen, out of reach,
    shows the orientation.

    ## Actions
    24 joint targets in [-1, 1], scaled to the actuators' control ranges: two wrist and 22 finger joints. One step is
    10 ms.

    ## Observations
    | part | width | unit | |
    |---|---|---|---|
    | hand | 24 | rad | wrist and finger joints |
    | pen | 3 | m | position of the pen |
    | pen_velocity | 6 | m/s, rad/s | velocity of the pen |
    | pen_direction | 3 | | unit vector from its bottom to its top |
    | target_direction | 3 | | the same of the target |
    | pen_to_place | 3 | m | pen - the point where it belongs |
    | pen_to_target_direction | 3 | | pen_direction - target_direction |

    ## Rewards
    With d the distance of the pen to its place in m, and c the cosine between pen and target:

    - `dense`: -d + c, and bonuses of 10 (d < 0.075 and c > 0.9) and 50 (d < 0.075 and c > 0.95), and -5 when dropped.
    - `sparse`: 10 if d < 0.075 and c > 0.95, else -0.1.
    - `paper`: 50 (d < 0.075 and c > 0.95).

    ## Success
    d < 0.075 m and c > 0.95; with `reward="paper"`, c > 0.95.

    ## Starting state
    The hand in its initial pose with the pen on its fingers, at rest. The target at Euler angles U(-1, 1), U(-1, 1), 0
    rad.

    ## Episode end
    Terminates when the pen is lower than 0.075 m, unless `terminate_on_drop=False`. Truncated after 100 steps.

    ## Version history
    - v0: dynamics and observations of gymnasium-robotics' AdroitHandPen-v1; rewards and termination of DAPG.
    """

    horizon = 100
    goal_steps = 21
    variations = {"desired_orien": Variation("body", "target", "quat")}
    proprioception = ("hand",)

    def __init__(self, reward: str = "dense", terminate_on_drop: bool = True) -> None:
        super().__init__(reward)
        self.terminate_on_drop = terminate_on_drop

    def scene(self) -> mujoco.MjSpec:
        return adroit_scene("adroit_pen.xml", eye=(-0.45, -0.62, 0.62), at=(0.06, -0.22, 0.24))

    def reset(self, sim: Simulation, ids: Array, rng: Streams) -> None:
        tilt = rng.uniform((-TILT, -TILT), (TILT, TILT))
        angles = np.concatenate([tilt, np.zeros_like(tilt[:, :1])], axis=1)
        sim.body("target").quat[ids] = quaternion_from_euler_xyz(angles)

    def observe(self, sim: Simulation) -> Parts:
        pen = sim.body("Object").xpos
        direction, target = self.direction(sim), self.target_direction(sim)
        return {
            "hand": sim.qpos[:, :-6],
            "pen": pen,
            "pen_velocity": sim.qvel[:, -6:],
            "pen_direction": direction,
            "target_direction": target,
            "pen_to_place": pen - sim.site("eps_ball").xpos,
            "pen_to_target_direction": direction - target,
        }

    def dense(self, sim: Simulation) -> Parts:
        away, cosine = self.away(sim), self.cosine(sim)
        return {
            "place": -away,
            "align": cosine,
            "bonus": self.in_place(sim) * BONUS(cosine),
            "drop": -5.0 * self.dropped(sim),
        }

    def paper(self, sim: Simulation) -> Parts:
        return {"bonus": 50.0 * self.goal_reached(sim)}

    def goal_reached(self, sim: Simulation) -> Array:
        return self.in_place(sim) & (self.cosine(sim) > ALIGNED)

    def success_in_paper(self, sim: Simulation) -> Array:
        return self.cosine(sim) > ALIGNED

    def lost(self, sim: Simulation) -> Array | None:
        return self.dropped(sim) if self.terminate_on_drop else None

    def start_from_dapg(self, state: Mapping[str, Array]) -> dict[str, Array]:
        start = super().start_from_dapg(state)
        start["desired_orien"] = _as_quaternion(start["desired_orien"])
        return start

    def direction(self, sim: Simulation) -> Array:
        """Unit vector along the pen."""
        return axis(sim.body("Object").xmat, 2)

    def target_direction(self, sim: Simulation) -> Array:
        """Unit vector along the target."""
        return axis(sim.body("target").xmat, 2)

    @measured
    def away(self, sim: Simulation) -> Array:
        """Distance of the pen to the point over the palm where it belongs (m)."""
        return distance(sim.body("Object").xpos, sim.site("eps_ball").xpos)

    def in_place(self, sim: Simulation) -> Array:
        """Whether the pen is over the palm, where it belongs."""
        return self.away(sim) < IN_PLACE

    @measured
    def cosine(self, sim: Simulation) -> Array:
        """Cosine between the pen and its target."""
        return dot(self.direction(sim), self.target_direction(sim))

    @measured
    def dropped(self, sim: Simulation) -> Array:
        """Whether the pen has fallen out of the hand."""
        return sim.body("Object").xpos[:, 2] < DROPPED


def _as_quaternion(orientation: Array) -> Array:
    """DAPG files hold the target's orientation as a quaternion, older ones as Euler angles."""
    return orientation if orientation.size == 4 else quaternion_from_euler_xyz(orientation.reshape(1, 3))[0]
