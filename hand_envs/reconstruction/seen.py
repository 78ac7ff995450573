"""What was tracked as a right hand in metres before a camera, 30 times a second: checked, and put right or refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from hand_envs.captures.rigid import rigid
from hand_envs.errors import DatasetError, HandEnvsError, OptionError
from hand_envs.poses.checking import UNITS, Findings, examine
from hand_envs.poses.conventions import Convention, to_canonical
from hand_envs.poses.frames import present
from hand_envs.poses.pnp import Intrinsics, fit
from hand_envs.poses.repair import Repair, plausible
from hand_envs.poses.side import as_right, side, swapped
from hand_envs.reconstruction.told import PALM, RATE, Told
from hand_envs.reconstruction.tracked import Tracked

Array = np.ndarray

MIRROR = np.array([1.0, -1.0, 1.0])
"""What makes a left hand a right one, and of its world the mirror image."""

_MOST_FRAMES = 9000  # five minutes
_ENOUGH = 6  # joints of a hand that is there
_MISSED = 0.3  # of the hand's size in the picture: a fit that is off by more is none
_STILL = 1e-4  # m
_USUAL = 0.095  # m, from the wrist to the middle finger's knuckle


@dataclass(frozen=True)
class Seen:
    """A right hand, and what it handles, in a camera's frame (m).

    Args:
        points: (t, 21, 3).
        objects: the object's poses, (t, 4, 4); None if nobody knows.
        down: the direction of gravity, (3,) of length 1.
        mirrored: whether it was a left hand, so that all of this is seen in a mirror.
        notes: what was found and done, in sentences.
    """

    points: Array
    objects: Array | None
    down: Array
    mirrored: bool
    notes: tuple[str, ...]


def seen(tracked: Tracked, told: Told) -> Seen:
    """The hand and the object of a video; what contradicts what was told is refused, with what would mend it."""
    source = told.source
    notes = [f"Gravity points along {_spoken(told.down)} in the camera's frame (x right, y down, z forward)."]
    found = examine(tracked.points, source, declared=None if told.side == "auto" else told.side)
    hands = to_canonical(tracked.points, source)
    hands = np.where(present(hands)[..., None], hands, np.nan)
    _refuse(found, source, hands)
    left = _is_left(hands, told)
    hands[swapped(hands)] = np.nan
    if told.palm is not None:
        hands *= told.palm / _palm(hands)
        notes.append(f"The hand was made {1e3 * told.palm:.0f} mm long from the wrist to the middle finger's knuckle.")
    if told.intrinsics is not None:
        hands = _placed(hands, tracked, source, told.intrinsics, notes)
    objects = None if tracked.objects is None else _objects(tracked.objects, source)
    times = np.arange(len(hands)) / told.rate if tracked.times is None else tracked.times
    if left:
        notes.append("It is a left hand: hand, object and all are mirrored, and what follows is of the mirror image.")
        hands, objects = hands * MIRROR, None if objects is None else mirrored_poses(objects)
    hands, objects, times = _trimmed(hands, objects, times, notes)
    hands = Repair().sequence(hands, np.diff(times, prepend=times[0]))
    hands, objects = _resampled(hands, objects, times)
    if float(np.ptp(hands[:, 0], axis=0).max()) < _STILL:
        notes.append(
            "The wrist never moves: these points say nothing of where the hand is. Points in the picture and the "
            "camera's --intrinsics would."
        )
    down = np.array(told.down) * (MIRROR if left else 1.0)
    return Seen(hands, objects, down / np.linalg.norm(down), left, tuple(notes))


def mirrored_poses(poses: Array) -> Array:
    """Poses (..., 4, 4) of a mirrored object in the mirrored frame: M T M."""
    across = np.diag([*MIRROR, 1.0])
    return np.asarray(across @ poses @ across)


def _refuse(found: Findings, source: Convention, hands: Array) -> None:
    if found.missing > 0.9:
        raise DatasetError(f"{100 * found.missing:.0f} % of the joints are missing: there is hardly a hand to be seen.")
    if found.convention not in (source.name, "canonical") or (
        found.convention == "canonical" and source.name not in ("canonical", "mediapipe")
    ):
        raise OptionError(
            f"The joints do not lie as in {source.name!r} but as in {found.convention!r}: give --convention "
            f"{found.convention}."
        )
    size = _palm(hands)
    if not PALM[0] <= size <= PALM[1]:
        unit = min(UNITS, key=lambda name: abs(np.log(max(size, 1e-12) / source.unit * UNITS[name] / _USUAL)))
        raise OptionError(
            f"In {_name_of(source.unit)} this hand would be {size:.3g} m from the wrist to the middle finger's "
            f"knuckle; its numbers look like {unit}: give --units {unit}."
        )


def _is_left(hands: Array, told: Told) -> bool:
    declared: Literal["right", "left"] | None = None if told.side == "auto" else told.side  # type: ignore[assignment]
    try:
        as_right(hands, declared)
    except HandEnvsError as error:
        raise OptionError(f"{error} (--side right or --side left)") from error
    return (declared or side(hands)) == "left"


def _palm(hands: Array) -> float:
    """From the wrist to the middle finger's knuckle (m), as usual in these hands."""
    lengths = np.linalg.norm(hands[:, 9] - hands[:, 0], axis=-1)
    known = np.isfinite(lengths)
    if not known.any():
        raise DatasetError("No frame shows both the wrist and the middle finger's knuckle.")
    return float(np.median(lengths[known]))


def _placed(hands: Array, tracked: Tracked, source: Convention, camera: Intrinsics, notes: list[str]) -> Array:
    """The hands where the picture has them."""
    if tracked.image is None:
        raise OptionError("--intrinsics place hands by the picture: give an array `image` (T, k, 2) of pixels too.")
    pixels = tracked.image[:, source.gather, :]
    placed, missed = fit(hands, pixels, camera)
    size = _spread(pixels)
    off = ~(missed <= _MISSED * size)
    if off.all():
        raise OptionError(
            "No hand fits its points in the picture: are the intrinsics those of this picture (pixels, of its size), "
            "and is it not mirrored?"
        )
    placed[off] = np.nan
    away = float(np.median(placed[~off, 0, 2]))
    notes.append(
        f"Placed by the picture: the wrist is {away:.2f} m away, the points miss the picture by "
        f"{np.median(missed[~off]):.1f} pixels ({100 * np.median((missed / size)[~off]):.0f} % of the hand's size); "
        f"{int(off.sum())} of {len(off)} frames fit too badly and count as unseen."
    )
    return placed


def _spread(pixels: Array) -> Array:
    """How large hands (t, k, 2) are in the picture (pixels, RMS about the middle), (t,); 0 where none is seen."""
    known = np.isfinite(pixels).all(axis=-1, keepdims=True)
    count = np.maximum(known.sum(axis=1, keepdims=True), 1)
    seen_at = np.where(known, pixels, 0.0)
    away = (seen_at - seen_at.sum(axis=1, keepdims=True) / count) * known
    return np.asarray(np.sqrt(np.square(away).sum(axis=(1, 2)) / count[:, 0, 0]))


def _objects(poses: Array, source: Convention) -> Array:
    """The object's poses in m and a camera's axes; the last one known where it was not seen."""
    known = np.isfinite(poses).all(axis=(1, 2))
    if not known.any():
        raise DatasetError("None of the object's poses is finite.")
    latest = np.maximum.accumulate(np.where(known, np.arange(len(poses)), int(known.argmax())))
    filled = poses[latest]
    filled[:, :3, 3] *= source.unit
    turned = np.diag([*source.axes, 1.0]) @ filled
    try:
        return rigid(turned)
    except DatasetError as error:
        raise DatasetError(f"{error} (object poses, in {_name_of(source.unit)}: --units says another unit)") from error


def _trimmed(hands: Array, objects: Array | None, times: Array, notes: list[str]) -> tuple[Array, Array | None, Array]:
    """From the first hand to the last one; what is missing between is counted."""
    there = plausible(hands).sum(axis=1) >= _ENOUGH
    if there.sum() < 2:
        raise DatasetError(f"Of {len(hands)} frames {int(there.sum())} show a hand; at least 2 have to.")
    first, last = int(there.argmax()), len(there) - int(there[::-1].argmax())
    if (cut := len(there) - (last - first)) > 0:
        notes.append(f"{cut} frames before the first hand and after the last were left out.")
    if lost := int((~there[first:last]).sum()):
        notes.append(f"In {lost} of {last - first} frames no hand was seen; it was carried on from the last one.")
    return hands[first:last], None if objects is None else objects[first:last], times[first:last]


def _resampled(hands: Array, objects: Array | None, times: Array) -> tuple[Array, Array | None]:
    """At `RATE`: hands on straight lines between frames, the object as in the nearest one."""
    count = int((times[-1] - times[0]) * RATE + 1e-6) + 1
    if not 2 <= count <= _MOST_FRAMES:
        raise DatasetError(
            f"The hand is seen for {times[-1] - times[0]:.3g} s; a clip is of at least 2 and at most {_MOST_FRAMES} "
            f"frames at {RATE:g} a second. Cut it, or say the true --rate."
        )
    at = times[0] + np.arange(count) / RATE
    flat = hands.reshape(len(hands), -1)
    points = np.stack([np.interp(at, times, column) for column in flat.T], axis=1).reshape(count, 21, 3)
    nearest = np.abs(times[:, None] - at).argmin(axis=0) if objects is not None else None
    return points, None if objects is None else objects[nearest]


def _name_of(unit: float) -> str:
    return next((name for name, size in UNITS.items() if np.isclose(size, unit)), f"units of {unit:g} m")


def _spoken(numbers: tuple[float, ...]) -> str:
    return " ".join(f"{number:g}" for number in numbers)
