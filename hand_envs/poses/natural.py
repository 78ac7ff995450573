"""Poses that people's hands take: fists, pinches, grasps, pointing, open hands, and what lies between."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from hand_envs.errors import OptionError, choices
from hand_envs.poses.touching import overlap

Array = np.ndarray

_FINGER_LOW, _FINGER_HIGH = (-20.0, -20.0, 0.0, -8.0), (20.0, 95.0, 115.0, 85.0)
LOW = np.radians([-3.0, -10.0, -12.0, -60.0, -15.0, -35.0, *_FINGER_LOW * 4])
"""Joint limits (rad); what the 22 angles are stands in `hand_envs.poses.human`."""
HIGH = np.radians([22.0, 60.0, 65.0, 50.0, 60.0, 85.0, *_FINGER_HIGH * 4])

# The thumb's five angles (degrees) where it meets a finger's tip, and how that finger bends.
_PINCH_THUMB = np.array([(17, 30, -10, 10, 22), (4, 36, -23, 13, 12), (1, 29, -2, 21, 33), (-5, 33, -6, 22, 26)])
_PINCH_FINGER = np.array([(9, 27, 53, 33), (13, 36, 49, 31), (7, 28, 61, 38), (13, 36, 39, 24)])
_TRIPOD_THUMB, _TRIPOD = (12, 34, -16, 12, 18), ((4, 33, 48, 30), (8, 42, 46, 29))
_THUMB_OPEN = (38, 12, -12, 5, 3)
_THUMB_CALM = (28, 22, -10, 12, 18)
_THUMB_FIST = (20, 34, -1, 37, 78)
_THUMB_BESIDE = (30, 6, 20, 22, 40)
_THUMB_KEY = (29, 16, -2, 10, 50)
_THUMB_GRASP = (22, 46, -22, 14, 26)


def sample(generator: np.random.Generator, n: int, kind: str | None = None) -> Array:
    """`n` natural poses, (n, 22) rad, within LOW and HIGH. Few have fingers or the thumb in one another.

    Args:
        generator: of the poses.
        n: how many.
        kind: one of `KINDS`, or what lies between two of its poses; None for all kinds.
    """
    if kind is None:
        kinds = generator.choice(len(_KINDS), n, p=[share for _, share in _KINDS])
    elif kind in KINDS:
        kinds = np.full(n, KINDS.index(kind))
    else:
        raise OptionError(f"Unknown kind of pose: {choices(kind, KINDS)}")
    angles = _draw(generator, kinds)
    bad = np.arange(n)
    for _ in range(8):
        bad = bad[overlap(angles[bad]) > _DEPTH]
        if len(bad) == 0:
            break
        angles[bad] = _draw(generator, kinds[bad])
    return angles


_DEPTH = 0.005
"""How far fingers may be in one another (m): flesh gives way."""


def _draw(generator: np.random.Generator, kinds: Array) -> Array:
    """A pose of each of these kinds."""
    angles = np.empty((len(kinds), 22))
    for kind, (make, _) in enumerate(_KINDS):
        rows = np.flatnonzero(kinds == kind)
        angles[rows] = make(generator, len(rows))
    angles = _between(generator, angles)
    tremor = generator.normal(0.0, 1.0, angles.shape) * _LOOSENESS * generator.gamma(2.0, 0.5, (len(kinds), 1))
    return np.clip(np.radians(angles + tremor), LOW, HIGH)


def walk(generator: np.random.Generator, n: int, *, rate: float = 30.0, pace: float = 0.7) -> Array:
    """A smooth sequence of `n` poses, `rate` a second, that comes to a natural pose every `pace` seconds or so."""
    count = max(2, int(2.5 * n / (rate * pace)) + 2)
    targets, pauses = sample(generator, count), pace * generator.uniform(0.5, 1.5, count - 1)
    times = np.concatenate([[0.0], np.cumsum(pauses)])
    now = np.minimum(np.arange(n) / rate, times[-1])
    before = np.clip(np.searchsorted(times, now, side="right") - 1, 0, count - 2)
    share = ((now - times[before]) / pauses[before])[:, None]
    smooth = share**3 * (10.0 - 15.0 * share + 6.0 * share**2)  # least jerk, as arms and fingers move
    return targets[before] + smooth * (targets[before + 1] - targets[before])


def _between(generator: np.random.Generator, angles: Array) -> Array:
    """Two in five poses are caught on the way to another; the thumb and the fingers go together."""
    other = angles[generator.permutation(len(angles))]
    share = np.where(generator.random(len(angles)) < 0.4, generator.random(len(angles)), 0.0)[:, None]
    return angles + share * (other - angles)


_LOOSENESS = np.array([2.0, 6.0, 5.0, 8.0, 5.0, 7.0, *(3.5, 6.0, 6.0, 5.0) * 4])  # degrees


def _hand(n: int, thumb: Array | tuple[int, ...], arch: float = 3.0) -> tuple[Array, Array]:
    """A pose to fill (degrees), and its fingers, (n, 4, 4), as a view of it."""
    angles = np.zeros((n, 22))
    angles[:, 0], angles[:, 1:6] = arch, thumb
    return angles, angles[:, 6:].reshape(n, 4, 4)


def _curl(fingers: Array, knuckle: Array, middle: Array, outer: Array | None = None) -> None:
    """Bend fingers by these angles; the last joint follows the one before it by two thirds."""
    fingers[..., 1], fingers[..., 2] = knuckle, middle
    fingers[..., 3] = fingers[..., 2] * 0.64 if outer is None else outer


def _calm(generator: np.random.Generator, fingers: Array) -> None:
    """Fingers as they hang when nothing is done with them: more bent towards the little one."""
    amount = generator.beta(2.0, 2.5, (len(fingers), 1)) * np.array([0.8, 0.95, 1.05, 1.1])
    _curl(fingers, 70.0 * amount, 85.0 * amount)


def _open(generator: np.random.Generator, n: int) -> Array:
    """Flat hands, spread or not."""
    wide = generator.beta(1.2, 1.2, (n, 1))
    angles, fingers = _hand(n, (1.0 - wide) * _THUMB_CALM + wide * np.array(_THUMB_OPEN) * 1.2, 0.0)
    bend = generator.normal(10.0, 7.0, (n, 1))
    _curl(fingers, bend + generator.normal(0.0, 5.0, (n, 4)), np.abs(bend + generator.normal(4.0, 6.0, (n, 4))))
    fingers[..., 0] = (wide - 0.4) * 22.0 * np.array([0.8, 0.1, -0.6, -1.0])
    return angles


def _relaxed(generator: np.random.Generator, n: int) -> Array:
    angles, fingers = _hand(n, _THUMB_CALM)
    _calm(generator, fingers)
    return angles


def _fist(generator: np.random.Generator, n: int) -> Array:
    """Closed hands, the thumb across the fingers or beside them."""
    across = (generator.random(n) < 0.6)[:, None]
    angles, fingers = _hand(n, np.where(across, _THUMB_FIST, _THUMB_BESIDE), 8.0)
    closed = generator.uniform(0.85, 1.02, (n, 1))
    _curl(fingers, 80.0 * closed, 100.0 * closed, 60.0 * closed)
    return angles


def _grasp(generator: np.random.Generator, n: int) -> Array:
    """Around a handle, a bottle, a ball: the thumb stands against the fingers."""
    size = generator.uniform(0.0, 1.0, (n, 1))
    angles, fingers = _hand(n, _THUMB_GRASP + (1.0 - size) * np.array([-6.0, -4.0, 6.0, 12.0, 14.0]), 6.0)
    order = generator.normal(0.0, 5.0, (n, 1)) * np.array([-1.0, -0.3, 0.4, 1.0])
    _curl(fingers, 62.0 - 36.0 * size + order, 72.0 - 46.0 * size + order)
    fingers[..., 0] = size * generator.uniform(-0.3, 1.0, (n, 1)) * np.array([7.0, 0.0, -5.0, -9.0])
    return angles


def _pinch(generator: np.random.Generator, n: int) -> Array:
    """The thumb's tip on a finger's tip, mostly the fore finger's; the other fingers straight, calm or closed."""
    which = generator.choice(4, n, p=[0.55, 0.25, 0.12, 0.08])
    angles, fingers = _hand(n, _PINCH_THUMB[which])
    amount = generator.beta(0.9, 0.9, (n, 1)) + 0.1 * np.arange(4)
    _curl(fingers, 55.0 * amount, 70.0 * amount)
    fingers[np.arange(n), which] = _PINCH_FINGER[which]
    return angles


def _tripod(generator: np.random.Generator, n: int) -> Array:
    """Thumb, fore and middle finger together, as around a pen; ring and little finger bent beneath."""
    angles, fingers = _hand(n, _TRIPOD_THUMB)
    amount = generator.uniform(0.4, 1.0, (n, 1)) + np.array([0.0, 0.08])
    _curl(fingers[:, 2:], 62.0 * amount, 78.0 * amount)
    fingers[:, :2] = _TRIPOD
    return angles


def _counting(generator: np.random.Generator, n: int) -> Array:
    """Some fingers straight, the others closed: pointing, numbers, horns, thumbs up."""
    angles, fingers = _hand(n, _THUMB_FIST, 5.0)
    straight = generator.random((n, 4)) < 0.4
    straight[generator.random(n) < 0.4] = [True, False, False, False]
    closed = generator.uniform(0.75, 1.0, (n, 1))
    bend = np.where(straight, generator.normal(6.0, 6.0, (n, 4)), 78.0 * closed)
    _curl(fingers, bend, np.where(straight, np.abs(bend), 98.0 * closed))
    fingers[..., 0] = straight * generator.uniform(0.0, 10.0, (n, 1)) * np.array([1.0, 0.2, -0.6, -1.0])
    free = generator.random(n) < 0.35
    angles[free, 1:6] = _THUMB_OPEN
    return angles


def _key(generator: np.random.Generator, n: int) -> Array:
    """The thumb pressed on the side of a bent fore finger."""
    angles, fingers = _hand(n, _THUMB_KEY)
    _curl(fingers, generator.uniform(40.0, 65.0, (n, 1)), generator.uniform(65.0, 90.0, (n, 1)))
    return angles


def _hook(generator: np.random.Generator, n: int) -> Array:
    """Knuckles bent and fingers straight, or the other way round: table tops and hooks."""
    angles, fingers = _hand(n, _THUMB_CALM)
    lean = generator.uniform(0.0, 1.0, (n, 1)) + generator.normal(0.0, 0.06, (n, 4))
    amount = generator.uniform(0.5, 1.0, (n, 1))
    _curl(fingers, 85.0 * lean * amount, 100.0 * (1.0 - lean) * amount)
    return angles


def _mixed(generator: np.random.Generator, n: int) -> Array:
    """Every finger on its own, neighbours a little alike."""
    angles, fingers = _hand(n, generator.uniform([-5, 0, -35, -5, -10], [50, 50, 15, 40, 60], (n, 5)))
    own, common = generator.beta(0.9, 1.2, (n, 4)), generator.beta(1.0, 1.2, (n, 1))
    amount = 0.6 * own + 0.4 * common
    _curl(fingers, 85.0 * amount + generator.normal(0.0, 10.0, (n, 4)), 105.0 * amount)
    fingers[..., 0] = generator.normal(0.0, 6.0, (n, 4))
    return angles


_KINDS: list[tuple[Callable[[np.random.Generator, int], Array], float]] = [
    (_open, 0.15),
    (_relaxed, 0.13),
    (_fist, 0.07),
    (_grasp, 0.16),
    (_pinch, 0.13),
    (_tripod, 0.07),
    (_counting, 0.11),
    (_key, 0.04),
    (_hook, 0.06),
    (_mixed, 0.08),
]
KINDS = tuple(make.__name__.removeprefix("_") for make, _ in _KINDS)
"""What poses are called: open, relaxed, fist, grasp, pinch and so on."""
