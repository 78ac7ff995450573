"""How far a prior is from how people take hold of things it never saw, beside a guess that sees no more than a box."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from agents.cem.affordance.clips import Clip
from agents.cem.affordance.labels import Label
from agents.cem.affordance.making import made
from agents.cem.affordance.mapping import joints_of
from agents.cem.affordance.prior import Prior, contact_at
from hand_envs.attempts.heuristic import middle_of_things
from hand_envs.core.turns import angle_between

Array = np.ndarray

_DOWN = np.array([[0.0, 0.0, 1.0], [0.0, 1.0, 0.0], [-1.0, 0.0, 0.0]])
"""A palm that looks down, fingers along x, thumb to the left."""


@dataclass(frozen=True)
class Errors:
    """Of clips, a number each."""

    contact: Array
    """m from where the person touched the thing."""
    middle: Array
    """The same of the middle of the thing's box, which is the heuristic prior's."""
    wrist: Array
    """rad from the person's wrist."""
    down: Array
    """The same of a palm that looks down."""
    joints: Array
    """rad, the mean over the joints that robots have too."""
    texts: tuple[str, ...]

    def summary(self) -> dict[str, float]:
        """Means, in mm and degrees."""
        of = {"contact": 1e3 * self.contact, "contact, middle of the box": 1e3 * self.middle}
        turns = {"wrist": self.wrist, "wrist, palm down": self.down, "joints": self.joints}
        of_turns = {f"{name} (degrees)": float(np.degrees(value).mean()) for name, value in turns.items()}
        return {f"{name} (mm)": float(value.mean()) for name, value in of.items()} | of_turns

    def of(self, word: str) -> Errors:
        """Those of clips of which this word is said."""
        rows = np.flatnonzero([word in text for text in self.texts])
        parts = {name: getattr(self, name)[rows] for name in ("contact", "middle", "wrist", "down", "joints")}
        return Errors(**parts, texts=tuple(self.texts[row] for row in rows))


def measured(prior: Prior, clips: Iterable[tuple[Clip, Label]]) -> Errors:
    """The errors of a prior on clips; their labels are exact."""
    rows: list[tuple[float, ...]] = []
    texts: list[str] = []
    for clip, label in clips:
        rows.append(_errors(prior, clip, label))
        texts.append(clip.text)
    contact, middle, wrist, down, joints = np.array(rows).T
    return Errors(contact, middle, wrist, down, joints, tuple(texts))


def unseen_clips(count: int, seed: int = 0, each: int = 25) -> Iterable[tuple[Clip, Label]]:
    """Of the test split's things in its places, held by people of whom none was seen in training; see `made`."""
    return made(count, seed, "test", each=each)


def true_contact(clip: Clip, label: Label, mask: Array) -> Array:
    """Where the person touched the thing (m): the centres of the contact's mixture, through depth as a prior's are."""
    return contact_at(np.asarray(label.contact), mask, clip.depth[0], clip.view, clip.grasp.palm)


def _errors(prior: Prior, clip: Clip, label: Label) -> tuple[float, ...]:
    found = prior.predict(clip.colour[0], clip.depth[0], clip.view, clip.text)
    truth = true_contact(clip, label, found.mask)
    middle = middle_of_things(clip.depth[0], clip.view)
    theirs, ours = joints_of(clip.grasp.angles), joints_of(found.angles)
    return (
        float(np.linalg.norm(found.contact - truth)),
        float(np.linalg.norm(middle - truth)),
        float(angle_between(found.palm, clip.grasp.palm)),
        float(angle_between(_DOWN, clip.grasp.palm)),
        float(np.mean([abs(theirs[key] - ours[key]) for key in theirs])),
    )


def table(errors: Errors) -> dict[str, dict[str, float]]:
    """Summaries of all clips, and of each thing's."""
    rows: dict[str, Any] = {"all": errors.summary()}
    for word in ("cup", "drawer", "spoon"):
        if any(word in text for text in errors.texts):
            rows[word] = errors.of(word).summary()
    return rows
