"""What is wrong with somebody's hand poses, in plain words: the mistakes everybody makes once.

Orders, units, sides and frames are told by the points themselves, before a hand moves by them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from hand_envs.errors import OptionError
from hand_envs.poses.conventions import CONVENTIONS, PARENTS, Convention, named, shaped, to_canonical
from hand_envs.poses.frames import palm_frame, present
from hand_envs.poses.side import side, swapped

Array = np.ndarray

UNITS = {"m": 1.0, "dm": 1e-1, "cm": 1e-2, "mm": 1e-3}
_HAND = 0.095  # m, from the wrist to the knuckle of the middle finger, of a common hand
_TURNED = np.radians(25)  # a palm this far from its frame is in another
_PARENTS = np.array(PARENTS)


@dataclass(frozen=True)
class Findings:
    """What points look like, beside what they were said to be."""

    side: Literal["right", "left", "unclear"]
    swapped: Array
    """Which hands are clearly of the other side than most, (t,)."""
    unit: str
    """In which the hand has the size of one."""
    convention: str
    """In whose order links are shortest, of those with as many joints."""
    turned: float
    """rad between the palm and the palm's frame: about 0 for points that are in it."""
    missing: float
    """The share of joints that are missing."""
    repeated: float
    """The share of hands that are the one before, bit for bit: a tracked hand always jitters."""
    complaints: tuple[str, ...]
    """What does not fit what was declared, and what mends it."""


def examine(
    points: Array, convention: str | Convention = "canonical", declared: str | None = None, palm: bool = False
) -> Findings:
    """Look at a sequence (t, k, 3) as it came from a file or a device.

    Args:
        points: in the order and unit of `convention`.
        convention: one of `CONVENTIONS`, or one's own.
        declared: "right" or "left", if that is known.
        palm: the points are said to be in the palm's frame.
    """
    how = named(convention)
    given = shaped(points, len(how.joints), f"Points in the convention {how.name!r}")
    if given.ndim != 3:
        raise OptionError(f"A sequence of hands must be an array (t, {len(how.joints)}, 3); got {given.shape}.")
    order = _order(given, how)
    hands = to_canonical(given, replace(how, joints=order.joints))
    scale = _unit(hands)
    found = Findings(
        side=side(hands),
        swapped=swapped(hands),
        unit=scale,
        convention=order.name,
        turned=_turned(hands * UNITS[scale]),
        missing=float(1 - present(hands).mean()) if hands.size else 1.0,
        repeated=float((given[1:] == given[:-1]).all(axis=(-1, -2)).mean()) if len(given) > 1 else 0.0,
        complaints=(),
    )
    return replace(found, complaints=tuple(_complaints(found, how.name, declared, palm)))


def _unit(hands: Array) -> str:
    """The unit in which wrist to middle knuckle is nearest to a hand's, by its logarithm."""
    whole = present(hands)[:, [0, 9]].all(axis=-1)
    size = float(np.median(np.linalg.norm(hands[whole, 9] - hands[whole, 0], axis=-1))) if whole.any() else _HAND
    if size < np.finfo(np.float64).tiny:
        return "m"
    return min(UNITS, key=lambda unit: abs(np.log(size * UNITS[unit] / _HAND)))


def _order(given: Array, declared: Convention) -> Convention:
    """In whose order the hand's links are shortest; the declared one unless another's are clearly shorter."""
    rivals = [how for how in CONVENTIONS.values() if len(how.joints) == len(declared.joints)]
    best = min([declared, *rivals], key=lambda how: _length(given[:, how.gather]))
    return best if _length(given[:, best.gather]) < 0.9 * _length(given[:, declared.gather]) else declared


def _length(hands: Array) -> float:
    whole = hands[present(hands).all(axis=-1)]
    links = np.linalg.norm(whole[:, 1:] - whole[:, _PARENTS[1:]], axis=-1)
    return float(links.sum(axis=-1).mean()) if len(whole) else 0.0


def _turned(hands: Array) -> float:
    trace = np.trace(palm_frame(hands), axis1=-2, axis2=-1)
    return float(np.median(np.arccos(np.clip((trace - 1) / 2, -1.0, 1.0)))) if len(hands) else 0.0


def _complaints(found: Findings, convention: str, declared: str | None, palm: bool) -> list[str]:
    said = []
    if found.convention != convention:
        said.append(f"The joints lie as in {found.convention!r}, not {convention!r}: pass that convention.")
    if found.unit != "m":
        said.append(f"In metres this hand would be of no human size; its numbers look like {found.unit}.")
    if declared is not None and found.side not in (declared, "unclear"):
        said.append(
            f"Declared a {declared} hand, but the fingers bend as those of a {found.side} one: it is the other hand, "
            "the picture was mirrored, or the axes are left-handed."
        )
    if found.swapped.any():
        said.append(f"{int(found.swapped.sum())} of {len(found.swapped)} hands are of the other side than the rest.")
    if palm and found.turned > _TURNED:
        said.append(f"The palm is {np.degrees(found.turned):.0f} degrees from the palm's frame: call frames.aligned.")
    if found.missing > 0:
        said.append(f"{100 * found.missing:.1f} % of the joints are missing: poses.repair.Repair fills them.")
    if found.repeated > 0.1:
        said.append(f"{100 * found.repeated:.0f} % of the hands repeat the one before: lost tracking, or sent twice.")
    return said
