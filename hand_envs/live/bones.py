"""Whether points can be a hand: its bones do not change from one moment to the next."""

from __future__ import annotations

from collections import deque

import numpy as np

from hand_envs.errors import PacketError
from hand_envs.poses.conventions import JOINTS, PARENTS
from hand_envs.poses.frames import chirality

Array = np.ndarray

SHORTEST, LONGEST = 0.002, 0.2  # m, of any bone of anybody
OFF, AT_LEAST = 0.3, 0.01  # share, and m: trackers err by a centimetre, which of a fingertip's bone is a half
REMEMBERED = 15  # frames
CLEARLY = 0.015  # m of chirality: less may be a flat hand that noise bends

_PARENTS = np.array(PARENTS[1:])


def lengths(points: Array) -> Array:
    """Lengths (m) of the 20 bones of canonical points (21, 3)."""
    found: Array = np.linalg.norm(points[1:] - points[_PARENTS], axis=-1)
    return found


class Bones:
    """The bones of whoever is tracked: the median of the last frames.

    A frame that is off on its own cannot change it; another person's hand is taken to be one after a few frames.
    """

    def __init__(self) -> None:
        self._last: deque[Array] = deque(maxlen=REMEMBERED)

    def check(self, points: Array) -> None:
        """Refuse canonical points that cannot be this right hand: a PacketError says why."""
        found = lengths(points)
        unseen = ~np.isfinite(found)  # of what was not seen nothing can be said
        if self._last:
            found[unseen] = self._last[-1][unseen]
        if (found < SHORTEST).any() or (found > LONGEST).any():
            bone = int(np.nanargmax(np.maximum(SHORTEST - found, found - LONGEST)))
            raise PacketError(f"The bone to {JOINTS[bone + 1]} is {found[bone]:.3g} m long, which no hand has.")
        self._last.append(found)
        known = np.where(np.isnan(self._last), found, self._last)  # one that is seen for the first time is as it is
        usual = np.median(known, axis=0)
        off = np.abs(found - usual)
        impossible = (off > OFF * usual) & (off > AT_LEAST)
        if impossible.any():
            bone = int(np.argmax(impossible))
            raise PacketError(f"The bone to {JOINTS[bone + 1]} is {found[bone]:.3g} m long, it was {usual[bone]:.3g}.")
        if (bend := float(chirality(points))) < -CLEARLY:
            raise PacketError(f"The hand is of the other side than it says: its fingers bend {-bend:.3f} m backwards.")
