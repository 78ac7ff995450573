"""Open a drawer that is slightly open."""

from __future__ import annotations

import mujoco

from hand_envs.core.simulation import Simulation
from hand_envs.core.streams import Streams
from hand_envs.task import Array
from hand_envs.tasks.household import rules
from hand_envs.tasks.household.base import HouseholdTask
from hand_envs.tasks.household.catalogue import CHESTS
from hand_envs.tasks.household.objects import add_free

AT = (0.25, 0.0, 0.0)
"""m, where the chest stands in the middle of its places."""
START = (0.005, 0.02)
"""m that the drawer is open at the start, from and to."""
WIDE = 0.05
"""m that it is to be more open for the task to be complete."""
_START = "household.start"


class OpenDrawer(HouseholdTask):
    """Open a drawer that is slightly open.

    ## Rewards
    The score of now, from 0 to 1: 0.2 exp(-d / 0.06) for the distance d (m) of the hand's point of grasp to the bar
    of the drawer; 0.2 while the hand touches the chest or its drawer; 0.4 x how much more the drawer is open than at
    the start, of 5 cm; 0.2 while it is a success.

    ## Success
    The drawer is at least 1 cm more open than at the start.

    ## Starting state
    The chest stands within 3 cm of (0.25, -0.015) m in x and 3.5 cm in y, its drawer from 0.5 to 2 cm open. The hand is
    open, behind and above it.
    """

    name = "open-drawer"
    words = "open the drawer"
    objects = CHESTS
    thing = "chest"

    def add_things(self, spec: mujoco.MjSpec) -> None:
        add_free(spec, self.thing, self.object, pos=AT)

    def prepare(self, sim: Simulation) -> None:
        super().prepare(sim)
        sim.remember(_START, low=0.0, high=1.0)

    def reset(self, sim: Simulation, ids: Array, rng: Streams) -> None:
        super().reset(sim, ids, rng)
        start = rng.uniform(*START)
        sim.joint("chest_opening").qpos[ids, 0] = sim.memory[_START][ids] = start

    def opening(self, sim: Simulation) -> Array:
        """How far the drawer is open (m)."""
        return sim.joint("chest_opening").qpos[:, 0]

    def held(self, sim: Simulation) -> Array:
        return self.sensed(sim, "touched")

    def done(self, sim: Simulation) -> Array:
        return rules.drawer_opened(self.opening(sim), sim.memory[_START])

    def progress(self, sim: Simulation) -> Array:
        return (self.opening(sim) - sim.memory[_START]) / WIDE
