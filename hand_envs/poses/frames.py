"""The palm's frame, and a hand seen from it.

The palm's ("operator") frame has x out of the palm, z from the wrist to the middle finger's knuckle and y from the
little finger to the thumb; it is that of a *right* hand. Left hands are `mirrored` first.

Points are (..., 21, 3) in m, canonical. A joint that is not finite, or farther than `FARTHEST`, is missing. Where
joints are missing or coincide, a hand at rest stands in for what they do not say; nothing returned is ever NaN.
"""

from __future__ import annotations

import numpy as np

from hand_envs.poses.conventions import BASES, PARENTS, shaped

Array = np.ndarray

FARTHEST = 1e4
"""m, of a coordinate."""
SHORTEST = 1e-9
"""m: a shorter link has no direction."""

REST = np.array(
    [
        [0, 0, 0], [10, 31, 20], [8, 54, 43], [0, 77, 66], [-8, 92, 86],
        [0, 26, 96], [8, 31, 137], [19, 34, 158], [34, 35, 174],
        [0, 0, 97], [8, 0, 140], [22, 0, 165], [39, 0, 181],
        [9, -20, 91], [18, -24, 130], [33, -26, 153], [50, -26, 168],
        [17, -35, 75], [26, -43, 105], [38, -48, 121], [52, -50, 135],
    ]
) * 1e-3  # fmt: skip
"""A relaxed right hand in the palm's frame, m."""

_PARENTS = np.array(PARENTS)
_REST_LINKS = REST[1:] - REST[_PARENTS[1:]]
_BASES = np.array(BASES)
_CENTRED = REST[_BASES] - REST[_BASES].mean(axis=0)
_WHOLE = _CENTRED - _CENTRED.sum(axis=0) / len(BASES)  # but for rounding the same
_TINY = np.finfo(np.float64).tiny
_SAME = np.eye(3)
_TIE = 1e-9  # how much a frame leans to the identity; felt only where points leave it open


def present(points: Array) -> Array:
    """Which joints are there, (..., 21)."""
    return np.asarray((np.abs(points) <= FARTHEST).all(axis=-1))


def palm_frame(points: Array) -> Array:
    """The palm's axes as columns, (..., 3, 3): always a proper rotation.

    The rotation that brings wrist and knuckles of a hand at rest nearest to those of `points` (Kabsch 1976). Points
    that leave it open (all on a line, fewer than three) get the one of those that is nearest to no rotation.
    """
    bases = shaped(points)[..., _BASES, :]
    there = present(bases)
    if there.all():  # the same bit for bit as below
        return best_rotation(_WHOLE, bases - bases.sum(axis=-2, keepdims=True) / len(BASES))
    weight = there[..., None].astype(np.float64)
    bases = np.where(there[..., None], bases, 0.0)
    centred = (bases - _mean(bases, weight)) * weight
    rest = (_CENTRED - _mean(np.broadcast_to(_CENTRED, bases.shape), weight)) * weight
    return best_rotation(rest, centred)


def _mean(points: Array, weight: Array) -> Array:
    return (points * weight).sum(axis=-2, keepdims=True) / np.maximum(weight.sum(axis=-2, keepdims=True), 1.0)


def best_rotation(before: Array, after: Array) -> Array:
    """The rotations (..., 3, 3) that bring points (..., k, 3), whose mean is at the origin, nearest to others.

    Where points leave it open it is the one nearest to no rotation.
    """
    covariance = np.swapaxes(after, -1, -2) @ before
    size = np.abs(covariance).max(axis=(-1, -2), keepdims=True)
    scaled = covariance / np.where(size > _TINY, size, 1.0)
    left, _, right = np.linalg.svd(scaled + _TIE * _SAME)
    left[..., 2] *= np.sign(np.linalg.det(left @ right))[..., None]
    return left @ right


def completed(points: Array) -> Array:
    """The hand with its missing joints where a hand at rest would have them; the same array if none is missing."""
    points = shaped(points)
    there = present(points)
    if there.all():
        return points
    whole, lacking = points.copy(), ~np.asarray(there.all(axis=-1))
    whole[lacking] = _with_rest(points[lacking], there[lacking])
    return whole


def _with_rest(points: Array, there: Array) -> Array:
    links = _REST_LINKS @ np.swapaxes(palm_frame(points), -1, -2)
    whole = np.where(there[..., None], points, 0.0)
    whole[:, 0] = np.where(there[:, :1], whole[:, 0], _wrist(whole, there, links))
    for joint in range(1, len(PARENTS)):  # a parent always comes before
        placed = whole[:, PARENTS[joint]] + links[:, joint - 1]
        whole[:, joint] = np.where(there[:, joint, None], whole[:, joint], placed)
    return whole


def _wrist(points: Array, there: Array, links: Array) -> Array:
    """Where the wrist is, by the knuckles that are there."""
    knuckles = list(BASES[1:])
    weight = there[..., knuckles, None].astype(np.float64)
    return _mean(points[..., knuckles, :] - links[..., [knuckle - 1 for knuckle in knuckles], :], weight)[..., 0, :]


def aligned(points: Array) -> Array:
    """The hand in its palm's frame, the wrist at the origin (m)."""
    points = completed(points)
    return (points - points[..., :1, :]) @ palm_frame(points)


def unit_links(points: Array) -> Array:
    """The hand with every link of length 1 and the same directions, the wrist at the origin."""
    points = completed(points)
    links = points[..., 1:, :] - points[..., _PARENTS[1:], :]
    lengths = np.linalg.norm(links, axis=-1, keepdims=True)
    short = lengths < SHORTEST
    if short.any():
        lacking = np.asarray(short.any(axis=(-1, -2)))
        rest = _REST_LINKS @ np.swapaxes(palm_frame(points[lacking]), -1, -2)
        links[lacking] = np.where(short[lacking], rest, links[lacking])
        lengths = np.linalg.norm(links, axis=-1, keepdims=True)
    return chained(links / lengths)


def chained(links: Array) -> Array:
    """Points (..., 21, 3) of the 20 links that lead to all but the wrist, which is at the origin."""
    points = np.zeros((*links.shape[:-2], len(PARENTS), 3))
    fingers = links.reshape(*links.shape[:-2], 5, 4, 3)
    points[..., 1:, :] = fingers.cumsum(axis=-2).reshape(links.shape)
    return points


def normalised(points: Array) -> Array:
    """What poses are compared by: `unit_links` of the hand in its palm's frame."""
    return unit_links(aligned(points))


def chirality(points: Array) -> Array:
    """How far (m) the fingers bend to the side where a right hand has its palm, (...): > 0 for a right hand.

    About 0 says nothing: the fingers are straight, or joints are missing.
    """
    points = shaped(points)
    needed = points[..., [0, 5, 17, 8, 12, 16, 20, 9, 13], :]
    there = np.asarray(present(needed).all(axis=-1))
    wrist, index, little, *rest = np.moveaxis(np.where(there[..., None, None], needed, 0.0), -2, 0)
    normal = np.cross(index - wrist, little - wrist)
    bend = (sum(rest[:4]) - (index + rest[4] + rest[5] + little)) / 4
    length = np.linalg.norm(normal, axis=-1)
    return np.vecdot(normal, bend) / np.maximum(length, np.finfo(np.float64).tiny)


def mirrored(points: Array) -> Array:
    """The hand of the other side: y is turned round."""
    return shaped(points) * np.array([1.0, -1.0, 1.0])


def view_direction(points: Array, camera: tuple[float, float, float] | Array = (0.0, 0.0, 0.0)) -> Array:
    """The unit vector from the palm's centre to the camera, in the palm's frame, (..., 3).

    Args:
        points: in the frame that the camera's place is given in; the default is the camera's own.
        camera: m.
    """
    points = completed(points)
    centre = points[..., BASES, :].mean(axis=-2)
    towards = ((np.asarray(camera, dtype=np.float64) - centre)[..., None, :] @ palm_frame(points))[..., 0, :]
    length = np.linalg.norm(towards, axis=-1, keepdims=True)
    return np.where(length > SHORTEST, towards, [1.0, 0.0, 0.0]) / np.where(length > SHORTEST, length, 1.0)


def azimuth_elevation(directions: Array) -> Array:
    """Angles (..., 2) in rad of directions in the palm's frame: about z from x to y; then from that plane to z."""
    x, y, z = np.moveaxis(np.asarray(directions, dtype=np.float64), -1, 0)
    return np.stack([np.arctan2(y, x), np.arctan2(z, np.hypot(x, y))], axis=-1)
