"""Hands before a camera: whose, in which pose, from where seen."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from hand_envs.images.grasping import Held, holding
from hand_envs.images.views import rotations, turned_to
from hand_envs.poses.human import HumanShape, forward, sample, subject

Array = np.ndarray

BLOCK = 128
"""So many images are posed together."""
_MIDDLE = 9


class Poses(NamedTuple):
    """Hands before a camera, without their pictures."""

    points: Array
    """(n, 21, 3) in the camera's frame (m)."""
    people: Array
    """The subject of each, (n,)."""
    forearms: Array
    """From the wrist to the elbow, in the palm's frame, (n, 3)."""
    centre: Array
    """Where a crop is centred: the middle knuckle, and an error, (n, 3) (m)."""
    things: Array
    """Poses of `grasping.THINGS` in the camera's frame, (n, 2, 4, 4), or of none of them, (n, 0, 4, 4)."""


class Placing(NamedTuple):
    """Where hands are and how they are seen, see `HandImages`."""

    view: str
    roll: float
    distance: tuple[float, float]
    centre_noise: float
    handled: str = "nothing"


def posed(generator: np.random.Generator, subjects: Sequence[int], how: Placing) -> Poses:
    """BLOCK hands of these people."""
    people = np.array(subjects)[generator.integers(len(subjects), size=BLOCK)]
    shapes = [hand_of(int(person)) for person in people]
    if how.handled == "nothing":
        held = Held(forward(shapes, sample(generator, BLOCK)), np.zeros((BLOCK, 0, 4, 4)))
    else:
        held = holding(generator, shapes, how.handled)
    points = held.points
    turns = rotations(generator, BLOCK, how.view, how.roll)
    aside = generator.uniform([-0.25, -0.18], [0.25, 0.18], (BLOCK, 2))
    place = np.concatenate([aside, np.ones((BLOCK, 1))], axis=1)
    turns = turned_to(place) @ turns  # a hand at the side is seen from the same side of it
    middle = points[:, [0, 5, 9, 13, 17]].mean(axis=1, keepdims=True)
    points = np.einsum("nij,npj->npi", turns, points - middle)
    place *= generator.uniform(*how.distance, BLOCK)[:, None]
    points += place[:, None]
    camera = np.tile(np.eye(4), (BLOCK, 1, 1))  # the palm's frame in the camera's
    camera[:, :3, :3] = turns
    camera[:, :3, 3] = place - np.einsum("nij,nj->ni", turns, middle[:, 0])
    bend = generator.normal(0.0, [0.45, 0.2], (BLOCK, 2)).clip(-1.0, 1.0)
    forearms = np.stack([np.sin(bend[:, 0]), np.sin(bend[:, 1]), -np.cos(bend[:, 0])], axis=-1)
    centre = points[:, _MIDDLE] + generator.normal(0.0, 1.0, (BLOCK, 3)) * how.centre_noise
    return Poses(points, people, forearms, centre, camera[:, None] @ held.poses)


@functools.cache
def hand_of(person: int) -> HumanShape:
    """The hand of a subject."""
    return subject(person)
