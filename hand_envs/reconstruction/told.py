"""What files of poses do not say, and somebody has to."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from hand_envs.errors import OptionError, choices
from hand_envs.poses.checking import UNITS
from hand_envs.poses.conventions import Convention, named
from hand_envs.poses.pnp import Intrinsics

RATE = 30.0
"""Frames a second of the tasks."""
PALM = (0.05, 0.15)
"""m from the wrist to the middle finger's knuckle, of anybody."""


@dataclass(frozen=True)
class Told:
    """What files do not say.

    Args:
        convention: one of `poses.conventions.CONVENTIONS`.
        units: of the points and the object's places; None for the convention's own.
        side: of the hand, `auto` to have it told by how the fingers bend.
        rate: frames/s, where the file has no times.
        down: the direction of gravity in the camera's frame.
        intrinsics: of the camera; given, hands are placed by where they are in the picture.
        palm: m from the wrist to the middle finger's knuckle; given, the hands are made that large.
    """

    convention: str = "mediapipe"
    units: str | None = None
    side: str = "auto"
    rate: float = RATE
    down: tuple[float, float, float] = (0.0, 1.0, 0.0)
    intrinsics: Intrinsics | None = None
    palm: float | None = None

    def __post_init__(self) -> None:
        if self.units is not None and self.units not in UNITS:
            raise OptionError(f"Unknown unit: {choices(self.units, UNITS)}")
        if self.side not in ("right", "left", "auto"):
            raise OptionError(f"Unknown side: {choices(self.side, ('right', 'left', 'auto'))}")
        if not 1.0 <= self.rate <= 1000.0:
            raise OptionError(f"rate must be from 1 to 1000 frames/s, got {self.rate}.")
        if not np.isfinite(self.down).all() or not 1e-6 < np.linalg.norm(self.down) < 1e6:
            raise OptionError(f"down must be a direction, such as 0 1 0 of a level camera; got {self.down}.")
        if self.palm is not None and not PALM[0] <= self.palm <= PALM[1]:
            raise OptionError(f"palm must be from {PALM[0]} to {PALM[1]} m, got {self.palm}.")

    @property
    def source(self) -> Convention:
        """The convention, in the unit that was said."""
        how = named(self.convention)
        return how if self.units is None else replace(how, unit=UNITS[self.units])
