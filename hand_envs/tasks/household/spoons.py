"""What is done with a spoon: pick it up, stir a pot, scoop a grape out of a dish."""

from __future__ import annotations

import mujoco
import numpy as np

from hand_envs.core.simulation import Simulation
from hand_envs.core.streams import Streams
from hand_envs.task import Array
from hand_envs.tasks.household import rules
from hand_envs.tasks.household.base import HouseholdTask
from hand_envs.tasks.household.catalogue import LADLES, SCOOPS, SPOONS
from hand_envs.tasks.household.objects import Grape, Spoon, Vessel, add_free
from hand_envs.tasks.household.scenery import add_touch

HIGH = 0.12
"""m over the table at which the grip of a spoon that is picked up is high enough."""
POT = Vessel(0.095, 0.05, 1.2, (0.35, 0.36, 0.40))
DISH = Vessel(0.085, 0.03, 0.9, (0.90, 0.90, 0.94), flare=0.010)
GRAPE = Grape(0.010, 0.005, (0.45, 0.15, 0.40))
AT = (0.06, -0.04)
"""m, where pot and dish stand in the middle of their places."""
STIRRED = 0.025
"""m that the stirrer stands from the middle of the pot."""
_FROM, _TURNED = "household.from", "household.turned"


def facing(yaw: float) -> tuple[float, float, float, float]:
    """The quaternion of a turn about the vertical (rad)."""
    return (float(np.cos(yaw / 2)), 0.0, 0.0, float(np.sin(yaw / 2)))


class PickSpoon(HouseholdTask):
    """Pick a spoon up from the table.

    ## Rewards
    The score of now, from 0 to 1: 0.2 exp(-d / 0.06) for the distance d (m) of the hand's point of grasp to the handle;
    0.2 while the hand has the spoon and the table has not; then 0.4 x the height of the handle, of 12 cm; 0.2 while it
    is a success.

    ## Success
    The spoon does not touch the table: to count at the end.

    ## Starting state
    The spoon stands on its bowl, its handle towards the arm and aside, its bowl within 3 cm of (0.11, -0.065) m in x
    and 3.5 cm in y. The hand is open, behind and above it.
    """

    name = "pick-spoon"
    words = "pick up the spoon"
    objects = SPOONS
    thing = "spoon"

    def add_things(self, spec: mujoco.MjSpec) -> None:
        add_free(spec, self.thing, self.object, pos=(0.11, -0.05, 0.002), quat=facing(2.75))

    def done(self, sim: Simulation) -> Array:
        return rules.spoon_picked(self.resting(sim))

    def progress(self, sim: Simulation) -> Array:
        return self.held(sim) * sim.site("spoon_grip").xpos[:, 2] / HIGH


class StirSpoon(HouseholdTask):
    """Stir a pot with the spoon that stands in it.

    ## Rewards
    The score of now, from 0 to 1: 0.2 exp(-d / 0.06) for the distance d (m) of the hand's point of grasp to the handle;
    0.2 while the hand has the spoon and the table has not; 0.4 x how far its base went around the pot, of 180 degrees;
    0.2 while it is a success.

    ## Success
    The spoon's base went at least 180 degrees around the pot while it was grasped, one way.

    ## Starting state
    The spoon stands on its bowl in the pot, which is within 3 cm of (0.06, -0.055) m in x and 3.5 cm in y. The hand is
    open, behind and above it.
    """

    name = "stir-spoon"
    words = "stir with the spoon"
    objects = LADLES
    thing = "spoon"
    others = ("pot",)

    def add_things(self, spec: mujoco.MjSpec) -> None:
        add_free(spec, "pot", POT, pos=(*AT, 0.0))
        add_free(spec, self.thing, self.object, pos=(AT[0], AT[1] - STIRRED, 0.006), quat=facing(np.pi / 2))

    def prepare(self, sim: Simulation) -> None:
        super().prepare(sim)
        sim.remember(_FROM, low=-np.pi, high=np.pi)
        sim.remember(_TURNED)

    def reset(self, sim: Simulation, ids: Array, rng: Streams) -> None:
        super().reset(sim, ids, rng)
        sim.forward(ids)
        sim.memory[_FROM][ids] = self.direction(sim)[ids]

    def follow(self, sim: Simulation) -> None:
        turned = self.turned(sim)
        sim.memory[_FROM][:], sim.memory[_TURNED][:] = self.direction(sim), turned

    def direction(self, sim: Simulation) -> Array:
        """Where the spoon's base is, around the pot's middle (rad)."""
        x, y = (sim.site("spoon_base").xpos - sim.site("pot_base").xpos)[:, :2].T
        return np.arctan2(y, x)

    def turned(self, sim: Simulation) -> Array:
        """How far the base went around the pot while grasped (rad)."""
        now = rules.turn(sim.memory[_FROM], self.direction(sim))
        return sim.memory[_TURNED] + now * self.grasped(sim)

    def done(self, sim: Simulation) -> Array:
        return rules.stirred(self.turned(sim))

    def progress(self, sim: Simulation) -> Array:
        return np.abs(self.turned(sim)) / rules.AROUND


class ScoopGrape(HouseholdTask):
    """Scoop a grape out of a dish.

    ## Rewards
    The score of now, from 0 to 1: 0.2 exp(-d / 0.06) for the distance d (m) of the hand's point of grasp to the handle;
    0.2 while the hand has the spoon and the table has not; 0.2 with a grape on the spoon, and 0.2 x the height of the
    spoon's bowl, of 8 cm, with a grape on it that the hand holds; 0.2 while it is a success.

    ## Success
    At least one grape is on the spoon, and the hand holds the spoon: to count at the end. A spoon that touches dish or
    table is held by these.

    ## Starting state
    The spoon stands on its bowl in the dish, six grapes before it. The dish is within 3 cm of (0.06, -0.055) m in x and
    3.5 cm in y. The hand is open, behind and above it.
    """

    name = "scoop-grape"
    words = "scoop a grape with the spoon"
    objects = SCOOPS
    thing = "spoon"
    others = ("dish", *(f"grape_{number}" for number in range(6)))

    def add_things(self, spec: mujoco.MjSpec) -> None:
        add_free(spec, "dish", DISH, pos=(*AT, 0.0))
        add_free(spec, self.thing, self.object, pos=(AT[0], AT[1] + 0.028, 0.006), quat=facing(np.pi / 2))
        for number in range(6):
            across, along = 0.023 * (number % 3 - 1), -0.024 - 0.023 * (number // 3)
            add_free(spec, f"grape_{number}", GRAPE, pos=(AT[0] + across, AT[1] + along, 0.016))

    def scene(self) -> mujoco.MjSpec:
        spec = super().scene()
        add_touch(spec, "leaning", (mujoco.mjtObj.mjOBJ_BODY, self.thing), (mujoco.mjtObj.mjOBJ_BODY, "dish"))
        return spec

    def grapes(self, sim: Simulation) -> Array:
        """How many are on the spoon, (n,)."""
        assert isinstance(self.object, Spoon)
        length, width, depth = self.object.bowl
        spoon = sim.body(self.thing)
        turn = spoon.xmat.reshape(-1, 3, 3)
        found = np.zeros(len(turn), np.int64)
        for name in self.others[1:]:
            at = np.einsum("nij,ni->nj", turn, sim.body(name).xpos - spoon.xpos)  # in the spoon's frame
            beside = (np.abs(at[:, :2]) < (length / 2, width / 2)).all(axis=1)
            found += beside & (at[:, 2] > 0.0) & (at[:, 2] < depth + GRAPE.radius)
        return found

    def held(self, sim: Simulation) -> Array:
        return self.grasped(sim) & ~self.resting(sim) & ~self.sensed(sim, "leaning")

    def done(self, sim: Simulation) -> Array:
        return rules.grape_scooped(self.grapes(sim), self.held(sim))

    def progress(self, sim: Simulation) -> Array:
        height = np.clip(sim.site("spoon_bowl").xpos[:, 2] / 0.08, 0.0, 1.0)
        return (self.grapes(sim) > 0) * (0.5 + 0.5 * height * self.held(sim))
