"""A hand that lifts a carton, as somebody's files would have it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from holding import DOWN, lifting

from hand_envs.poses.conventions import from_canonical
from hand_envs.reconstruction.told import Told
from hand_envs.reconstruction.tracked import Tracked

CLIP = lifting(count=1)[0]
HANDS, OBJECTS = CLIP.points["gt"], CLIP.objects
assert OBJECTS is not None
LEVEL = tuple(DOWN)


def tracked(convention: str = "mediapipe", objects: bool = True) -> Tracked:
    """The clip in a convention."""
    return Tracked(from_canonical(HANDS, convention), objects=OBJECTS if objects else None)


def told(**options: object) -> Told:
    """That the camera is level, and what else."""
    return Told(**{"down": LEVEL, **options})  # type: ignore[arg-type]


def poses_file(folder: Path, **parts: np.ndarray) -> Path:
    """A `poses.npz` of the clip, or of other arrays."""
    path = folder / "poses.npz"
    np.savez(path, **(parts or {"points": HANDS, "objects": OBJECTS}))
    return path
