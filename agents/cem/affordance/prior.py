"""From a picture and words to an attempt: contact through depth, the wrist through the camera, the hand by anatomy."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from agents.cem.affordance.cropping import AboveTable, Cropper, box_of, cut, from_square, square_of
from agents.cem.affordance.examples import MARGIN
from agents.cem.affordance.learned import Learned
from agents.cem.affordance.mapping import motors_of, palm_of, robot_wrist
from agents.cem.affordance.network import PIXELS
from hand_envs.attempts.view import View
from hand_envs.core.turns import matrix_of, vector_of
from hand_envs.files.shipped import shipped
from hand_envs.hands.profile import HandProfile, profile
from hand_envs.poses.mano import from_mano

Array = np.ndarray

BENEATH, HALF_HAND, ON_END = 0.015, 0.04, np.cos(np.radians(30))
"""m behind the surface that is seen at the contact, beneath which a hand closes; and that of a hand whose thumb is
towards the camera (cosine): what is seen is then the top of what it holds, and its fingers lie below each other."""
FINGER = 0.02
"""m about a contact within which its depth is looked for: the nearest that the thing comes there to the camera."""


@dataclass(frozen=True)
class Prediction:
    """How a person would take hold of what a picture shows."""

    mask: Array
    """(h, w): the thing."""
    square: Array
    """Left, top, right, bottom of the crop (px)."""
    points: Array
    """(5, 2) px: where it is touched."""
    maps: Array
    """(5, 32, 32) over the crop: where each of these points may be."""
    contact: Array
    """(3,) m, in the world: the mean of the points, at the depth of the thing there."""
    palm: Array
    """(3, 3): the human palm's axes in the world, as columns: out of the palm, to the thumb, to the fingers."""
    angles: Array
    """(22,) rad of the human hand."""


class Prior:
    """xi = f(I0, T), for any robot hand.

    Args:
        learned: what the network learned.
        hand: a profile, its name or its file.
        cropper: finds what to take hold of; by default what stands on the table.
    """

    def __init__(self, learned: Learned, hand: HandProfile | str = "dash", cropper: Cropper | None = None) -> None:
        self.learned, self.cropper = learned, cropper or AboveTable()
        self.profile = profile(hand) if isinstance(hand, str) else hand

    def __call__(self, rgb: Array, depth: Array, view: View, text: str) -> Array:
        """The attempt xi (6 + motors,): contact (m) and wrist (rotation vector, rad) in the arm's frame, motors (rad).

        Args:
            rgb: (h, w, 3) uint8.
            depth: (h, w) m, along the camera's axis.
            view: the camera.
            text: what to do, such as "pick up the cup".
        """
        found = self.predict(rgb, depth, view, text)
        wrist = vector_of(robot_wrist(found.palm))
        return np.concatenate([found.contact, wrist, motors_of(found.angles, self.profile)])

    def predict(self, rgb: Array, depth: Array, view: View, text: str) -> Prediction:
        """The same, in a human's terms."""
        mask = self.cropper(rgb, view.cloud(depth), text)
        square = square_of(box_of(mask), MARGIN)
        said = self.learned(cut(rgb, square, PIXELS)[None], [text])
        points, hand = from_square(said.points[0], square), said.hands[0]
        palm = view.rotation @ palm_of(matrix_of(hand[:3]))
        contact = contact_at(points, mask, depth, view, palm)
        return Prediction(mask, square, points, said.maps[0], contact, palm, from_mano(hand[None, 3:])[0])


def contact_at(pixels: Array, mask: Array, depth: Array, view: View, palm: Array) -> Array:
    """Where in the world (m) a hand with this palm takes hold of a thing that it touches at some pixels (n, 2).

    It is ahead of the pixels' mean, as far as the thing is where it is touched (the median), and beneath the surface.
    """
    beneath = HALF_HAND if abs(palm[:, 1] @ view.rotation[:, 2]) > ON_END else BENEATH
    ahead = float(np.median([_nearest(pixel, mask, depth, view) for pixel in pixels])) + beneath
    contact: Array = view.points(pixels.mean(axis=0), np.array(ahead))
    contact[2] = max(contact[2], 0.0)
    return contact


def _nearest(pixel: Array, mask: Array, depth: Array, view: View) -> float:
    """The least depth (m) of a thing within a finger of a pixel; rims count, not what one sees through them."""
    rows, columns = np.nonzero(mask)
    seen = depth[rows, columns]
    away = np.hypot(columns + 0.5 - pixel[0], rows + 0.5 - pixel[1]) * np.median(seen) / view.focal
    return float(seen[away <= max(FINGER, away.min())].min())


def load(hand: HandProfile | str = "dash", source: str | Path | None = None, cropper: Cropper | None = None) -> Prior:
    """The prior that comes with the suite, or that of a training's folder `agent`, for a hand."""
    place = shipped("agents/affordance", "affordance prior") if source is None else source
    return Prior(Learned.load(place), hand, cropper)
