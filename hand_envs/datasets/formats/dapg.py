"""The demonstration files published with DAPG (`door-v0_demos.pickle` and its three siblings)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hand_envs.core.task import Task
from hand_envs.datasets.demonstrations import Demonstration, Demonstrations
from hand_envs.datasets.formats.pickles import load_pickle
from hand_envs.datasets.formats.values import numbers, start_of
from hand_envs.errors import DatasetError
from hand_envs.files.reading import reading
from hand_envs.registry import IDS, entry

FORMAT = "dapg"
_FIELDS = ("observations", "actions", "rewards", "init_state_dict")


def recognises(content: Any) -> bool:
    """Whether what a pickle holds is in this format: a list of dicts."""
    return isinstance(content, list)


def read_dapg(path: str | Path, env_id: str | None = None) -> Demonstrations:
    """The demonstrations in a DAPG pickle: a list of dicts with observations, actions, rewards and `init_state_dict`.

    Args:
        path: the file; it is read without running anything in it.
        env_id: the environment; by default from the file's name.
    """
    return demonstrations(load_pickle(path), Path(path), env_id)


def demonstrations(content: Any, path: Path, env_id: str | None) -> Demonstrations:
    """The demonstrations in what a pickle holds."""
    env_id = env_id or _guess(path)
    task = entry(env_id).make_task()
    with reading(path):
        if not recognises(content) or not content:
            raise DatasetError(f"{path} should hold a list of demonstrations, it holds {type(content).__name__}.")
        found = [_demonstration(task, each, f"{path.name}#{number}") for number, each in enumerate(content)]
    return Demonstrations(env_id, tuple(found))


def _demonstration(task: Task, record: Any, source: str) -> Demonstration:
    missing = [name for name in _FIELDS if not isinstance(record, Mapping) or name not in record]
    if missing:
        raise DatasetError(f"{source} lacks {', '.join(missing)}; is it a DAPG demonstration file?")
    start = record["init_state_dict"]
    if not isinstance(start, Mapping):
        raise DatasetError(f"The init_state_dict of {source} should be a dict, it is {str(start)[:80]}.")
    state = start_of(task, FORMAT, start, source)
    observations, actions, rewards = (numbers(record[name], source, name) for name in _FIELDS[:3])
    return Demonstration(state, actions, observations, rewards, source=source)


def _guess(path: Path) -> str:
    """`door-v0_demos.pickle` belongs to `HandDoor-v0`."""
    name = path.name.split("-")[0].lower()
    found = [env_id for env_id in IDS if env_id.lower() == f"hand{name}-v0"]
    if not found:
        raise DatasetError(f"Cannot tell from the name {str(path)!r} which environment it belongs to; say so (--env).")
    return found[0]
