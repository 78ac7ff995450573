"""Who retargets, all of them behind one call."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from benchmarks.retargeting import peers
from hand_envs.core.hand import Hand
from hand_envs.poses.frames import aligned
from hand_envs.poses.retargeting import Closed, Kappa, Learned, Optimised, Proportions

Array = np.ndarray

BATCH = 64


@dataclass
class Contestant:
    """One way to retarget.

    Attributes:
        name: of its row.
        frame: angles (joints) for the frame of that number, one after the other.
        proportions: the measure of the robot that its targets are on.
        batch: seconds for a batch of `BATCH` frames, where it has batches.
        angles: what it said so far.
        seconds: that it took, frame by frame.
    """

    name: str
    frame: Callable[[int], Array]
    proportions: Proportions
    batch: Callable[[], float] | None = None
    angles: list[Array] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    def take(self, frame: int) -> None:
        """Retarget the next frame."""
        began = time.perf_counter()
        self.angles.append(self.frame(frame))
        self.seconds.append(time.perf_counter() - began)


def contestants(hand: Hand, model: object, points: Array, network: Path | None) -> list[Contestant]:
    """All there are, before the first frame of `points`. `network` is of `Learned`."""
    optimised, fingers = Optimised(hand, model, scale="hand"), Optimised(hand, model)
    whole, each = optimised.proportions, fingers.proportions
    ours: list[tuple[str, Kappa, Proportions]] = [
        ("optimised", optimised, whole),
        ("optimised, at most 0.15 rad a frame", Optimised(hand, model, scale="hand", most_change=0.15), whole),
        ("optimised, finger by finger", fingers, each),
        ("closed, finger by finger", Closed(hand, model), each),
    ]
    if network is not None:
        ours.append(("learned, finger by finger", Learned(hand, model, network), each))
    found = [_ours(name, kappa, proportions, points) for name, kappa, proportions in ours]
    if peers.installed():
        kinematics = optimised.kinematics
        tips = whole(aligned(points))[:, :, 3]
        for name, kind, filter in (
            ("dex-retargeting vector", "vector", 1.0),
            ("dex-retargeting vector, its filter (0.2)", "vector", 0.2),
            ("dex-retargeting dexpilot", "dexpilot", 1.0),
        ):
            peer = peers.DexRetargeting(kind, kinematics, filter)
            found.append(Contestant(name, lambda frame, peer=peer: peer(tips[frame]), whole))  # type: ignore[misc]
    return found


def _ours(name: str, kappa: Kappa, proportions: Proportions, points: Array) -> Contestant:
    memory = kappa.memory(1)

    def batch() -> float:
        rows = points[np.arange(BATCH) * max(1, len(points) // BATCH) % len(points)]
        many = kappa.memory(BATCH)
        kappa(rows, many)
        began = time.perf_counter()
        kappa(rows, many)
        return time.perf_counter() - began

    return Contestant(name, lambda frame: kappa(points[frame : frame + 1], memory)[0], proportions, batch)
