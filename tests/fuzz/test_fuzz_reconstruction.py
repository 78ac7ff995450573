"""Somebody's files of poses: damaged, or of any numbers; each becomes a hand, or is refused in one sentence."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
from fuzz.mutants import damaged, outcome, tell, within
from reconstruction.clips import HANDS, OBJECTS, poses_file, told

from hand_envs.objects import SHAPES
from hand_envs.poses.conventions import CONVENTIONS
from hand_envs.poses.pnp import Intrinsics
from hand_envs.reconstruction.seen import seen
from hand_envs.reconstruction.start import start_of
from hand_envs.reconstruction.tracked import Tracked, read_tracked

MUTANTS, CLIPS = 100, 40
CAMERA = Intrinsics(500.0, 500.0, 320.0, 240.0)


def whole(tracked: Tracked, **options: object) -> None:
    """Whatever was read is a hand that can be played."""
    found = seen(tracked, told(**options))
    start = start_of(found, SHAPES["mug"], None, None)
    assert found.points.shape[1:] == (21, 3)
    assert np.isfinite(found.points).all()
    assert np.isfinite(start.poses).all()
    assert np.linalg.norm(found.down) == 1.0 or abs(np.linalg.norm(found.down) - 1.0) < 1e-12


def test_damaged_files(tmp_path, deep):
    path = poses_file(tmp_path, points=HANDS[:8], objects=OBJECTS[:8], image=CAMERA.project(HANDS[:8]))
    content, counts, random = path.read_bytes(), Counter(), np.random.default_rng(4)
    for _ in range(MUTANTS * deep):
        path.write_bytes(damaged(content, random))
        with within(megabytes=100):
            if (said := outcome(lambda: read_tracked(path, path, path), path)) == "read":
                said = outcome(lambda: whole(read_tracked(path, path, path)))
            counts[said] += 1
    tell("poses of a video", counts)


def test_hostile_numbers(deep):
    random, counts = np.random.default_rng(5), Counter()
    clip = Tracked(HANDS[:8], CAMERA.project(HANDS[:8]), np.arange(8) / 30.0, OBJECTS[:8])
    for _ in range(CLIPS * deep):
        parts = {name: getattr(clip, name).copy() for name in ("points", "image", "objects")}
        for part in parts.values():
            for _ in range(random.integers(4)):
                rows = random.random(part.shape) < random.choice([0.01, 0.3, 1.0])
                part[rows] = random.choice([np.nan, np.inf, 0.0, 1e300, -1e-300, 1e3])
        options = {
            "convention": str(random.choice([name for name, how in CONVENTIONS.items() if len(how.joints) == 21])),
            "units": random.choice([None, "m", "mm"]),
            "side": str(random.choice(["auto", "right", "left"])),
            "intrinsics": random.choice([None, CAMERA]),
        }
        with within(), np.errstate(all="ignore"):
            counts[outcome(lambda: whole(replace(clip, **parts), **options), None)] += 1  # noqa: B023
    tell("hostile poses of a video", counts)
