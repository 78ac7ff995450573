"""The hand as if it had the robot's measures: where a human hand's points lie on a robot."""

from __future__ import annotations

import numpy as np

from hand_envs.errors import OptionError, choices
from hand_envs.poses.conventions import shaped
from hand_envs.poses.frames import aligned
from hand_envs.poses.retargeting.kinematics import Kinematics

Array = np.ndarray

_SHORTEST = 1e-3  # m; of a finger that can be measured


class Proportions:
    """Points of human hands, moved onto a robot hand.

    `scale="finger"`: each finger starts at the robot's own knuckle and is stretched by (robot's finger / human's), so a
    straight finger is straight and a bent one bent alike; what lies between two fingers is not kept.
    `scale="hand"`: the whole hand is stretched by (robot's fingers / human's) and put knuckles on knuckles, so what
    lies between fingers is kept. A number stretches it from the wrist, as dex-retargeting's `scaling_factor` does.

    Args:
        kinematics: of the robot hand.
        scale: "finger", "hand", or a factor from the wrist.
        human: one or more poses of the person, (..., 21, 3), whose median lengths count from then on. Without them each
            frame is measured by itself: nobody needs to calibrate, but what the lengths tremble, the scale trembles.
    """

    def __init__(self, kinematics: Kinematics, scale: str | float = "finger", human: Array | None = None) -> None:
        if isinstance(scale, str) and scale not in ("finger", "hand"):
            raise OptionError(f"`scale` {choices(scale, ('finger', 'hand'))}, or a number")
        if not isinstance(scale, str) and not 0.0 < scale < np.inf:
            raise OptionError(f"`scale` is {scale}; a factor above 0 was expected.")
        self.scale = scale
        rest = kinematics.forward(kinematics.rest[None])
        self.bases = rest.fingers[0, :, 0]
        self.links = np.linalg.norm(np.diff(rest.fingers[0], axis=1), axis=-1)
        """Of the robot's fingers (m), (5, 3)."""
        self.lengths = self._lengths(rest.points)[0]
        self.human = None
        if human is not None:
            poses = aligned(shaped(human).reshape(-1, 21, 3))
            self.human = np.median(self._lengths(poses), axis=0)

    def __call__(self, hands: Array) -> Array:
        """The fingers (n, 5, 4, 3) that hands (n, 21, 3) in their palms' frames would have on the robot (m)."""
        fingers = hands[:, 1:].reshape(-1, 5, 4, 3)
        ratio = self.ratio(hands)[:, :, None, None]
        if self.scale == "finger":
            return self.bases[:, None] + ratio * (fingers - fingers[:, :, :1])
        if self.scale == "hand":
            knuckles = fingers[:, 1:, 0].mean(axis=1)[:, None, None]
            return self.bases[1:].mean(axis=0) + ratio * (fingers - knuckles)
        return ratio * fingers

    def ratio(self, hands: Array) -> Array:
        """Robot to human, of each finger, (n, 5)."""
        if not isinstance(self.scale, str):
            return np.full((len(hands), 5), float(self.scale))
        human = self._lengths(hands) if self.human is None else np.broadcast_to(self.human, (len(hands), 5))
        human = np.maximum(human, _SHORTEST)
        if self.scale == "finger":
            return self.lengths / human
        return np.broadcast_to((self.lengths.sum() / human.sum(axis=1))[:, None], (len(hands), 5))

    @staticmethod
    def _lengths(hands: Array) -> Array:
        """Of the five fingers (m), (n, 5)."""
        fingers = hands[:, 1:].reshape(-1, 5, 4, 3)
        links = fingers[:, :, 1:] - fingers[:, :, :-1]
        return np.sqrt(np.vecdot(links, links)).sum(axis=-1)
