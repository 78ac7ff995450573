"""Files of our own that come with the suite: demonstrations and trained agents."""

from __future__ import annotations

import re
from pathlib import Path

from hand_envs.errors import DatasetError

_PACKAGE = Path(__file__).parents[1]
FOLDERS = (_PACKAGE / "assets", _PACKAGE.parent / "assets")
"""Where they lie: in an installed package, and in a checkout."""


def shipped(name: str, what: str) -> Path:
    """The path of an asset such as `agents/door`; `what` it is, for the error."""
    for folder in FOLDERS:
        if (folder / name).exists():
            return folder / name
    raise DatasetError(f"No {what} come with the suite: there is no {name} in {' or '.join(map(str, FOLDERS))}.")


def task_name(env_id: str) -> str:
    """What files call a task: `door` for HandDoor-v0 and HandDoorResidual-v0, `relocate-mug` for HandRelocateMug-v0."""
    name = env_id.removeprefix("Hand").removesuffix("-v0").removesuffix("Residual").removesuffix("Visual")
    return re.sub("(?<=[a-z])(?=[A-Z])", "-", name).lower()


def planned(env_id: str, *styles: str) -> Path:
    """The folder of the suite's own demonstrations of a task: in the first of these styles there is, or as planned."""
    for style in styles:
        for folder in FOLDERS:
            if (folder / _planned(env_id, style)).exists():
                return folder / _planned(env_id, style)
    return shipped(_planned(env_id), f"demonstrations of {env_id}")


def has_planned(env_id: str) -> bool:
    """Whether the suite has demonstrations of a task."""
    return any((folder / _planned(env_id)).exists() for folder in FOLDERS)


def _planned(env_id: str, style: str = "planned") -> str:
    return f"demos/hand/{task_name(env_id)}-{style}-v0"
