"""The orders, units and axes in which others give the points of a hand, and the one that this suite uses.

Canonical: 21 points in metres, the wrist, then from the thumb to the little finger three joints and the tip. It is the
order of MediaPipe, FreiHAND and DexYCB.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from hand_envs.core.arrays import real_numbers
from hand_envs.errors import OptionError, choices

Array = np.ndarray

FINGERS = ("thumb", "index", "middle", "ring", "little")
JOINTS = (
    "wrist",
    *(f"thumb_{part}" for part in ("cmc", "mcp", "ip", "tip")),
    *(f"{finger}_{part}" for finger in FINGERS[1:] for part in ("mcp", "pip", "dip", "tip")),
)
PARENTS = (-1, 0, 1, 2, 3, 0, 5, 6, 7, 0, 9, 10, 11, 0, 13, 14, 15, 0, 17, 18, 19)
"""The joint before each on the way to the wrist, which has none."""
BASES, TIPS = (0, 5, 9, 13, 17), (4, 8, 12, 16, 20)
"""The wrist and the four knuckles, which the palm holds together; the fingertips."""


@dataclass(frozen=True)
class Convention:
    """How a source gives a hand: canonical[i] = axes @ source[gather[i]] * unit."""

    name: str
    joints: tuple[str, ...]
    """Of the source, in its order, by canonical names where there is one."""
    unit: float = 1.0
    """Metres."""
    axes: tuple[float, float, float] = (1.0, 1.0, 1.0)
    """Signs of the source's axes in the frame that points are handed on in (a camera's: x right, y down, z away)."""
    about: str = ""

    @property
    def gather(self) -> tuple[int, ...]:
        """Where in the source each canonical joint lies."""
        return tuple(self.joints.index(joint) for joint in JOINTS)


def to_canonical(points: Array, convention: str | Convention) -> Array:
    """Points (..., k, 3) of a source as canonical ones (..., 21, 3) in m."""
    how = named(convention)
    given = shaped(points, len(how.joints), f"Points in the convention {how.name!r}")
    return given[..., how.gather, :] * (np.array(how.axes) * how.unit)


def from_canonical(points: Array, convention: str | Convention) -> Array:
    """Canonical points (..., 21, 3) in m as a source gives them, (..., k, 3).

    What the canonical hand has not is put on the line from the wrist to the knuckle: the palm's centre halfway, the
    metacarpals' bases after a quarter.
    """
    how = named(convention)
    given = shaped(points, len(JOINTS), "Canonical points") / (np.array(how.axes) * how.unit)
    return np.stack([_joint(given, joint) for joint in how.joints], axis=-2)


def _joint(points: Array, joint: str) -> Array:
    if joint in JOINTS:
        return points[..., JOINTS.index(joint), :]
    if joint.startswith("forearm"):
        return points[..., 0, :]
    knuckle = "middle" if joint == "palm" else joint.removesuffix("_metacarpal")
    share = 0.5 if joint == "palm" else 0.25
    return points[..., 0, :] * (1 - share) + points[..., JOINTS.index(f"{knuckle}_mcp"), :] * share


def named(convention: str | Convention) -> Convention:
    """A convention by its name; one's own is handed back."""
    if isinstance(convention, Convention):
        return convention
    if convention not in CONVENTIONS:
        raise OptionError(f"Unknown convention of hand points: {choices(convention, CONVENTIONS)}")
    return CONVENTIONS[convention]


def shaped(points: Array, joints: int = len(JOINTS), what: str = "Hand points") -> Array:
    """`points` as float64 (..., joints, 3), or an OptionError that says what they are."""
    try:
        array = real_numbers(points)
    except ValueError as error:
        raise OptionError(f"{what} must be an array of numbers (..., {joints}, 3) and are {error}.") from error
    if array.ndim < 2 or array.shape[-2:] != (joints, 3):
        raise OptionError(f"{what} must be an array (..., {joints}, 3); got {array.shape}.")
    return array.astype(np.float64, copy=False)


def _finger(name: str) -> tuple[str, ...]:
    return tuple(joint for joint in JOINTS if joint.startswith(name))


_ROOTS = ("wrist", *(_finger(finger)[0] for finger in FINGERS))
_BIGHAND = (*_ROOTS, *(joint for finger in FINGERS for joint in _finger(finger)[1:]))
_MANO_ORDER = ("index", "middle", "little", "ring", "thumb")
_MANO = ("wrist", *(joint for finger in _MANO_ORDER for joint in _finger(finger)[:3]))
_MANO_TIPS = tuple(f"{finger}_tip" for finger in FINGERS)
_WEBXR = (
    "wrist",
    *_finger("thumb"),
    *(joint for finger in FINGERS[1:] for joint in (f"{finger}_metacarpal", *_finger(finger))),
)

CONVENTIONS = MappingProxyType(
    {
        convention.name: convention
        for convention in (
            Convention("canonical", JOINTS, about="MediaPipe, FreiHAND, DexYCB, manopth; metres"),
            Convention("mediapipe", JOINTS, about="MediaPipe's hand landmarker, world landmarks: canonical; metres"),
            Convention("bighand", _BIGHAND, unit=1e-3, about="BigHand2.2M, HANDS'17, F-PHAB: roots first; mm"),
            Convention("mano", (*_MANO, *_MANO_TIPS), about="MANO's 16 joints, then five tips; metres"),
            Convention("ho3d", (*_MANO, *_MANO_TIPS), axes=(1.0, -1.0, -1.0), about="HO-3D: MANO's in OpenGL's axes"),
            Convention("openxr", ("palm", *_WEBXR), about="XR_EXT_hand_tracking, 26 joints; metres"),
            Convention("webxr", _WEBXR, about="WebXR's XRHand (Quest's browser, Vuer), 25 joints; metres"),
            Convention("visionpro", _WEBXR, about="Vision Pro's 25 joints, fingers in the wrist's frame; metres"),
            Convention(
                "visionpro27", (*_WEBXR, "forearm_wrist", "forearm_arm"), about="the same, and two of the forearm"
            ),
        )
    }
)
"""Every convention known, by name."""
