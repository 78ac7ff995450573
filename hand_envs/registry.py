"""The table of environments. Registration, documentation, the command line and the tests are all driven by it.

Its rows stand with the tasks, in `tasks/<family>/ids.py`; a new family is found by having that file.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from typing import Any

import gymnasium as gym

from hand_envs import tasks
from hand_envs.core.task import Task, load_task
from hand_envs.errors import OptionError, choices
from hand_envs.tasks.entry import ENTRY_POINT, FACE_OPTIONS, Entry

__all__ = ["ENTRIES", "IDS", "Entry", "entry", "plain_id", "register_all", "spec_of", "task_of"]


def _rows() -> tuple[Entry, ...]:
    families = [found.name for found in pkgutil.iter_modules(tasks.__path__) if found.ispkg]
    return tuple(row for name in families for row in importlib.import_module(f"{tasks.__name__}.{name}.ids").ENTRIES)


ENTRIES: tuple[Entry, ...] = _rows()
IDS: tuple[str, ...] = tuple(entry.id for entry in ENTRIES)


def entry(env_id: str) -> Entry:
    """The entry of an id; the error lists the valid ones."""
    for candidate in ENTRIES:
        if candidate.id == env_id:
            return candidate
    raise OptionError(f"No such environment: {choices(env_id, IDS)}")


def plain_id(env_id: str) -> str:
    """The id of the same environment observed by its state; a stranger's id is its own."""
    twins = {each.id: each.base for each in ENTRIES if each.visual}
    return twins.get(env_id) or env_id


def spec_of(env_id: str) -> gym.envs.registration.EnvSpec:
    """What Gymnasium knows of an id, a stranger's too; the error names the nearest one."""
    module, _, name = env_id.rpartition(":")
    try:
        if module:  # "package.module:Id-v0", as for gym.make
            importlib.import_module(module)
        return gym.spec(name)
    except (gym.error.Error, ImportError, ValueError) as error:
        near = choices(env_id, IDS if env_id.startswith("Hand") else gym.registry).partition(" Valid:")[0]
        raise OptionError(f"No such environment: {near} `hand-envs list` has this suite's. ({error})") from None


def task_of(env_id: str, options: Mapping[str, Any] | None = None) -> Task | None:
    """The task of any id that runs one, a stranger's too, with these options; None for other environments.

    No scene is compiled for it.
    """
    spec = spec_of(env_id)
    if spec.entry_point != ENTRY_POINT or "task" not in spec.kwargs:
        return None
    kwargs = {**spec.kwargs, **(options or {})}
    return load_task(kwargs.pop("task"), {name: value for name, value in kwargs.items() if name not in FACE_OPTIONS})


def register_all() -> None:
    """Register every id with Gymnasium; importing `hand_envs` does it."""
    for each in ENTRIES:
        if each.id not in gym.registry:
            each.register()
