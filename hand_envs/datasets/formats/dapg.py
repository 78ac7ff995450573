"""The demonstration files published with DAPG (`door-v0_demos.pickle` and its three siblings)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from hand_envs.datasets.demonstrations import Demonstration, Demonstrations
from hand_envs.datasets.formats.pickles import load_pickle
from hand_envs.errors import DatasetError
from hand_envs.registry import IDS, entry
from hand_envs.tasks.adroit.base import AdroitTask

_FIELDS = ("observations", "actions", "rewards", "init_state_dict")


def read_dapg(path: str | Path, env_id: str | None = None) -> Demonstrations:
    """The demonstrations in a DAPG pickle: a list of dicts with observations, actions, rewards and `init_state_dict`.

    Args:
        path: the file; it is read without running anything in it.
        env_id: the environment; by default from the file's name.
    """
    path = Path(path)
    env_id = env_id or _guess(path)
    task = entry(env_id).make_task()
    if not isinstance(task, AdroitTask):
        raise DatasetError(f"{env_id} has no demonstrations in DAPG's format; the Adroit tasks have.")
    paths = load_pickle(path)
    if not isinstance(paths, list) or not paths:
        raise DatasetError(f"{path} should hold a list of demonstrations, it holds {type(paths).__name__}.")
    return Demonstrations(
        env_id, tuple(_demonstration(task, each, f"{path.name}#{number}") for number, each in enumerate(paths))
    )


def _demonstration(task: AdroitTask, path: Any, source: str) -> Demonstration:
    missing = [name for name in _FIELDS if not isinstance(path, Mapping) or name not in path]
    if missing:
        raise DatasetError(f"{source} lacks {', '.join(missing)}; is it a DAPG demonstration file?")
    if not isinstance(path["init_state_dict"], Mapping):
        raise DatasetError(f"The init_state_dict of {source} should be a dict, it is {path['init_state_dict']!r}.")
    try:
        state = task.start_from_dapg(path["init_state_dict"])
    except KeyError as error:
        raise DatasetError(
            f"The init_state_dict of {source} lacks {error}; it has {', '.join(path['init_state_dict'])}. Does it "
            f"belong to another task than {type(task).__name__}?"
        ) from None
    try:
        observations, actions, rewards = (np.asarray(path[name], dtype=np.float64) for name in _FIELDS[:3])
    except (TypeError, ValueError) as error:
        raise DatasetError(f"{source} has observations, actions or rewards that are no numbers: {error}") from error
    return Demonstration(state, actions, observations, rewards, source=source)


def _guess(path: Path) -> str:
    """`door-v0_demos.pickle` belongs to `HandDoor-v0`."""
    name = path.name.split("-")[0].lower()
    found = [env_id for env_id in IDS if env_id.lower() == f"hand{name}-v0"]
    if not found:
        raise DatasetError(f"Cannot tell from the name {path.name!r} which environment it belongs to; say so (--env).")
    return found[0]
