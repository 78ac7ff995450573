"""How firmly a thing was held: what slipped and turned in the palm."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from agents.planner.captures.rollout import Played

Array = np.ndarray


@dataclass(frozen=True)
class Slip:
    """The most that a thing moved in the palm while it was to be held, (tries,)."""

    moved: Array
    """m"""
    turned: Array
    """rad"""


def slip(played: Played, since: Array, until: Array) -> Slip:
    """From frame `since` (tries,) to before frame `until` (tries,), against how it was held at first."""
    tries, frames = played.object_pos.shape[:2]
    away = np.einsum("tfji,tfj->tfi", played.palm_turn, played.object_pos - played.palm_pos)
    turn = np.einsum("tfji,tfjk->tfik", played.palm_turn, played.object_turn)
    first = np.arange(tries), np.minimum(since, frames - 1)
    moved = np.linalg.norm(away - away[first][:, None], axis=-1)
    cosine = (np.einsum("tij,tfij->tf", turn[first], turn) - 1.0) / 2.0
    turned = np.arccos(np.clip(cosine, -1.0, 1.0))
    counted = (np.arange(frames) >= since[:, None]) & (np.arange(frames) < until[:, None])
    return Slip((moved * counted).max(axis=1), (turned * counted).max(axis=1))
