"""Pour: take the mug from its right side, thumb up, and tilt it on its way over the tank: all at once, since a mug that
is turned fast is thrown.

The arm rolls by 43 degrees to each side: rolled to the right and with the wrist bent in, the palm faces the mug; rolled
to the left as far as it goes, with the wrist bent back and to the side, the mug hangs mouth down.
"""

from __future__ import annotations

import numpy as np

from agents.planner.grip import Grip
from agents.planner.problem import Array, ease
from agents.planner.relocate import BALL, Keys, Phases, RelocateProblem
from hand_envs.objects.ycb import MUG_WALL
from hand_envs.tasks.dexmv.pour import COUNT, PARTICLE_MASS, WEIGHT_IN_DEXMV, Pour

MASS = WEIGHT_IN_DEXMV[0] + COUNT * PARTICLE_MASS  # kg
TILT = 2.3  # rad, of the mug in the end
SLIDES = {"ARTx": 0.0, "ARTy": 0.1, "ARTz": 0.2}


class PourProblem(RelocateProblem):
    """The mug rests until it is grasped, rises, and is tilted as it comes over the tank."""

    env_id = "HandPour-v0"
    options = {}
    steps = 200
    enough = 0.3
    rounds = 0
    scatter = 0.7
    patience = 3
    stays = 10
    far = ("ARRy",)
    phases = Phases(over=30, down=45, closed=60, squeezed=68, lifted=98, there=150)
    first = Grip(
        offset=(0.015, -0.02, -0.005),
        hand={"ARTy": 0.19, "ARRy": 0.0, "ARRz": 0.74, "WRJ0": 0.0, "WRJ1": 0.0},
        close=BALL.close,
        squeeze=BALL.hold,
        hold=BALL.hold,
        aside=(0.0, 0.0, 0.02),
        turned={"ARRx": 0.0, "ARRy": 0.0, "ARRz": -0.74, "WRJ0": -0.5, "WRJ1": 0.0},
    )
    radius = MUG_WALL
    rise = np.array([0.0, 0.0, 0.12])

    def thing(self) -> Array:
        assert isinstance(self.task, Pour)
        return self.task.object(self.sim)

    def held_at(self) -> Array:
        return self.thing()

    def load(self, step: int) -> float:
        share = (step - self.phases.squeezed) / (self.phases.lifted - self.phases.squeezed)
        return float(ease(2.0 * share) * MASS)

    def ending(self, end: dict[str, float]) -> Keys:
        grip = self.grip
        target = self.target() + grip.aside
        tilted = self.reach("S_grasp", target, SLIDES, dict(grip.turned))
        return {step: {**tilted, **grip.hold} for step in (self.phases.there, self.steps)}

    def cost(self, step: int) -> Array:
        if step <= self.phases.lifted:
            return super().cost(step)
        assert isinstance(self.task, Pour)
        share = ease((step - self.phases.lifted) / (self.phases.there - self.phases.lifted))
        tilt = np.arccos(np.clip(self.sim.body("object").xmat[:, 8], -1.0, 1.0))
        away = np.linalg.norm(self.thing() - self.target(), axis=1)
        outside = 1.0 - self.task.poured(self.sim)
        return (
            3.0 * share * np.maximum(away - 0.1, 0.0)
            + 3.0 * np.maximum(TILT * share - tilt, 0.0)
            + 10.0 * share * (outside + self.task.spilt(self.sim))
        )

    def solved(self) -> Array:
        return self.task.success(self.sim)
