"""Where the object is at first, how it stands, and whether it stands on something: known, said or guessed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hand_envs.objects import Shape
from hand_envs.poses.conventions import TIPS
from hand_envs.reconstruction.seen import MIRROR, Seen
from hand_envs.reconstruction.told import RATE

Array = np.ndarray

_LEANS = np.radians(15.0)  # an object that leans more stands on nothing
_SINKS = 0.03  # m that an object on a table may seem to sink
_FINGERTIPS = 0.02  # m: thumb and finger together, about the object
_ALIKE = 1e-3  # m
_STAYS = 0.02  # m: a hand that moves less has taken nothing from a table
_AT_ONCE = 5  # frames within which an object that is gripped was in the hand


@dataclass(frozen=True)
class Start:
    """Of the object.

    Args:
        poses: its frame in the camera's, of each frame that is played, (t, 4, 4): all the same where only the start is
            known.
        table: whether it stands on a table at first, or is in the hand.
        known: whether poses are of the video, beyond the start.
        note: how this came about, in a sentence.
        first: the frame that the clip begins with, when the object is in the hand.
    """

    poses: Array
    table: bool
    known: bool
    note: str
    first: int = 0


def start_of(seen: Seen, shape: Shape, place: tuple[float, float, float] | None, table: bool | None) -> Start:
    """By the object's poses, else by the place that was said, else between thumb and fingertips.

    Args:
        seen: the hand, and the object's poses if they are known.
        shape: the object.
        place: of its middle, in the camera's frame (m).
        table: whether it stands on one; None to have it told.
    """
    if place is not None:
        pose = _standing(shape, np.array(place) * (MIRROR if seen.mirrored else 1.0), seen.down, np.eye(3)[0])
        return _same(seen, pose, table is not False, "The object's start was said (--start); it is upright there.")
    if seen.objects is not None:
        return _by_poses(seen, seen.objects, table)
    return _guessed(seen, shape, table)


def _by_poses(seen: Seen, poses: Array, table: bool | None) -> Start:
    up, first = -seen.down, poses[0]
    leans = float(np.arccos(np.clip(first[:3, 2] @ up, -1.0, 1.0)))
    height = (poses[:, :3, 3] - first[:3, 3]) @ up
    if table is None:
        table = leans <= _LEANS and float(height.min()) >= -_SINKS
    degrees = f"{np.degrees(leans):.0f} degrees"
    if not table:
        note = f"The object starts where its first pose has it, in the hand (it leans by {degrees})."
        return Start(poses, table=False, known=True, note=note)
    level = poses.copy()
    level[:, :3, :3] = _upright(first[:3, 0], up) @ first[:3, :3].T @ poses[:, :3, :3]
    note = f"The object starts where its first pose has it, made upright (it leant by {degrees}) on a table."
    return Start(level, table=True, known=True, note=note)


def _guessed(seen: Seen, shape: Shape, table: bool | None) -> Start:
    """Upright between the thumb and the other fingertips, when these are first as near as the object is wide."""
    thumb, others = seen.points[:, TIPS[0]], seen.points[:, TIPS[1:]].mean(axis=1)
    low, high = shape.bounds()
    narrow = int((high - low)[:2].argmin())
    opening = np.linalg.norm(others - thumb, axis=1)
    width = float((high - low)[narrow]) + _FINGERTIPS
    frame = int((opening <= max(width, float(opening.min()) + _ALIKE)).argmax())
    across = others[frame] - thumb[frame]
    pose = _standing(shape, 0.5 * (thumb[frame] + others[frame]), seen.down, across, narrow)
    stays = float(np.ptp(seen.points[:, 0], axis=0).max()) < _STAYS
    on_table = frame > _AT_ONCE and not stays if table is None else table
    frame = min(frame, len(opening) - 2)  # two are left at least
    where = "on a table" if on_table else "in the hand"
    note = (
        f"Where the object is at first was guessed: upright between thumb and fingertips as of {frame / RATE:.2f} s, "
        f"{where}. --object-poses or --start say it."
    )
    if on_table:
        return _same(seen, pose, True, note)
    return _same(seen, pose, False, f"{note} The clip is played from then on." if frame else note, frame)


def _same(seen: Seen, pose: Array, table: bool, note: str, first: int = 0) -> Start:
    poses = np.tile(pose, (len(seen.points) - first, 1, 1))
    return Start(poses, table, known=False, note=note, first=first)


def _standing(shape: Shape, middle: Array, down: Array, across: Array, axis: int = 0) -> Array:
    """The pose of an upright object whose middle is there, its x (axis 0) or y (1) across."""
    pose = np.eye(4)
    pose[:3, :3] = _upright(across, -down)
    if axis == 1:
        x, y, z = pose[:3, :3].T
        pose[:3, :3] = np.stack([-y, x, z], axis=1)
    pose[:3, 3] = middle - pose[:3, :3] @ shape.bounds().mean(axis=0)
    return pose


def _upright(across: Array, up: Array) -> Array:
    """Axes as columns: z up, x as near to `across` as it can be."""
    flat = across - (across @ up) * up
    if np.linalg.norm(flat) < 1e-3 * max(float(np.linalg.norm(across)), 1e-9):
        flat = np.cross(up, np.eye(3)[np.abs(up).argmin()])
    x = flat / np.linalg.norm(flat)
    return np.stack([x, np.cross(up, x), up], axis=1)
