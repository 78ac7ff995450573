"""The tasks there are declarations of."""

from __future__ import annotations

from agents.planner.door import DoorProblem
from agents.planner.hammer import HammerProblem
from agents.planner.pen import PenProblem
from agents.planner.place_inside import PlaceInsideProblem
from agents.planner.pour import PourProblem
from agents.planner.problem import Problem
from agents.planner.relocate import RelocateProblem
from agents.planner.relocate_object import RELOCATIONS
from hand_envs.errors import OptionError, choices

_ALL: tuple[type[Problem], ...] = (
    DoorProblem,
    HammerProblem,
    PenProblem,
    PlaceInsideProblem,
    PourProblem,
    RelocateProblem,
    *RELOCATIONS,
)
PROBLEMS: dict[str, type[Problem]] = {each.env_id: each for each in _ALL}


def problem_of(env_id: str) -> type[Problem]:
    """The declaration for an environment."""
    if env_id not in PROBLEMS:
        raise OptionError(f"The planner knows nothing of this environment: {choices(env_id, PROBLEMS)}")
    return PROBLEMS[env_id]
