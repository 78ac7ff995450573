"""Pairs to learn a kappa from, where there are none of a person's: `python -m benchmarks.retargeting.pairs`.

Virtual people's natural poses, each with the joint angles that `Optimised` finds for it when it is given time. What a
network learns from them is an optimised kappa that takes no steps (and, like it, leaves the wrist at rest).
`python -m agents.kappa --pairs runs/pairs/train.npz --validation runs/pairs/validation.npz` learns from them.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import mujoco
import numpy as np
import tyro

from benchmarks.retargeting.picture import bare_adroit
from hand_envs.cli.guard import guarded
from hand_envs.core.hand import Hand
from hand_envs.files.atomic import replacing
from hand_envs.poses.human import forward, sample, subject
from hand_envs.poses.retargeting import Optimised, actions

Array = np.ndarray

_FINGER_SHIFT, _JOINT_SHIFT = 0.005, 0.0025  # m, standard deviation of the copies
_VALIDATION = 10_000  # the first subject of the validation; those of the training count from 1


@dataclass(frozen=True)
class Options:
    """How many, and where they go."""

    folder: Path = Path("runs/pairs")
    """For train.npz and validation.npz."""
    subjects: int = 24
    """Virtual people, each with hands of their own measures; an eighth as many others for the validation."""
    poses: int = 1500
    """Of each."""
    copies: int = 3
    """Of each pose with its points shifted a little: where trackers see joints differs by 5 to 10 mm."""
    settle: int = 6
    """Calls that the optimisation is given for a pose."""


def pairs(hand: Hand, model: mujoco.MjModel, subjects: range, options: Options) -> dict[str, Array]:
    """What `agents.kappa` reads: points (n, 21, 3) and actions (n, joints), with joints and ranges."""
    from rich.progress import track

    kappa = Optimised(hand, model)
    points, found = [], []
    for number in track(subjects, "subjects", transient=True):
        generator = np.random.default_rng(number)
        human = forward(subject(number), sample(generator, options.poses))
        memory = kappa.memory(options.poses)
        for _ in range(options.settle):
            angles = kappa(human, memory)
        points += [human, *(_shifted(generator, human) for _ in range(options.copies))]
        found += [actions(angles, kappa.low, kappa.high)] * (1 + options.copies)
    names = {"joints": np.array(kappa.joints), "low": kappa.low, "high": kappa.high}
    return {"points": np.concatenate(points), "actions": np.concatenate(found), **names}


def _shifted(generator: np.random.Generator, points: Array) -> Array:
    """Each finger as a whole, and each joint by itself."""
    shifted = points + generator.normal(0.0, _JOINT_SHIFT, points.shape)
    fingers = generator.normal(0.0, _FINGER_SHIFT, (len(points), 5, 1, 3))
    shifted[:, 1:] += np.broadcast_to(fingers, (len(points), 5, 4, 3)).reshape(-1, 20, 3)
    return shifted


def main(options: Options) -> int:
    """Make both files; returns the exit status."""
    hand, model = bare_adroit()
    options.folder.mkdir(parents=True, exist_ok=True)
    last = _VALIDATION + max(1, options.subjects // 8)
    for name, subjects in (("train", range(1, 1 + options.subjects)), ("validation", range(_VALIDATION, last))):
        made = pairs(hand, model, subjects, options)
        with replacing(options.folder / f"{name}.npz") as beside, beside.open("wb") as file:
            np.savez(file, **made)  # type: ignore[arg-type]
        print(f"{options.folder / name}.npz: {len(made['points']):,} pairs")
    return 0


if __name__ == "__main__":
    sys.exit(guarded(lambda: main(tyro.cli(Options, description=__doc__))))
