"""Where to crop when nobody says where the hand is: the centre of what is near, refined by the estimate itself."""

from __future__ import annotations

import numpy as np

from agents.estimator.crops import Crops, moved
from agents.estimator.protocol import Estimator

Array = np.ndarray
_KNUCKLE = 9  # of the middle finger: what crops are centred on


def centre_of_mass(crops: Crops) -> Array:
    """The mean point (m), (n, 3), of what is seen in crops; the centre of the cube where nothing is."""
    count, height, width = crops.depth.shape
    down, across = ((np.arange(size) + 0.5) * 2 / size - 1 for size in (height, width))
    seen = (crops.depth < 1).astype(np.float64)
    number = seen.sum(axis=(1, 2))
    per = np.maximum(number, 1)
    half = (crops.side / 2)[:, None]
    z = crops.centre[:, 2] + (np.where(seen > 0, crops.depth, 0).sum(axis=(1, 2)) / per) * half[:, 0]
    x, y = (seen.sum(axis=1) @ across) / per, (seen.sum(axis=2) @ down) / per
    ray = crops.centre[:, :2] / crops.centre[:, 2:] + np.stack([x, y], -1) * half / crops.centre[:, 2:]
    return np.where(number[:, None] > 0, np.concatenate([ray, np.ones((count, 1))], -1) * z[:, None], crops.centre)


def refined(estimator: Estimator, crops: Crops, rounds: int = 7) -> Crops:
    """Crops about where the middle finger's knuckle is estimated to be, each round from the one before.

    They are taken from the crops given, which should leave room: a cube half as large again as the estimator's is
    enough. `side` of what is returned is the estimator's. Where much of the arm is seen, a hand may not be found; in a
    video, the knuckle of the frame before is the better guess.
    """
    none = np.zeros(len(crops))
    centre = centre_of_mass(crops)
    for left in range(rounds, -1, -1):
        near = moved(crops, centre - crops.centre, none, estimator.side / crops.side)
        if left:
            step = estimator(near.depth, near.centre)[0][:, _KNUCKLE] - centre
            centre = centre + (2 if left > 2 else 1) * step  # who learned from centred hands thinks them too near
    return near
