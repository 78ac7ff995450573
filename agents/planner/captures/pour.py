"""Tries at pouring from a juice carton: the hand reaches for it, closes, lifts it, tilts it, and half back."""

from __future__ import annotations

import numpy as np

from agents.planner.captures.judging import slip
from agents.planner.captures.rollout import Played
from agents.planner.captures.script import Scripts, posture, uniform
from agents.planner.captures.turning import Y, Z, about, eased, upright
from hand_envs.poses.conventions import TIPS

Array = np.ndarray

OPEN = {
    "thumb_ABD": (1.3, 1.6),
    "thumb_MCP": (0.1, 0.5),
    "thumb_PIP": (0.0, 0.25),
    "thumb_DIP": (0.0, 0.3),
    "finger_MCP": (0.05, 0.5),
    "finger_PIP": (0.1, 0.5),
    "finger_DIP": (0.05, 0.3),
}
CLOSED = {
    "thumb_ABD": (1.4, 1.75),
    "thumb_MCP": (0.4, 1.2),
    "thumb_PIP": (0.2, 0.8),
    "thumb_DIP": (0.2, 0.8),
    "finger_MCP": (0.5, 1.2),
    "finger_PIP": (0.8, 1.5),
    "finger_DIP": (0.4, 1.0),
}
"""What servos aim at; the carton stops the fingers before."""

TOUCHING = 0.0015  # m between fingertip and carton
THUMB = 4  # of the gaps
SLIP, TURN = 0.01, np.radians(10)  # m and rad that the carton may move in the palm once it is lifted
PUSH, TIP = 0.03, np.radians(12)  # m and rad that it may move on the table before
STILL, UPRIGHT = 0.002, np.radians(1)  # in the first frame, m and rad
POURED = np.radians(45)
PAD = 0.012  # m from a fingertip's end to what its pad is on
LIFTED_AFTER = 12  # frames after the hand begins to rise in which the carton may still touch the table

HALF, HEIGHT = 0.035, 0.2  # m, of the carton
SKIN = 0.011  # m from the palm's origin to its skin


def draw(rng: np.random.Generator, tries: int, frames: int) -> Scripts:
    """Tries for a carton that stands upright at x = y = 0 on z = 0."""

    def between(low: float, high: float) -> Array:
        return uniform(rng, tries, low, high)

    heading = between(-0.2, 0.9)
    begin = upright(heading) @ about(Y, between(-0.2, 0.25)) @ about(Z, between(-0.2, 0.2))
    held_at = np.stack([SKIN + HALF + between(0.004, 0.02), between(-0.01, 0.01), between(0.075, 0.115)], axis=-1)
    reach_end, close_begin = between(9, 14), between(7, 11)
    close_end = close_begin + between(5, 8)
    lift_begin = np.maximum(reach_end, close_end) + between(2, 4)
    lift_end = lift_begin + frames * between(0.17, 0.27)
    tilt_begin = lift_begin + (lift_end - lift_begin) * between(0.5, 1.0)
    tilt_end = tilt_begin + frames * between(0.18, 0.28)
    back_begin = tilt_end + frames * between(0.03, 0.12)
    back_end = np.maximum(back_begin + 8.0, frames * between(0.93, 1.02))

    grip = np.stack([between(-0.003, 0.003), between(-0.003, 0.003), between(0.085, 0.145)], axis=-1)[:, None]
    moved = np.stack([between(-0.1, 0.04), between(-0.04, 0.08), between(0.08, 0.15)], axis=-1)[:, None]
    path = grip + eased(frames, lift_begin, lift_end)[..., None] * moved
    tilt = between(np.radians(50), np.radians(100))[:, None] * eased(frames, tilt_begin, tilt_end)
    tilt *= 1.0 - between(0.15, 0.5)[:, None] * eased(frames, back_begin, back_end)
    turn = begin[:, None] @ about(Z, -tilt)
    away = np.stack([-between(0.015, 0.04), np.zeros(tries), -between(0.02, 0.05)], axis=-1)[:, None]
    in_hand = held_at[:, None] - away * (1.0 - eased(frames, np.zeros(tries), reach_end))[..., None]

    opened, closed = posture(rng, tries, OPEN), posture(rng, tries, CLOSED)
    share = eased(frames, close_begin, close_end)[..., None]
    return Scripts(
        wrist_pos=path - np.einsum("tfij,tfj->tfi", turn, in_hand),
        wrist_turn=turn,
        fingers=(1.0 - share) * opened[:, None] + share * closed[:, None],
        object_pos=np.tile((0.0, 0.0, HEIGHT / 2), (tries, 1)),
        object_quat=_yaw(heading + between(-0.3, 0.3)),
        held_from=np.ceil(lift_begin).astype(int) + 2,
        held_until=np.full(tries, frames),
    )


def merit(scripts: Scripts, played: Played) -> Array:
    """How well each try held the carton, (tries,): minus infinity unless it truly did, better with less slip."""
    every, last, at_lift = np.arange(len(scripts.held_from)), scripts.frames - 1, scripts.held_from
    slipped = slip(played, at_lift, scripts.held_until)
    pushed = np.linalg.norm(played.object_pos[..., :2], axis=-1)
    tipped = np.arccos(np.clip(played.object_turn[..., 2, 2], -1.0, 1.0))
    touching = played.gaps[:, last] < TOUCHING
    rests_on = (played.rests & (np.arange(scripts.frames) > at_lift[:, None] + LIFTED_AFTER)).any(axis=1)
    held = (
        played.succeeded[:, last]
        & ~played.unstable
        & ~rests_on
        & touching[:, THUMB]
        & (touching[:, :THUMB].sum(axis=1) >= 2)
        & (_thumb_away(played) < PAD)
        & (slipped.moved < SLIP)
        & (slipped.turned < TURN)
        & (pushed[every, at_lift] < PUSH)
        & (tipped[every, at_lift] < TIP)
        & (pushed[:, 0] < STILL)
        & (tipped[:, 0] < UPRIGHT)
        & (tipped.max(axis=1) > POURED)
    )
    worse = slipped.moved / SLIP + slipped.turned / TURN + pushed[every, at_lift] / PUSH + tipped[every, at_lift] / TIP
    return np.where(held, -worse, -np.inf)


def _thumb_away(played: Played) -> Array:
    """How far the thumb's tip is from the carton in the end (m), (tries,): its pad is to be on it, not beside it."""
    tip = played.points[:, -1, TIPS[0]] - played.object_pos[:, -1]
    outside = np.abs(np.einsum("tji,tj->ti", played.object_turn[:, -1], tip)) - (HALF, HALF, HEIGHT / 2)
    away: Array = np.linalg.norm(np.maximum(outside, 0.0), axis=-1)
    return away


def _yaw(angle: Array) -> Array:
    zero = np.zeros_like(angle)
    return np.stack([np.cos(angle / 2), zero, zero, np.sin(angle / 2)], axis=-1)
