"""The suite's own demonstrations, by the environments they are of."""

from __future__ import annotations

import functools
from pathlib import Path

from hand_envs.datasets.demonstrations import Demonstrations
from hand_envs.datasets.load import load
from hand_envs.errors import DatasetError
from hand_envs.files.shipped import shipped, shipped_or_none
from hand_envs.registry import IDS, entry

PRACTICE, HELD_OUT = "practice", "held-out"
"""The styles of demonstrations that are for training alone, and that nothing was chosen by."""


def planned(env_id: str, *styles: str) -> Path:
    """The folder of the suite's own demonstrations of a task: in the first of these styles there is, or as planned."""
    for style in styles:
        if (found := shipped_or_none(_folder(env_id, style))) is not None:
            return found
    return shipped(_folder(env_id, "planned"), f"demonstrations of {env_id}")


def has_planned(env_id: str, style: str = "planned") -> bool:
    """Whether the suite has demonstrations of a task, in a style."""
    return shipped_or_none(_folder(env_id, style)) is not None


def _folder(env_id: str, style: str) -> str:
    return f"demos/hand/{entry(env_id).name}-{style}-v0"


def demonstrations_of(env_id: str | None, source: str | Path | Demonstrations | None = None) -> Demonstrations:
    """Demonstrations of an environment (None for a task without an id), from `source` or from the suite itself."""
    if not isinstance(source, Demonstrations):
        if source is None and env_id not in IDS:
            whose = "a task without an id" if env_id is None else env_id
            raise DatasetError(f"No demonstrations of {whose} come with the suite: give some (demonstrations=).")
        source = _read(planned(env_id) if source is None and env_id else source, env_id if env_id in IDS else None)
    if env_id in IDS and source.env_id != env_id:
        raise DatasetError(f"The demonstrations are of {source.env_id}, the user is to act in {env_id}.")
    return source


@functools.lru_cache(maxsize=8)
def _read(source: str | Path, env_id: str | None) -> Demonstrations:
    return load(source, env_id)
