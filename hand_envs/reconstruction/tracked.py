"""Hands and objects as anybody's estimator leaves them.

`poses.npz`:

| array | shape | |
|---|---|---|
| points | (T, k, 3) | the hand's joints in the order, unit and axes of a convention; NaN where one was not seen |
| image | (T, k, 2) | where they are in the picture (pixels); only for points that have no place of their own |
| times | (T,) | when each frame was taken (s), rising; by default at a steady rate |

The object's, in the same file or another: `objects` (T, 4, 4), its frame in the camera's; NaN where it was not seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hand_envs.errors import DatasetError
from hand_envs.files.reading import read_npz, reading

Array = np.ndarray

_MOST_BYTES, _MOST_FRAMES, _MOST_JOINTS = 2**28, 100_000, 64
_POINTS = ("points", "joints")
_LONGEST = 3600.0  # s


@dataclass(frozen=True)
class Tracked:
    """What files say, of the right shapes and nothing more."""

    points: Array
    image: Array | None = None
    times: Array | None = None
    objects: Array | None = None


def read_tracked(hands: str | Path, objects: str | Path | None = None, image: str | Path | None = None) -> Tracked:
    """The hands in a file, and the object's poses and the hands' places in the picture where they are asked for.

    Args:
        hands: a `poses.npz`.
        objects: the file that has the object's poses, if any.
        image: the file that has the points in the picture, if they are needed.
    """
    hands = Path(hands)
    with reading(hands):
        parts = read_npz(hands, _MOST_BYTES, most_arrays=100)
        name = next((name for name in _POINTS if name in parts), None)
        if name is None:
            raise DatasetError(f"It has no array `points` (T, k, 3); it has {', '.join(parts) or 'nothing'}.")
        points = parts[name]
        if points.ndim != 3 or points.shape[2] != 3 or not 0 < points.shape[1] <= _MOST_JOINTS:
            raise DatasetError(f"`{name}` must be an array (T, k, 3), a hand a frame; it is {points.shape}.")
        if not 2 <= len(points) <= _MOST_FRAMES:
            raise DatasetError(f"It has {len(points)} frames; expected 2 to {_MOST_FRAMES:,}.")
        times = None if "times" not in parts else _rising(parts["times"], len(points))
    return Tracked(
        points=points.astype(np.float64),
        image=None if image is None else _image(Path(image), points.shape[:2]),
        times=times,
        objects=None if objects is None else _objects(Path(objects), len(points)),
    )


def _rising(times: Array, count: int) -> Array:
    if times.shape != (count,) or not np.isfinite(times).all() or not (np.diff(times) > 0).all():
        raise DatasetError(f"`times` must be {count} finite numbers of seconds that rise from frame to frame.")
    if times[-1] - times[0] > _LONGEST:
        raise DatasetError(f"It takes {times[-1] - times[0]:g} s, more than {_LONGEST:g}: `times` are in seconds.")
    return times.astype(np.float64)


def _image(path: Path, shape: tuple[int, ...]) -> Array:
    with reading(path):
        image = read_npz(path, _MOST_BYTES, most_arrays=100).get("image")
        if image is None or image.shape != (*shape, 2):
            found = "there is none" if image is None else f"it is {image.shape}"
            raise DatasetError(f"`image` must be an array {(*shape, 2)}, a pixel for each of `points`; {found}.")
    return image.astype(np.float64)


def _objects(path: Path, count: int) -> Array:
    with reading(path):
        poses = read_npz(path, _MOST_BYTES, most_arrays=100).get("objects")
        if poses is None or poses.shape != (count, 4, 4):
            found = "there is none" if poses is None else f"it is {poses.shape}"
            raise DatasetError(f"`objects` must be an array {(count, 4, 4)}, a pose for each frame of hands; {found}.")
    return poses.astype(np.float64)
