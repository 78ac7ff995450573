"""Clips of people who take hold of things: a few frames of colour and depth, drawn; and the labels that clips give.

A label comes from the frames alone: where pixels came nearer than in the first frame a hand is; the first frame in
which it is as near to the thing as ever is that of contact; the hand's pixels there that lie upon the thing or beside
it are the contact, of which a mixture is fitted; and the crop is of the thing in the first frame, where no hand is.
What a detector of hand poses would add (FrankMocap, for DEFT) is the true hand with that detector's errors, see
`Errors`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from agents.cem.affordance.cropping import Cropper, box_of
from agents.cem.affordance.grasps import POWER, Grasp
from agents.cem.affordance.labels import Label
from agents.cem.affordance.mixture import fitted
from hand_envs.attempts.view import View
from hand_envs.core.turns import matrix_of, vector_of
from hand_envs.errors import DatasetError
from hand_envs.poses.mano import to_mano
from hand_envs.poses.wrists import palm_axes

Array = np.ndarray

_NEARER = 0.004  # m before what was there in the first frame: a hand
_AS_NEAR = 0.004  # m farther than the nearest that is as near
_REACH = 0.05  # m from a thing's surface to the finger's back that hides it
_BESIDE = 0.008  # of the picture's width, that a pixel may be beside the thing
_SOME = 250  # pixels of each that distances are counted of


@dataclass(frozen=True)
class Clip:
    """Frames of a person who takes hold of something; the first is without a hand."""

    colour: Array
    """(t, h, w, 3) uint8."""
    depth: Array
    """(t, h, w) m."""
    view: View
    text: str
    grasp: Grasp
    """The true hand at contact, which no picture tells."""


@dataclass(frozen=True)
class Errors:
    """What is wrong with labels of real clips, as far as ours are to have it too."""

    wrist: float = 0.15
    """rad, standard deviation of each of the wrist's three numbers."""
    pose: float = 0.12
    """rad, of each of the hand's 45."""
    power: float = 0.85
    """Share of pinches that the detector of poses takes for power grasps; DEFT's were nearly all."""
    box: float = 0.04
    """Of the object's box, in its sides: each edge's standard deviation."""


EXACT = Errors(0.0, 0.0, 0.0, 0.0)
_AS_POWER = np.radians([0, 18, 40, -18, 16, 26, *(0, 48, 60, 36) * 4])
"""What a pinch is taken for (22 angles)."""


def label_of(clip: Clip, cropper: Cropper, generator: np.random.Generator, errors: Errors = EXACT) -> Label:
    """The label of a clip; a `DatasetError` if no hand touches anything in it.

    Args:
        clip: frames, and the true hand.
        cropper: finds the thing in the first frame.
        generator: of the errors.
        errors: of the detectors.
    """
    mask = cropper(clip.colour[0], clip.view.cloud(clip.depth[0]), clip.text)
    hands = clip.depth < clip.depth[0] - _NEARER
    touched = contact_pixels(clip, contact_frame(clip, hands, mask), hands, mask)
    found = fitted(touched, generator)
    best = np.argsort(-found.weights)
    box = box_of(mask)
    sides = np.tile(box[2:] - box[:2], 2)
    box = box + errors.box * sides * generator.standard_normal(4)
    hand = hand_of(clip.grasp, clip.view, generator, errors)
    return Label(clip.colour[0], box, clip.text, found.means[best], hand, found.weights[best])


def contact_frame(clip: Clip, hands: Array, mask: Array) -> int:
    """The first frame in which the hand is as near to the thing as in any (4 mm)."""
    thing, away = _points(clip, 0, mask), np.full(len(hands), np.inf)
    for frame in range(1, len(hands)):
        away[frame] = _distances(_points(clip, frame, hands[frame]), thing).min(initial=np.inf)
    if not away.min() < _REACH:
        raise DatasetError("No hand touches anything in this clip.")
    return int(np.flatnonzero(away <= away.min() + _AS_NEAR)[0])


def contact_pixels(clip: Clip, frame: int, hands: Array, mask: Array) -> Array:
    """The hand's pixels (n, 2) in a frame that lie upon the thing's or beside them, a finger away from it."""
    beside = _grown(mask, max(1, round(_BESIDE * mask.shape[1])))
    candidates = hands[frame] & beside
    near = _distances(_points(clip, frame, candidates), _points(clip, 0, mask)) < _REACH
    if not near.any():
        raise DatasetError("A hand comes near, but hides nothing of the thing.")
    return _pixels(candidates)[near]


def hand_of(grasp: Grasp, view: View, generator: np.random.Generator, errors: Errors = EXACT) -> Array:
    """The 48 numbers of a hand as a detector gives them: the wrist's axes are MANO's, in the camera's frame."""
    angles = grasp.angles
    if grasp.kind != POWER and generator.random() < errors.power:
        angles = _AS_POWER
    wrist = view.rotation.T @ grasp.palm @ palm_axes("mano", "right").T
    turned = matrix_of(errors.wrist * generator.standard_normal(3)) @ wrist
    pose = to_mano(angles[None])[0] + errors.pose * generator.standard_normal(45)
    return np.concatenate([vector_of(turned), pose])


def _points(clip: Clip, frame: int, mask: Array) -> Array:
    """What a frame shows in a mask (m), a few hundred of them at most."""
    pixels = _pixels(mask)
    columns, rows = pixels.astype(int).T
    return clip.view.points(pixels, clip.depth[frame][rows, columns])


def _pixels(mask: Array) -> Array:
    """The middles of a mask's pixels (n, 2), column and row; every so many where they are very many."""
    rows, columns = np.nonzero(mask)
    every = max(1, len(rows) // _SOME)
    return np.stack([columns, rows], axis=-1)[::every] + 0.5


def _distances(points: Array, others: Array) -> Array:
    """From each point to the nearest of others."""
    nearest: Array = np.linalg.norm(points[:, None] - others, axis=-1).min(axis=1, initial=np.inf)
    return nearest


def _grown(mask: Array, by: int) -> Array:
    """A mask that reaches so many pixels farther along rows and columns."""
    wide = np.pad(mask, by)
    for axis in (0, 1):
        wide = np.any([np.roll(wide, shift, axis) for shift in range(-by, by + 1)], axis=0)
    return wide[by:-by, by:-by]
