"""One take: planned until it holds, fitted to a person's hand, and seen by the camera that the person wears."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from agents.planner.captures.action import Action
from agents.planner.captures.camera import worn
from agents.planner.captures.fitting import fitted
from agents.planner.captures.rollout import Played, Stage
from hand_envs.captures import Capture
from hand_envs.errors import TaskError
from hand_envs.images.solids import cloud
from hand_envs.objects import Shape
from hand_envs.poses.conventions import TIPS
from hand_envs.poses.human import HumanShape, subject

Array = np.ndarray

PEOPLE = (717, 705, 719, 712, 701, 728, 715, 709)
"""Seeds of the subjects' hands, from the first on; the estimator that comes with the suite never saw one of them."""
RECORDED = 6
"""Subjects in training, validation and test; who comes after them is in none."""

ROUNDS = 40  # of tries, before giving up


class Wanted(NamedTuple):
    """A take that is asked for."""

    action: str
    subject: int
    take: int
    seed: int = 0

    @property
    def name(self) -> str:
        """As F-PHAB calls it."""
        return f"Subject_{self.subject}/{self.action}/{self.take}"

    @property
    def split(self) -> str:
        """Even takes are trained on and odd ones tested, as F-PHAB has it; from the fifth on they are validation."""
        if self.subject > RECORDED:
            return "others"
        if self.take > 4:
            return "validation"
        return "test" if self.take % 2 else "train"

    @property
    def person(self) -> HumanShape:
        """Whose hand it is."""
        return subject(PEOPLE[self.subject - 1])


@dataclass(frozen=True)
class Made:
    """A take, and how near the person's hand came to the planned one (mm)."""

    capture: Capture
    """With poses of the thing, whether these are annotated or not."""
    fit: float
    fit_tips: float


def make(wanted: Wanted, action: Action, stage: Stage, enough: int) -> Made:
    """Plan a take. Everything follows from what is wanted, how many tries the stage has, and how many are enough.

    Of the tries that held the best `enough` are fitted to the person's hand, and the one that suits it is taken.
    """
    rng = np.random.default_rng([wanted.seed, wanted.subject, wanted.take, *wanted.action.encode()])
    frames = int(rng.integers(action.frames[0], action.frames[1] + 1))
    hands, played, number = _best(wanted, _held(rng, action, stage, frames, enough))
    object_pos, object_turn = played.object_pos[number], played.object_turn[number]
    things = object_pos[:, None] + _corners(action.thing) @ object_turn.swapaxes(1, 2)
    camera = worn(rng, hands, things)
    away = 1000 * np.linalg.norm(hands - played.points[number], axis=-1)
    capture = Capture(
        name=wanted.name,
        subject=f"Subject_{wanted.subject}",
        split=wanted.split,
        points={"gt": camera.sees(hands)},
        down=camera.down,
        objects=camera.sees_poses(object_pos, object_turn),
    )
    return Made(capture, float(away.mean()), float(away[:, TIPS].mean()))


def _held(rng: np.random.Generator, action: Action, stage: Stage, frames: int, enough: int) -> list[tuple[Played, int]]:
    """The best of the tries that held."""
    found: list[tuple[float, Played, int]] = []
    for _ in range(ROUNDS):
        scripts = action.draw(rng, stage.tries, frames)
        played = stage.play(scripts)
        merits = action.merit(scripts, played)
        found += [(float(merits[at]), played, int(at)) for at in np.flatnonzero(np.isfinite(merits))]
        if len(found) >= enough:
            found.sort(key=lambda each: -each[0])
            return [(played, at) for _, played, at in found[:enough]]
    raise TaskError(f"Of {ROUNDS * stage.tries} tries at {action.name} only {len(found)} held.")


def _best(wanted: Wanted, held: list[tuple[Played, int]]) -> tuple[Array, Played, int]:
    """The try of which this person's hand comes nearest to every fingertip."""
    fits = [fitted(wanted.person, played.points[at]) for played, at in held]
    away = [
        np.linalg.norm((hands - played.points[at])[:, TIPS], axis=-1).mean(axis=0).max()
        for hands, (played, at) in zip(fits, held, strict=True)
    ]
    best = int(np.argmin(away))
    return fits[best], *held[best]


def _corners(thing: Shape) -> Array:
    return np.concatenate([cloud(piece) for piece in thing.pieces])
