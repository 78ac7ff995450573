"""From where a hand is seen, and how it is lit and coloured."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from hand_envs.errors import OptionError, choices

Array = np.ndarray

VIEWS: dict[str, tuple[tuple[float, float, float], float]] = {
    "sphere": ((1.0, 0.0, 0.0), np.pi),
    "below": ((1.0, 0.0, 0.0), np.radians(50.0)),
    "above": ((-1.0, 0.0, 0.0), np.radians(50.0)),
    "frontal": ((1.0, 0.0, 0.0), np.radians(60.0)),
    "egocentric": ((-0.5, 0.45, -0.74), np.radians(55.0)),
}
"""From the palm to the camera, in the palm's frame, and how far (rad) views lie around that: everywhere; from below a
hand that faces down (the camera sees the palm); from above it (the camera sees the back); from either, as people hold a
hand to a camera; from behind and above, as one's own right hand is seen, its back and the thumb's side."""

_EITHER_SIDE = ("frontal",)


def checked(view: str) -> str:
    """A name of VIEWS, or the error that lists them."""
    if view not in VIEWS:
        raise OptionError(f"Unknown view: {choices(view, VIEWS)}")
    return view


def rotations(generator: np.random.Generator, n: int, view: str, roll: float = np.pi) -> Array:
    """Turns (n, 3, 3) from the palm's frame to the camera's: x to the right, y down, z ahead.

    Directions are uniform on the part of the sphere that `view` names, but for a cone about the forearm, from where
    there is no hand to be seen. The camera is rolled by up to `roll`.
    """
    middle, cone = VIEWS[checked(view)]
    toward = _within(generator, n, np.array(middle), cone)
    while (behind := toward[:, 2] < -np.cos(_FOREARM)).any():
        toward[behind] = _within(generator, int(behind.sum()), np.array(middle), cone)
    if view in _EITHER_SIDE:
        toward[:, 0] *= generator.choice([-1.0, 1.0], n)
    return _looking(-toward, generator.uniform(-roll, roll, n))


_FOREARM = np.radians(35.0)


def _within(generator: np.random.Generator, n: int, axis: Array, cone: float) -> Array:
    """Directions uniform within an angle about an axis, (n, 3)."""
    cosine, around = generator.uniform(np.cos(cone), 1.0, n), generator.uniform(0.0, 2 * np.pi, n)
    axis = axis / np.linalg.norm(axis)
    first = np.roll(axis, 1) - axis * (np.roll(axis, 1) @ axis)
    first = first / np.linalg.norm(first)
    second = np.cross(axis, first)
    sine = np.sqrt(1.0 - cosine**2)[:, None]
    return cosine[:, None] * axis + sine * (np.cos(around)[:, None] * first + np.sin(around)[:, None] * second)


def _looking(ahead: Array, roll: Array) -> Array:
    """Cameras that look along `ahead`; unrolled, the fingers point up in the picture."""
    up = np.where(np.abs(ahead[:, 2:]) > 0.98, [[1.0, 0.0, 0.0]], [[0.0, 0.0, 1.0]])
    down = -(up - ahead * np.vecdot(up, ahead)[:, None])
    down /= np.linalg.norm(down, axis=-1, keepdims=True)
    right = np.cross(down, ahead)
    cos, sin = np.cos(roll)[:, None], np.sin(roll)[:, None]
    return np.stack([cos * right - sin * down, sin * right + cos * down, ahead], axis=1)


def turned_to(place: Array) -> Array:
    """The smallest turns (n, 3, 3) that take the camera's axis to these places (n, 3) before it."""
    x, y, z = np.moveaxis(place / np.linalg.norm(place, axis=-1, keepdims=True), -1, 0)
    share = 1.0 / (1.0 + z)
    rows = [(1 - share * x * x, -share * x * y, x), (-share * x * y, 1 - share * y * y, y), (-x, -y, z)]
    return np.stack([np.stack(row, axis=-1) for row in rows], axis=-2)


class Look(NamedTuple):
    """How a hand is coloured and lit."""

    skin: Array
    nail: Array
    sleeve: Array
    background: Array
    light: Array
    ambient: float
    diffuse: float
    things: Array | None = None
    """Colours of the renderer's things, (things, 3); None for their own."""


_PALE, _DARK = np.array([0.95, 0.76, 0.66]), np.array([0.33, 0.20, 0.14])


@functools.cache
def tone(seed: int) -> Array:
    """The colour of a person's skin."""
    generator = np.random.default_rng([seed, 0x736B696E])
    share = generator.beta(1.1, 1.3)
    return np.clip(_PALE + share * (_DARK - _PALE) + generator.normal(0.0, 0.02, 3), 0.0, 1.0)


def look(generator: np.random.Generator, skin: Array) -> Look:
    """A light, a background and perhaps a sleeve for a hand of this colour."""
    light = np.array([*generator.uniform(-0.8, 0.8, 2), 1.0])
    bare = generator.random() < 0.6
    sleeve = skin * 0.97 if bare else generator.uniform(0.05, 0.9, 3)
    ambient = generator.uniform(0.2, 0.5)
    nail = np.clip(skin * 0.85 + 0.18, 0.0, 1.0)
    background = generator.uniform(0.1, 0.9, 3) * generator.uniform(0.3, 1.0)
    return Look(skin, nail, sleeve, background, light, ambient, generator.uniform(0.45, 0.75))


def before(colour: Array, depth: Array, looks: Sequence[Look]) -> Array:
    """Colour pictures with their backgrounds where nothing is."""
    behind = np.stack([look.background for look in looks])[:, None, None] * 255
    return np.where(depth[..., None] > 0, colour, behind.astype(np.uint8))
