"""How the hand takes hold of a thing."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from hand_envs.errors import DatasetError
from hand_envs.files import atomic
from hand_envs.files.reading import read_json, reading
from hand_envs.hands.adroit import ADROIT

Angles = Mapping[str, float]
"""Joint angles, or arm positions (rad, m), by name; 0 for those of the fingers that are not named."""

FOUND = Path(__file__).with_name("grips.json")
"""Grips that `agents.planner.tune` has found, for each environment."""


@dataclass(frozen=True)
class Grip:
    """A pose of the hand, and how the fingers close in it."""

    offset: tuple[float, float, float]
    """From where the thing is held to where the palm's site goes (m)."""
    hand: Angles
    """What arm and wrist have, besides what it takes to get there."""
    close: Angles
    """What the fingers have around the thing, before they take hold."""
    squeeze: Angles
    """What they have when they take hold."""
    hold: Angles
    """What they have while it is carried."""
    aside: tuple[float, float, float] = (0.0, 0.0, 0.0)
    """From the target to where the thing is turned (m)."""
    turned: Angles = field(default_factory=dict)
    """What arm and wrist have then; nothing for a thing that is not turned."""

    def groups(self) -> dict[str, list[float]]:
        """All numbers of a grip whose squeeze is its hold, by what they are: lengths, poses of the hand, fingers."""
        fingers = [angles.get(name, 0.0) for angles in (self.close, self.hold) for name in ADROIT.fingers]
        lengths = [*self.offset, *(self.aside if self.turned else ())]
        return {"lengths": lengths, "poses": [*self.hand.values(), *self.turned.values()], "fingers": fingers}

    def like(self, numbers: Iterable[float]) -> Grip:
        """The grip of these numbers, in the order of `groups`, of the same joints."""
        values = iter(numbers)

        def lengths() -> tuple[float, float, float]:
            return next(values), next(values), next(values)

        def angles(names: Iterable[str]) -> dict[str, float]:
            return {name: next(values) for name in names}

        offset = lengths()
        aside = lengths() if self.turned else self.aside
        hand, turned = angles(self.hand), angles(self.turned)
        close, hold = angles(ADROIT.fingers), angles(ADROIT.fingers)
        return Grip(offset, hand, close, hold, hold, aside, turned)


def found(env_id: str) -> Grip | None:
    """The grip that was found for an environment, if any."""
    with reading(FOUND):
        stored = _all_found().get(env_id)
        if stored is None:
            return None
        offset, aside = tuple(stored.pop("offset")), tuple(stored.pop("aside"))
        return Grip(offset=offset, aside=aside, **stored)


def keep(env_id: str, grip: Grip) -> None:
    """Write a grip among those found."""
    stored = _all_found()
    stored[env_id] = {
        name: {key: round(value, 3) for key, value in each.items()}
        if isinstance(each, Mapping)
        else np.round(each, 4).tolist()
        for name, each in asdict(grip).items()
    }
    atomic.write_text(FOUND, json.dumps(dict(sorted(stored.items())), indent=1) + "\n")


def _all_found() -> dict[str, Any]:
    """The grips in the file, by environment."""
    with reading(FOUND, " Restore it, or delete it and tune anew (python -m agents.planner.tune)."):
        stored = read_json(FOUND) if FOUND.exists() else {}
        if not isinstance(stored, dict):
            raise DatasetError(f"It should hold a dict, it holds a {type(stored).__name__}.")
        return stored
