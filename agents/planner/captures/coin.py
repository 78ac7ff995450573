"""Tries at giving a coin: thumb and fore finger carry it to above a palm, and open."""

from __future__ import annotations

import functools
import itertools
from typing import NamedTuple

import mujoco
import numpy as np

from agents.planner.captures.judging import slip
from agents.planner.captures.rollout import Played
from agents.planner.captures.script import Scripts, posture, uniform
from agents.planner.captures.turning import X, Y, Z, about, eased, upright
from hand_envs.core.measures import quaternion_from_matrix
from hand_envs.hands.mpl import MPL, mpl_scene
from hand_envs.tasks.reconstruction.give_coin import BELOW, PALM_HALF

Array = np.ndarray

PINCH = {
    "thumb_ABD": (0.9, 1.7),
    "thumb_MCP": (0.1, 0.9),
    "thumb_PIP": (0.0, 0.8),
    "thumb_DIP": (0.0, 0.8),
    "index_ABD": (-0.1, 0.0),
    "index_MCP": (0.4, 1.2),
    "index_PIP": (0.4, 1.2),
    "index_DIP": (0.1, 0.7),
}
CALM = {
    **{f"{finger}_MCP": (0.5, 1.2) for finger in ("middle", "ring", "pinky")},
    **{f"{finger}_PIP": (0.6, 1.3) for finger in ("middle", "ring", "pinky")},
    **{f"{finger}_DIP": (0.3, 0.7) for finger in ("middle", "ring", "pinky")},
}
PRESS = {
    "index_MCP": (0.03, 0.12),
    "index_PIP": (0.03, 0.12),
    "index_DIP": (0.0, 0.1),
    "thumb_MCP": (0.0, 0.12),
    "thumb_PIP": (0.03, 0.12),
    "thumb_DIP": (0.0, 0.1),
}
"""What servos aim at beyond the pinch, rad."""
RELEASE = {
    "index_MCP": (0.05, 0.3),
    "index_PIP": (0.15, 0.4),
    "thumb_MCP": (0.0, 0.15),
    "thumb_PIP": (0.15, 0.4),
    "thumb_DIP": (0.0, 0.3),
}
"""By how much less they bend in the end."""
START = np.array([0.0, 0.0, 0.3])  # m, where the coin is at first
PINCHES = 400  # postures that tries choose from
THICK = 0.002  # m, of the coin
FIT = (-0.001, 0.003)  # m more than the coin that there may be between the fingers' skins
SOFT = 0.5  # share of a fingertip's radius that the coin is out on its soft side
ASIDE = 0.006  # m that the coin's middle may be from where the skins are nearest
PAD = 0.5  # share of a fingertip's bone, from its end, that the coin may touch

SLIP, TURN = 0.006, np.radians(25)  # m and rad that the coin may move in the hand before it is given
TOUCHING = 0.001  # m between fingertip and coin
LIES = 5  # frames at the end in which the coin lies in the palm and nobody touches it
FORE, THUMB = 0, 4  # of the gaps


class Pinches(NamedTuple):
    """Postures in which a coin fits between thumb and fore finger, where the task has it: between their tips."""

    angles: Array
    """Of all 23 joints (rad), (n, 23)."""
    coin: Array
    """Where the coin is in the palm's frame (m), (n, 3)."""
    turn: Array
    """And how it is turned, its axis from the fore finger to the thumb, (n, 3, 3)."""


def draw(rng: np.random.Generator, tries: int, frames: int) -> Scripts:
    """Tries that begin with the coin in the fingers at `START`."""

    def between(low: float, high: float) -> Array:
        return uniform(rng, tries, low, high)

    number = rng.integers(PINCHES, size=tries)
    pinched, coin, coin_turn = (part[number] for part in pinches())
    begin = upright(between(-0.3, 0.8)) @ about(X, between(-0.2, 0.5)) @ about(Z, -between(-0.2, 0.9))
    carry_begin, carry_end = frames * between(0.02, 0.1), frames * between(0.5, 0.65)
    open_begin = carry_end + between(0.0, 6.0)
    open_end = open_begin + between(4.0, 8.0)

    aside = between(-0.6, 0.6)
    far = between(0.15, 0.25)
    carried = np.stack([far * np.sin(aside), far * np.cos(aside), between(-0.06, 0.03)], axis=-1)
    there = eased(frames, carry_begin, carry_end)[..., None]
    after = eased(frames, open_end, np.full(tries, float(frames)))[..., None]
    arc = between(0.0, 0.03)[:, None, None] * 4.0 * there * (1.0 - there) * Z
    back = after * (-between(0.0, 0.1)[:, None] * carried + between(0.0, 0.02)[:, None] * Z)[:, None]
    path = START + there * carried[:, None] + arc + back
    roll = between(-0.2, 0.3)[:, None] * there[..., 0] + between(-0.1, 0.4)[:, None] * after[..., 0]
    turn = begin[:, None] @ about(Z, -roll)

    pinched = pinched + posture(rng, tries, CALM)
    share = eased(frames, open_begin, open_end)[..., None]
    closed, opened = pinched + posture(rng, tries, PRESS), pinched - posture(rng, tries, RELEASE)
    return Scripts(
        wrist_pos=path - np.einsum("tfij,tj->tfi", turn, coin),
        wrist_turn=turn,
        fingers=(1.0 - share) * closed[:, None] + share * opened[:, None],
        object_pos=np.tile(START, (tries, 1)),
        object_quat=quaternion_from_matrix((begin @ coin_turn).reshape(-1, 9)),
        held_from=np.zeros(tries, int),
        held_until=np.floor(open_begin).astype(int),
        box_pos=START + carried - (BELOW + PALM_HALF[2]) * Z,
    )


@functools.cache
def pinches() -> Pinches:
    """Postures in which the skins of the two fingertips are about a coin apart; always the same ones."""
    rng = np.random.default_rng(0)
    model = mpl_scene().compile()
    data = mujoco.MjData(model)
    tips = [model.geom(f"{finger}_distal").id for finger in ("index", "thumb")]
    joints = slice(first := model.joint(MPL.joints[0]).qposadr[0], first + len(MPL.joints))
    found, between = [], np.zeros(6)
    for angles in (each for _ in itertools.count() for each in posture(rng, 10_000, PINCH)):
        data.qpos[joints] = angles
        mujoco.mj_kinematics(model, data)
        gap = mujoco.mj_geomDistance(model, data, *tips, 0.02, between)
        ends = between.reshape(2, 3)
        fits = FIT[0] < gap - THICK < FIT[1]
        if fits and all(_on_pad(model, data, tip, end) for tip, end in zip(tips, ends, strict=True)):
            fore, thumb = (data.site(f"{finger}_tip").xpos for finger in ("index", "thumb"))
            coin = 0.5 * (fore + thumb)
            if np.linalg.norm(coin - ends.mean(axis=0)) < ASIDE:
                found.append((angles, coin, _along(thumb - fore)))
        if len(found) == PINCHES:
            return Pinches(*(np.stack(part) for part in zip(*found, strict=True)))
    raise AssertionError("there is no end of postures")


def _on_pad(model: mujoco.MjModel, data: mujoco.MjData, tip: int, at: Array) -> bool:
    """Whether a point is on the soft side of a fingertip, x in its frame, and near its end."""
    body, (radius, half) = model.geom_bodyid[tip], model.geom_size[tip][:2]
    away = data.xmat[body].reshape(3, 3).T @ (at - data.xpos[body])
    return bool(away[0] > SOFT * radius and away[2] > 2 * half * (1.0 - PAD))


def _along(axis: Array) -> Array:
    """A frame whose z is along an axis."""
    z = axis / np.linalg.norm(axis)
    x = np.cross(Y, z) / np.linalg.norm(np.cross(Y, z))
    return np.stack([x, np.cross(z, x), z], axis=1)


def merit(scripts: Scripts, played: Played) -> Array:
    """How well each try carried the coin and gave it, (tries,): minus infinity unless it truly did."""
    slipped = slip(played, scripts.held_from, scripts.held_until)
    frame = np.arange(scripts.frames)
    carrying = frame < scripts.held_until[:, None]
    pinched = (played.gaps[..., [FORE, THUMB]] < TOUCHING).all(axis=-1)
    given = played.succeeded[:, -LIES:].all(axis=1)
    early = (played.rests & carrying).any(axis=1)
    held = (pinched | ~carrying).all(axis=1) & (slipped.moved < SLIP) & (slipped.turned < TURN)
    truly = held & given & ~early & ~played.unstable
    return np.where(truly, -slipped.moved / SLIP - slipped.turned / TURN, -np.inf)
