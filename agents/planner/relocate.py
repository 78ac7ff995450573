"""Relocate: reach over the ball, close the fingers around it, lift it, carry it to the target and hold it there."""

from __future__ import annotations

from typing import Any, ClassVar, NamedTuple

import numpy as np

from agents.planner.grip import Grip, found
from agents.planner.problem import Array, Problem, ease
from hand_envs.core.simulation import Simulation
from hand_envs.core.task import Task
from hand_envs.tasks.adroit import Relocate

RADIUS = 0.035  # m, of the ball
CLOSE_BY = 0.09  # m, from the palm to a ball that is held

ARM = {"ARTx": 0.0, "ARTz": 0.0, "ARRx": 0.2}

FINGERS = ("FF", "MF", "RF", "LF")

OPEN = {f"{finger}J{joint}": angle for finger in FINGERS for joint, angle in ((2, 0.21), (1, 0.15), (0, 0.56))}
OPEN |= {"THJ4": 0.89, "THJ3": 0.16}
# fmt: off
BALL = Grip(
    offset=(-0.0052, -0.0087, 0.0023),
    hand={"ARTy": 0.121, "ARRy": 0.0, "ARRz": -0.058, "WRJ0": 0.472},
    close={
        "FFJ3": 0.19, "FFJ2": 0.91, "FFJ1": 0.23, "FFJ0": 0.57, "MFJ3": -0.36, "MFJ2": 0.49, "MFJ1": 0.85, "MFJ0":
        0.31, "RFJ3": 0.05, "RFJ2": 0.57, "RFJ1": 0.77, "RFJ0": 0.23, "LFJ4": 0.23, "LFJ3": -0.43, "LFJ2": 0.98,
        "LFJ1": 0.64, "LFJ0": 0.03, "THJ4": 0.64, "THJ3": 0.64, "THJ2": 0.24, "THJ1": 0.48, "THJ0": -0.5,
    },
    squeeze={
        "FFJ3": -0.25, "FFJ2": 1.0, "FFJ1": 1.58, "FFJ0": 0.59, "MFJ3": 0.08, "MFJ2": 0.56, "MFJ1": 0.86, "MFJ0":
        0.03, "RFJ3": -0.42, "RFJ2": 0.78, "RFJ1": 0.59, "RFJ0": 0.98, "LFJ4": 0.25, "LFJ3": 0.03, "LFJ2": 1.01,
        "LFJ1": 0.34, "LFJ0": 1.25, "THJ4": 0.27, "THJ3": 0.74, "THJ2": -0.11, "THJ1": -0.11, "THJ0": -0.55,
    },
    hold={
        "FFJ3": -0.29, "FFJ2": 1.03, "FFJ1": 1.34, "FFJ0": 0.35, "MFJ3": 0.24, "MFJ2": 0.69, "MFJ1": 1.32, "MFJ0": 0.19,
        "RFJ3": -0.18, "RFJ2": 1.23, "RFJ1": 0.61, "RFJ0": 1.03, "LFJ4": 0.57, "LFJ3": -0.2, "LFJ2": 1.27, "LFJ1": 0.67,
        "LFJ0": 1.58, "THJ4": 0.64, "THJ3": 0.79, "THJ2": -0.18, "THJ1": 0.39, "THJ0": -0.21,
    },
)
# fmt: on
"""The hand comes down from behind, fingers pointing to the table.

The closed fingers were found once with the cross-entropy method, by how well the ball is lifted.
"""


Keys = dict[int, dict[str, float]]
"""Joint angles at steps."""


class Phases(NamedTuple):
    """Steps at which each ends."""

    over: int
    down: int
    closed: int
    squeezed: int
    lifted: int
    there: int


class RelocateProblem(Problem):
    """The ball rests until it is grasped, rises, and goes to the target without haste."""

    env_id = "HandRelocate-v0"
    steps = 230
    enough = 0.5
    spread = 0.12
    arm_spread = 0.01
    phases: ClassVar[Phases] = Phases(over=50, down=80, closed=102, squeezed=114, lifted=139, there=190)
    hover: ClassVar[Array] = np.array([0.0, 0.0, 0.06])
    """From where the hand grasps to where it comes first (m)."""
    rise: ClassVar[Array] = np.array([0.0, 0.0, 0.06])
    """How far the thing goes straight up before it is carried (m)."""
    far: ClassVar[tuple[str, ...]] = ()
    """Joints of the arm that help to reach the target, besides those that reach the thing."""
    still: ClassVar[float] = 0.2
    """How fast the thing may be at the end (m/s)."""
    first: ClassVar[Grip] = BALL
    """The grip, unless a better one was found."""
    radius: float = RADIUS
    """How far from its middle the fingers hold it (m)."""

    def __init__(self, task: Task, sim: Simulation) -> None:
        super().__init__(task, sim)
        self.grip = found(self.env_id) or self.first
        self.relocation: Any = task
        self.start = self.thing()[0].copy()

    def thing(self) -> Array:
        """Where what is relocated is (m)."""
        assert isinstance(self.task, Relocate)
        return self.task.ball(self.sim)

    def target(self) -> Array:
        """Where it is to be carried (m)."""
        return self.relocation.target(self.sim)[0].copy()

    def held_at(self) -> Array:
        """Where the fingers should be around it (m)."""
        return self.thing()

    def guess(self) -> Array:
        target, over, down, closed, squeezed, lifted, _ = self.target(), *self.phases
        grip, held = self.grip, self.held_at()[0] - self.start

        def hand(place: Array, *further: str) -> dict[str, float]:
            free = ARM | {name: grip.hand[name] for name in further}
            kept = {name: angle for name, angle in grip.hand.items() if name not in further}
            return self.reach("S_grasp", place + held + grip.offset, free, kept)

        above, around, risen = map(hand, (self.start + self.hover, self.start, self.start + self.rise))
        end = hand(target, *self.far)
        return self.through(
            {
                0: {},
                over: {**above, **OPEN},
                down: {**around, **OPEN},
                closed: {**around, **grip.close},
                squeezed: {**around, **grip.squeeze},
                lifted: {**risen, **grip.hold},
                **self.ending(end),
            }
        )

    def ending(self, end: dict[str, float]) -> Keys:
        """What the hand does when the thing has risen; at `end` it has it at the target."""
        return {step: {**end, **self.grip.hold} for step in (self.phases.there, self.steps)}

    def cost(self, step: int) -> Array:
        thing, palm = self.thing(), self.relocation.palm(self.sim)
        cost = np.linalg.norm(thing - self._path(step), axis=1)
        if step > self.phases.down:
            held = self.held_at()
            cost = 3 * cost + np.linalg.norm(palm - held, axis=1) + self.tips_to(held, radius=self.radius)
        if step > self.phases.there:
            cost = cost + 0.3 * self._speed()
        return cost

    def _path(self, step: int) -> Array:
        """Where the thing should be at a step."""
        phases, target = self.phases, self.target()
        if step <= phases.lifted:
            return self.start + ease((step - phases.squeezed) / (phases.lifted - phases.squeezed)) * self.rise
        share = ease((step - phases.lifted) / (phases.there - phases.lifted))
        return self.start + self.rise + share * (target - self.start - self.rise)

    def _speed(self) -> Array:
        """Of the thing (m/s); its slides come before its turns."""
        return np.linalg.norm(self.sim.qvel[:, -6:-3], axis=1)

    def solved(self) -> Array:
        held = np.linalg.norm(self.relocation.palm(self.sim) - self.held_at(), axis=1) < CLOSE_BY
        return self.task.success(self.sim) & held & (self._speed() < self.still)


class BriskRelocateProblem(RelocateProblem):
    """In two thirds of the time, which leaves an agent time to stay at the target before an episode ends."""

    style = "brisk"
    steps = 160
    spacing = 8
    rounds = 1
    patience = 3
    stays = 10
    still = 0.4
    phases = Phases(over=32, down=52, closed=66, squeezed=74, lifted=90, there=124)
