"""A stream of hands made whole: joints that are missing or cannot be where they are follow from the last good hand."""

from __future__ import annotations

import numpy as np

from hand_envs.errors import OptionError
from hand_envs.poses.conventions import BASES, PARENTS, shaped
from hand_envs.poses.frames import REST, best_rotation, completed, present

Array = np.ndarray
Memory = dict[str, Array]

_BASES = list(BASES)
_FINGERS = [joint for joint in range(len(PARENTS)) if joint not in BASES]
_PARENTS = [PARENTS[joint] for joint in _FINGERS]
_LONGEST_BASE, _LONGEST_LINK = 0.20, 0.10  # m: between wrist and knuckles, of a finger; larger than any hand's
_SHORTEST = 2e-3  # m
_SLACK = 0.02  # m, by which a joint may leave the hand it belongs to within no time
_PALM_SPEED = 0.2  # m/s, by which wrist or knuckle may after all be elsewhere than the last palm had it
_MOST_STRAYS = 2  # of wrist and knuckles
_LONGEST_STEP = 1.0  # s; a longer silence counts as this


class Repair:
    """Fills joints that are missing (not finite, far away, all zero) or exploded, smoothly; no value makes it raise.

    A joint is exploded if its link is longer than any hand's or of no length, if it left the hand faster than
    `fastest`, or if it is wrist or knuckle and left the palm, which is rigid. The last good hand moves rigidly with
    wrist and knuckles as far as these are seen; what is missing stays where that hand has it, and what comes back is
    eased in. All missing, all stand still.

    One object serves any number of streams; a `memory` has a row for each. `memory["age"]` (n, 21) says for how many
    seconds each joint was not seen.

    Args:
        ease: s in which a joint that came back is believed again.
        fastest: m/s of a joint in the hand.
    """

    def __init__(self, ease: float = 0.1, fastest: float = 8.0) -> None:
        if not (np.isfinite(ease) and ease >= 0 and np.isfinite(fastest) and fastest > 0):
            raise OptionError(f"Repair needs ease >= 0 s and fastest > 0 m/s; got ease={ease!r}, fastest={fastest!r}.")
        self.ease, self.fastest = ease, fastest

    def memory(self, n: int) -> Memory:
        """What is remembered of `n` hands that were not seen yet."""
        joints = len(PARENTS)
        return {
            "points": np.broadcast_to(REST, (n, joints, 3)).copy(),
            "trust": np.zeros((n, joints)),
            "age": np.zeros((n, joints)),
            "started": np.zeros(n, dtype=bool),
        }

    def __call__(self, points: Array, dt: float | Array, memory: Memory) -> Array:
        """Whole hands (n, 21, 3) in m for those given, and `memory` brought up to date.

        Args:
            points: (n, 21, 3), m.
            dt: seconds since the last call, one or (n,). A negative or missing one is no time.
            memory: of `memory(n)`.
        """
        points = shaped(points)
        if points.shape != memory["points"].shape:
            raise OptionError(f"The memory is of hands {memory['points'].shape}; got {points.shape}.")
        time = np.broadcast_to(np.nan_to_num(dt, nan=0.0, posinf=0.0, neginf=0.0), len(points))[:, None]
        time = np.clip(time, 0.0, _LONGEST_STEP)
        good = plausible(points)
        self._start(points, good, memory)
        carried = self._carried(points, good, memory)
        good &= ~_left(points, carried, good, _SLACK + self.fastest * (memory["age"] + time), memory)
        trust = np.where(good, np.minimum(memory["trust"] + time / max(self.ease, 1e-9), 1.0), 0.0)
        memory["age"][:] = np.where(good, 0.0, memory["age"] + time)
        memory["trust"][:] = trust
        memory["points"][:] = _filled(points, good, carried, trust)
        return memory["points"].copy()

    def _start(self, points: Array, good: Array, memory: Memory) -> None:
        """The first hand with anything of it to be seen is believed at once."""
        first = ~memory["started"] & good.any(axis=-1)
        if first.any():
            memory["points"][first] = completed(np.where(good[first, :, None], points[first], np.nan))
            memory["trust"][first] = 1.0
            memory["started"] |= first

    def _carried(self, points: Array, good: Array, memory: Memory) -> Array:
        """The last hand, moved as wrist and knuckles moved. Of these, one that moved by itself becomes no `good` one.

        The palm is rigid, so what a finger may do within the time of a call they may not.
        """
        for _ in range(_MOST_STRAYS):
            carried = _moved(memory["points"], points, good)
            left = _left(points, carried, good, _SLACK + _PALM_SPEED * memory["age"], memory)[:, _BASES]
            stray = left & (good[:, _BASES].sum(axis=-1, keepdims=True) > 3)
            rows = np.flatnonzero(stray.any(axis=-1))
            if not rows.size:
                return carried
            there = np.where(stray[rows, :, None], points[rows][:, _BASES], carried[rows][:, _BASES])
            worst = np.linalg.norm(there - carried[rows][:, _BASES], axis=-1).argmax(axis=-1)
            good[rows, np.array(_BASES)[worst]] = False
        return _moved(memory["points"], points, good)

    def sequence(self, points: Array, dt: float | Array) -> Array:
        """A whole stream (t, 21, 3), repaired; `dt` is the time between two hands, or (t,) since the one before."""
        memory = self.memory(1)
        times = np.broadcast_to(dt, len(points))
        return np.concatenate([self(hand[None], time, memory) for hand, time in zip(points, times, strict=True)])


def _left(points: Array, carried: Array, good: Array, allowed: Array, memory: Memory) -> Array:
    """Which joints are farther than allowed from where the last hand has them; those coming back are from anywhere."""
    known = (memory["trust"] == 1.0) | (memory["age"] > 0.0)
    away = np.linalg.norm(np.where(good[..., None], points, carried) - carried, axis=-1)
    return good & known & (away > allowed)


def plausible(points: Array) -> Array:
    """Which joints (..., 21) are there and can be where they are, by the lengths of links."""
    good = present(points)
    good[..., 1:] &= (points[..., 1:, :] != 0.0).any(axis=-1)  # as lost joints are sent; a wrist may be the origin
    points = np.where(good[..., None], points, 0.0)
    good[..., _BASES] &= _bases_fit(points[..., _BASES, :], good[..., _BASES])
    links = np.linalg.norm(points[..., _FINGERS, :] - points[..., _PARENTS, :], axis=-1)
    usual = good.all(axis=-1) & ((links >= _SHORTEST) & (links <= _LONGEST_LINK)).all(axis=-1)
    if not usual.all():
        for joint in _FINGERS:
            good[..., joint] &= _link_fits(points, good, joint)
    return good


def _bases_fit(bases: Array, there: Array) -> Array:
    """Which of wrist and knuckles are at a hand's distance from at least half of the others."""
    apart = np.linalg.norm(bases[..., :, None, :] - bases[..., None, :, :], axis=-1)
    pairs = there[..., :, None] & there[..., None, :] & ~np.eye(len(BASES), dtype=bool)
    fits = pairs & (apart >= _SHORTEST) & (apart <= _LONGEST_BASE)
    alone = there & ~pairs.any(axis=-1) & (bases != 0.0).any(axis=-1)
    return alone | (fits.any(axis=-1) & (2 * fits.sum(axis=-1) >= pairs.sum(axis=-1)))


def _link_fits(points: Array, good: Array, joint: int) -> Array:
    """Whether a joint of a finger is near enough to the nearest good one before it, or failing that to a knuckle."""
    fits, judged = np.zeros(points.shape[:-2], dtype=bool), np.zeros(points.shape[:-2], dtype=bool)
    before, links = PARENTS[joint], 1
    while before >= 0:
        away = np.linalg.norm(points[..., joint, :] - points[..., before, :], axis=-1)
        near = (away <= links * _LONGEST_LINK) & ((away >= _SHORTEST) | (links > 1))
        fits = np.where(good[..., before] & ~judged, near, fits)
        judged |= good[..., before]
        before, links = PARENTS[before], links + 1
    away = np.linalg.norm(points[..., _BASES, :] - points[..., joint, None, :], axis=-1)
    return np.where(judged, fits, (good[..., _BASES] & (away <= _LONGEST_BASE + _LONGEST_LINK)).any(axis=-1))


def _moved(last: Array, points: Array, good: Array) -> Array:
    """The last hands (n, 21, 3) moved as those of wrist and knuckles that are good moved; none of them, not at all."""
    weight = good[:, _BASES, None].astype(np.float64)
    count = np.maximum(weight.sum(axis=1, keepdims=True), 1.0)
    now, before = np.where(weight > 0, points[:, _BASES], 0.0), last[:, _BASES]
    centre, old = now.sum(axis=1, keepdims=True) / count, (before * weight).sum(axis=1, keepdims=True) / count
    turn = best_rotation((before - old) * weight, (now - centre) * weight)
    return (last - old) @ np.swapaxes(turn, -1, -2) + np.where(weight.any(axis=1, keepdims=True), centre, old)


def _filled(points: Array, good: Array, carried: Array, trust: Array) -> Array:
    """The hand: what is good as far as it is trusted, the rest where the joint before it and the last hand say."""
    if good.all() and (trust == 1.0).all():
        return points
    whole = np.empty_like(carried)
    for joint, parent in enumerate(PARENTS):
        expected = carried[:, joint] if joint in BASES else whole[:, parent] + carried[:, joint] - carried[:, parent]
        seen = np.where(good[:, joint, None], points[:, joint], expected)
        whole[:, joint] = expected + trust[:, joint, None] * (seen - expected)
    return whole
