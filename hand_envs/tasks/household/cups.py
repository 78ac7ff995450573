"""Pick a cup up, and pour what would be in it."""

from __future__ import annotations

import mujoco

from hand_envs.core.simulation import Simulation
from hand_envs.task import Array
from hand_envs.tasks.household import rules
from hand_envs.tasks.household.base import HouseholdTask
from hand_envs.tasks.household.catalogue import CUPS
from hand_envs.tasks.household.objects import add_free

AT = (0.06, 0.0, 0.0)
"""m, where the cup stands in the middle of its places."""
LIFTED = 0.01
"""m over the table from which a cup's base has left it."""
HIGH = 0.08
"""m over the table at which the lift is complete."""
_LEFT, _DROPPED = "household.left", "household.dropped"


class _Cup(HouseholdTask):
    """What both tasks with a cup share: whether it left the table, and whether it was dropped since."""

    objects = CUPS
    thing = "cup"

    def add_things(self, spec: mujoco.MjSpec) -> None:
        add_free(spec, self.thing, self.object, pos=AT)

    def prepare(self, sim: Simulation) -> None:
        super().prepare(sim)
        for name in (_LEFT, _DROPPED):
            sim.remember(name, dtype=int, low=0, high=1)

    def follow(self, sim: Simulation) -> None:
        left, dropped = self.left(sim), self.dropped(sim)
        sim.memory[_LEFT][:], sim.memory[_DROPPED][:] = left, dropped

    def left(self, sim: Simulation) -> Array:
        """Whether it has left the table in the hand, ever, (n,) bool."""
        return (sim.memory[_LEFT] > 0) | (self.held(sim) & (self.height(sim) > LIFTED))

    def dropped(self, sim: Simulation) -> Array:
        """Whether the hand did not have it, ever since it had left the table, (n,) bool."""
        return (sim.memory[_DROPPED] > 0) | ((sim.memory[_LEFT] > 0) & ~self.held(sim))

    def height(self, sim: Simulation) -> Array:
        """Of the cup's base over the table (m)."""
        return sim.site("cup_base").xpos[:, 2]


class PickCup(_Cup):
    """Pick a cup up.

    ## Rewards
    The score of now, from 0 to 1: 0.2 exp(-d / 0.06) for the distance d (m) of the hand's point of grasp to the cup's
    middle; 0.2 while the hand has the cup and the table has not; then 0.4 x the height of its base, of 8 cm; 0.2 while
    it is a success.

    ## Success
    The cup has left the table (by 1 cm) and the hand has had it ever since.

    ## Starting state
    The cup stands within 3 cm of (0.06, -0.015) m in x and 3.5 cm in y. The hand is open, behind and above it.
    """

    name = "pick-cup"
    words = "pick up the cup"

    def done(self, sim: Simulation) -> Array:
        return rules.cup_picked(self.left(sim), self.dropped(sim), self.held(sim))

    def progress(self, sim: Simulation) -> Array:
        return self.held(sim) * self.height(sim) / HIGH


class PourCup(_Cup):
    """Pick a cup up, and turn it over.

    ## Rewards
    The score of now, from 0 to 1: 0.2 exp(-d / 0.06) for the distance d (m) of the hand's point of grasp to the cup's
    middle; 0.2 while the hand has the cup and the table has not; then 0.4 x 1 - cos(tilt), at most 1; 0.2 while
    it is a success.

    ## Success
    The cup has left the table, the hand has had it ever since, and its rim is lower than its base.

    ## Starting state
    The cup stands within 3 cm of (0.06, -0.015) m in x and 3.5 cm in y. The hand is open, behind and above it.
    """

    name = "pour-cup"
    words = "pour from the cup"

    def done(self, sim: Simulation) -> Array:
        rim = sim.site("cup_rim").xpos[:, 2]
        return rules.cup_poured(self.left(sim), self.dropped(sim), self.held(sim), rim, self.height(sim))

    def progress(self, sim: Simulation) -> Array:
        upright = sim.body("cup").xmat[:, 8]  # cosine of its tilt
        return self.held(sim) * (1.0 - upright)
