"""The tasks there are declarations of."""

from __future__ import annotations

from agents.planner.door import BriskDoorProblem, DoorProblem
from agents.planner.hammer import HammerProblem
from agents.planner.pen import BriskPenProblem, PenProblem
from agents.planner.place_inside import PlaceInsideProblem
from agents.planner.pour import PourProblem
from agents.planner.problem import Problem
from agents.planner.relocate import BriskRelocateProblem, RelocateProblem
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
    BriskRelocateProblem,
    BriskDoorProblem,
    BriskPenProblem,
)
PROBLEMS: dict[tuple[str, str], type[Problem]] = {(each.env_id, each.style): each for each in _ALL}
"""By environment and style."""


def problem_of(env_id: str, style: str = Problem.style) -> type[Problem]:
    """The declaration for an environment."""
    known = dict.fromkeys(each for each, _ in PROBLEMS)
    if env_id not in known:
        raise OptionError(f"The planner knows nothing of this environment: {choices(env_id, known)}")
    styles = [own for each, own in PROBLEMS if each == env_id]
    if style not in styles:
        raise OptionError(f"{env_id} is not planned in this style: {choices(style, styles)}")
    return PROBLEMS[env_id, style]
