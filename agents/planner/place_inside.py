"""Place inside: take the banana, hold it over the mug on end as far as the arm's roll goes, and let go."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from agents.planner.grip import Grip
from agents.planner.pour import SLIDES
from agents.planner.problem import Array, ease
from agents.planner.relocate import BALL, OPEN, Keys, Phases, RelocateProblem
from hand_envs.tasks.dexmv.place_inside import MUG_TOP, THICKNESS, PlaceInside

OVER = np.array([0.0, 0.0, MUG_TOP + 0.1])  # m, where the banana comes to
END_UP = np.array([0.0, 0.0, MUG_TOP / 2])  # m, where its middle ends
AWAY = np.array([0.0, 0.0, 0.06])  # m, how far the hand then goes up


class PlaceInsideProblem(RelocateProblem):
    """The banana rests until it is grasped, rises, goes over the mug, is turned on end and let go."""

    env_id = "HandPlaceInside-v0"
    options = {"success": "strict"}
    steps = 190
    enough = 0.3
    rounds = 0
    scatter = 0.7
    patience = 3
    stays = 10
    far = ("ARRy",)
    phases = Phases(over=30, down=45, closed=60, squeezed=68, lifted=92, there=120)
    turned: ClassVar[int] = 140
    released: ClassVar[int] = 152
    rise = np.array([0.0, 0.0, 0.15])
    first = Grip(
        offset=(0.0, -0.005, 0.012),
        hand={"ARTy": 0.19, "ARRy": 0.0, "ARRz": 0.4, "WRJ0": 0.5, "WRJ1": 0.0},
        close=BALL.close,
        squeeze=BALL.hold,
        hold=BALL.hold,
        aside=(0.0, 0.0, MUG_TOP + 0.06),
        turned={"ARRx": 0.2, "ARRy": 0.0, "ARRz": -0.72, "WRJ0": 0.2, "WRJ1": 0.0},
    )
    radius = THICKNESS / 2

    def thing(self) -> Array:
        assert isinstance(self.task, PlaceInside)
        return self.task.object(self.sim)

    def target(self) -> Array:
        return OVER

    def ending(self, end: dict[str, float]) -> Keys:
        grip = self.grip
        turned, away = (self.reach("S_grasp", up + grip.aside, SLIDES, dict(grip.turned)) for up in (np.zeros(3), AWAY))
        return {
            self.phases.there: {**end, **grip.hold},
            self.turned: {**turned, **grip.hold},
            self.released: {**turned, **OPEN},
            self.steps: {**away, **OPEN},
        }

    def cost(self, step: int) -> Array:
        if step <= self.phases.there:
            return super().cost(step)
        assert isinstance(self.task, PlaceInside)
        task, sim, thing = self.task, self.sim, self.thing()
        aside = np.linalg.norm(thing[:, :2], axis=1)
        if step <= self.released:
            share = ease((step - self.phases.there) / (self.turned - self.phases.there))
            return 2 * aside + np.maximum(MUG_TOP + 0.03 - thing[:, 2], 0.0) + 0.1 * share * task.lean(sim)
        inside = task.share_inside(sim)
        return 5 * np.linalg.norm(thing - END_UP, axis=1) + (1 - inside) + 0.3 * task.touching(sim)

    def solved(self) -> Array:
        return self.task.success(self.sim)
