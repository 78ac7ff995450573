"""The demonstration files published with DexMV: hand motions from video, put into its simulator."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from hand_envs.core.task import Task
from hand_envs.datasets.demonstrations import Demonstration, Demonstrations
from hand_envs.datasets.formats.pickles import load_pickle
from hand_envs.datasets.formats.values import numbers, start_of
from hand_envs.datasets.inverse import recover_actions
from hand_envs.errors import DatasetError
from hand_envs.files.reading import reading
from hand_envs.registry import entry

FORMAT = "dexmv"


def recognises(content: Any) -> bool:
    """Whether what a pickle holds is in this format: a dict of dicts."""
    return isinstance(content, dict)


def read_dexmv(path: str | Path, env_id: str, recover: bool = False) -> Demonstrations:
    """The demonstrations in a DexMV pickle: a dict of dicts with observations, actions, rewards and `sim_data`.

    They start where they start there, by the first entry of `sim_data` and the first observation. They do not replay
    open loop, neither there nor here: their states were set, not simulated.

    Args:
        path: the file; it is read without running anything in it.
        env_id: the environment it belongs to.
        recover: recover actions from the states here even where the file has some.
    """
    if FORMAT not in (task := entry(env_id).make_task()).formats:
        task.start_from(FORMAT, {})  # says which formats it has
    return demonstrations(load_pickle(path), Path(path), env_id, recover)


def demonstrations(content: Any, path: Path, env_id: str | None, recover: bool = False) -> Demonstrations:
    """The demonstrations in what a pickle holds."""
    if env_id is None:
        raise DatasetError(f"{path} does not tell which of our environments it belongs to; say so (--env).")
    task = entry(env_id).make_task()
    with reading(path):
        if not recognises(content) or not content:
            raise DatasetError(f"{path} should hold a dict of demonstrations, it holds {type(content).__name__}.")
        found = [_demonstration(task, each, f"{path.name}#{name}", recover) for name, each in content.items()]
    return Demonstrations(env_id, tuple(found), replayable=False)


def _demonstration(task: Task, record: Any, source: str, recover: bool) -> Demonstration:
    if not isinstance(record, Mapping) or "sim_data" not in record or "observations" not in record:
        raise DatasetError(f"{source} lacks observations or sim_data; is it a DexMV demonstration file?")
    observations = numbers(record["observations"], source, "observations")
    states = record["sim_data"]
    if not isinstance(states, list) or len(states) < 2 or not all(isinstance(each, Mapping) for each in states):
        raise DatasetError(f"The sim_data of {source} should be a list of at least two dicts.")
    qpos, qvel = (numbers([each.get(name) for each in states], source, name) for name in ("qpos", "qvel"))
    if qpos.ndim != 2 or qvel.ndim != 2 or observations.ndim != 2 or not len(observations):
        raise DatasetError(f"{source} should have rows of positions, velocities and observations, one a step.")
    start = start_of(task, FORMAT, {"qpos": qpos[0], "qvel": qvel[0], "observation": observations[0]}, source)
    if recover or record.get("actions") is None:
        actions = recover_actions(task, qpos, qvel)
    else:
        actions = numbers(record["actions"], source, "actions")
    count = min(len(actions), len(observations))
    rewards = record.get("rewards")
    return Demonstration(
        start,
        actions[:count],
        observations[: count + 1],
        np.zeros(count) if rewards is None else numbers(rewards, source, "rewards").ravel()[:count],
        source=source,
    )
