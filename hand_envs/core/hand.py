"""What a task has to say of its hand."""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace

import numpy as np

from hand_envs.core.simulation import Simulation
from hand_envs.errors import TaskError


@dataclass(frozen=True)
class Hand:
    """A hand: its joints, where its fingers end, and the arm that carries it. Names are those of the scene.

    Actuator `actuator_prefix + joint` drives that joint. `joints` follow one another in the scene, in its order, and
    are its first but for the free joint of a hand that flies.
    """

    name: str
    wrist: tuple[str, ...]
    fingers: tuple[str, ...]
    fingertips: tuple[str, ...]
    """Sites, from the fore finger to the little finger, then the thumb."""
    palm: str
    """A site."""
    root: str
    """The body that all of the hand hangs on."""
    actuator_prefix: str = ""
    bones: tuple[tuple[str, ...], ...] = ()
    """Bodies at the wrist, and at the three joints of thumb, fore, middle, ring and little finger."""
    arm: tuple[str, ...] = ()
    """Joints that move the whole hand; tasks differ in them."""
    own_actuators: bool = True
    """Whether each joint has an actuator of its own; strings may share some."""

    @functools.cached_property
    def joints(self) -> tuple[str, ...]:
        """Arm, wrist and finger joints, in the order of the model."""
        return self.arm + self.wrist + self.fingers

    def on_arm(self, *joints: str) -> Hand:
        """The same hand, carried by these joints."""
        return replace(self, arm=joints)

    def keypoints(self, sim: Simulation) -> np.ndarray:
        """The 21 points by which hand poses are described (m), (n, 21, 3).

        The wrist, then each finger's three joints and its tip, from the thumb to the little finger.
        """
        if not self.bones:
            raise TaskError(f"The hand {self.name!r} does not say which bodies its 21 keypoints are at (`bones`).")
        (wrist,), *fingers = self.bones
        points = [sim.body(wrist).xpos]
        tips = self.fingertips[-1:] + self.fingertips[:-1]
        for joints, tip in zip(fingers, tips, strict=True):
            points += [*(sim.body(joint).xpos for joint in joints), sim.site(tip).xpos]
        return np.stack(points, axis=1)
