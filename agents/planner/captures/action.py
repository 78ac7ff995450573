"""What there is to know of an action that sequences are made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from agents.planner.captures import coin, pour
from agents.planner.captures.rollout import Played
from agents.planner.captures.script import Scripts
from hand_envs.captures import Capture, Captures
from hand_envs.errors import OptionError, choices
from hand_envs.objects import Shape
from hand_envs.poses.human import average, forward
from hand_envs.tasks.reconstruction.base import Reconstruction
from hand_envs.tasks.reconstruction.give_coin import COIN, GiveCoin
from hand_envs.tasks.reconstruction.pour_juice import CARTON, PourJuice

Array = np.ndarray


@dataclass(frozen=True)
class Action:
    """How sequences of an action are planned.

    Args:
        name: F-PHAB's.
        kind: the task whose scene they are planned in.
        thing: what is handled.
        annotated: whether F-PHAB has poses of it.
        frames: how many frames a sequence has, at least and at most.
        draw: makes tries.
        merit: says how good each was, minus infinity where it failed.
    """

    name: str
    kind: type[Reconstruction]
    thing: Shape
    annotated: bool
    frames: tuple[int, int]
    draw: Callable[[np.random.Generator, int, int], Scripts]
    merit: Callable[[Scripts, Played], Array]

    def task(self) -> Reconstruction:
        """The task, of which only the scene and what it measures matter."""
        hand = {"gt": forward(average(), np.zeros((1, 22))) + np.array([0.0, 0.0, 0.5])}
        anybody = Capture("anybody", "anybody", "train", hand, np.array([0.0, 1.0, 0.0]))
        return self.kind(captures=Captures(self.name, (anybody,)), seen="gt")


ACTIONS = {
    each.name: each
    for each in (
        Action("pour_juice_bottle", PourJuice, CARTON, True, (90, 110), pour.draw, pour.merit),
        Action("give_coin", GiveCoin, COIN, False, (70, 100), coin.draw, coin.merit),
    )
}


def action_of(name: str) -> Action:
    """The action that is called so."""
    if name not in ACTIONS:
        raise OptionError(f"Unknown action: {choices(name, ACTIONS)}")
    return ACTIONS[name]
