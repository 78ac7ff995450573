"""Wrists that come with their own orientation (headsets, MANO), and the 4x4 matrices in which headsets send joints.

A source's wrist has axes of its own. What is kept here is where the palm's ("operator") axes are among them, so that
the orientation of a wrist becomes that of a palm, and points in the wrist's frame become points in the palm's.
"""

from __future__ import annotations

from types import MappingProxyType

import numpy as np

from hand_envs.core.arrays import real_numbers
from hand_envs.errors import OptionError, choices
from hand_envs.poses.conventions import Convention, named, to_canonical
from hand_envs.poses.side import Side

Array = np.ndarray


def _columns(*axes: str) -> Array:
    """Unit vectors by names like "-y", as columns."""
    frame = np.zeros((3, 3))
    for column, axis in enumerate(axes):
        frame["xyz".index(axis[-1]), column] = -1.0 if axis.startswith("-") else 1.0
    return frame


WRIST_AXES = MappingProxyType(
    {
        ("openxr", "right"): _columns("-y", "-x", "-z"),
        ("openxr", "left"): _columns("-y", "-x", "-z"),
        ("arkit", "right"): _columns("-y", "z", "-x"),
        ("arkit", "left"): _columns("y", "z", "x"),
        ("mano", "right"): _columns("-y", "z", "-x"),
        ("mano", "left"): _columns("y", "-z", "-x"),
    }
)
"""By source and side: the palm's axes x, y, z as columns, in the wrist's frame. All are proper rotations.

OpenXR's and WebXR's wrist: -z to the fingers, +y out of the back. ARKit's (Vision Pro), right: x from the middle finger
to the wrist, y from palm to back, z from little to index finger; left: all turned round. MANO's: x from the fingers to
the wrist. The palm's x is out of the palm and z to the middle finger's knuckle for both hands; y is to the thumb on
the right hand and away from it on the left one.
"""


def palm_axes(source: str, side: Side) -> Array:
    """The palm's axes in the wrist's frame of a source, as columns (3, 3)."""
    if (source, side) not in WRIST_AXES:
        raise OptionError(
            f"Unknown wrist: {choices(f'{source} {side}', (' '.join(names) for names in sorted(WRIST_AXES)))}"
        )
    return WRIST_AXES[source, side]


def palm_rotation(wrist: Array, source: str, side: Side) -> Array:
    """The palm's orientation (..., 3, 3), for the wrist's that a source gives, in the same world."""
    rotation: Array = np.asarray(wrist, dtype=np.float64)[..., :3, :3] @ palm_axes(source, side)
    return rotation


def in_the_palm(points: Array, source: str, side: Side) -> Array:
    """Points (..., k, 3) in the wrist's frame of a source, in the palm's frame of a right hand; a left is mirrored."""
    turned = np.asarray(points, dtype=np.float64) @ palm_axes(source, side)
    return turned * np.array([1.0, -1.0, 1.0]) if side == "left" else turned


def positions(matrices: Array, column_major: bool = False) -> Array:
    """Where joints are (..., 3), for their poses as matrices (..., 4, 4) or as their 16 numbers (..., 16).

    Args:
        matrices: of the joints.
        column_major: the order of the 16 numbers; browsers (WebXR, Vuer) send columns.
    """
    given = real_numbers(matrices).astype(np.float64)
    if given.shape[-1:] == (16,):
        given = given.reshape(*given.shape[:-1], 4, 4)
        given = np.swapaxes(given, -1, -2) if column_major else given
    if given.shape[-2:] != (4, 4):
        raise OptionError(f"Poses of joints must be matrices (..., 4, 4) or rows of 16 numbers; got {given.shape}.")
    return given[..., :3, 3]


def from_visionpro(fingers: Array, side: Side, wrist: Array | None = None) -> Array:
    """Canonical points (..., 21, 3) in m of what VisionProTeleop streams.

    Args:
        fingers: its `right_fingers` or `left_fingers`, (..., 25 or 27, 4, 4), each in the wrist's frame.
        side: which of them.
        wrist: its `right_wrist` or `left_wrist`, (..., 1, 4, 4) or (..., 4, 4): the points are then of that side, in
            the stream's world (z up). By default they are in the palm's frame, and those of a left hand mirrored.
    """
    local = to_canonical(positions(fingers), _visionpro(np.shape(fingers)[-3]))
    if wrist is None:
        return in_the_palm(local, "arkit", side)
    placed = np.asarray(wrist, dtype=np.float64)
    placed = placed[..., 0, :, :] if placed.ndim == np.ndim(fingers) else placed
    points: Array = local @ np.swapaxes(placed[..., :3, :3], -1, -2) + placed[..., None, :3, 3]
    return points


def _visionpro(joints: int) -> Convention:
    return named("visionpro27" if joints == 27 else "visionpro")


def z_up(points: Array, up: str) -> Array:
    """Points or directions (..., 3) of a right-handed world in one whose z is up, as MuJoCo's is.

    Args:
        points: of a world.
        up: its axis that points up: "y" in OpenXR and WebXR, "-y" in a camera's frame, "z" in VisionProTeleop's.
    """
    frames = {"y": _columns("x", "-z", "y"), "-y": _columns("x", "z", "-y"), "z": np.eye(3)}
    if up not in frames:
        raise OptionError(f"up: {choices(up, frames)}")
    return np.asarray(points, dtype=np.float64) @ frames[up]
