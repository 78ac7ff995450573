"""The demonstration files published with DexMV: hand motions from video, put into its simulator."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from hand_envs.datasets.demonstrations import Demonstration, Demonstrations
from hand_envs.datasets.formats.pickles import load_pickle
from hand_envs.datasets.inverse import recover_actions
from hand_envs.errors import DatasetError
from hand_envs.registry import entry
from hand_envs.tasks.dexmv.base import HAND_JOINTS, DexmvTask
from hand_envs.tasks.dexmv.relocate import RelocateObject

Array = np.ndarray


def read_dexmv(path: str | Path, env_id: str, recover: bool = False) -> Demonstrations:
    """The demonstrations in a DexMV pickle: a dict of dicts with observations, actions, rewards and `sim_data`.

    They start where they start there, by the first entry of `sim_data`; the target of a relocation, whose place in the
    file depends on DexMV's scene, is taken from the first observation. They do not replay open loop, neither there nor
    here: their states were set, not simulated.

    Args:
        path: the file; it is read without running anything in it.
        env_id: the environment it belongs to.
        recover: recover actions from the states here even where the file has some.
    """
    path = Path(path)
    task = entry(env_id).make_task()
    if not isinstance(task, DexmvTask):
        raise DatasetError(f"{env_id} has no demonstrations in DexMV's format; DexMV's tasks have.")
    found = load_pickle(path)
    if not isinstance(found, Mapping) or not found:
        raise DatasetError(f"{path} should hold a dict of demonstrations, it holds {type(found).__name__}.")
    return Demonstrations(
        env_id,
        tuple(_demonstration(task, each, f"{path.name}#{name}", recover) for name, each in found.items()),
        replayable=False,
    )


def _demonstration(task: DexmvTask, told: Any, source: str, recover: bool) -> Demonstration:
    if not isinstance(told, Mapping) or "sim_data" not in told or "observations" not in told:
        raise DatasetError(f"{source} lacks observations or sim_data; is it a DexMV demonstration file?")
    observations = _numbers(told["observations"], source, "observations")
    states = told["sim_data"]
    if not isinstance(states, list) or len(states) < 2 or not all(isinstance(each, Mapping) for each in states):
        raise DatasetError(f"The sim_data of {source} should be a list of at least two dicts.")
    qpos, qvel = (_numbers([each.get(name) for each in states], source, name) for name in ("qpos", "qvel"))
    least = HAND_JOINTS + 7
    if qpos.ndim != 2 or qpos.shape[1] < least or observations.ndim != 2 or observations.shape[1] < least + 2:
        raise DatasetError(
            f"{source} should have at least {least} positions and {least + 2} observed values a step: a hand of "
            f"{HAND_JOINTS} joints, then an object. It has arrays {qpos.shape} and {observations.shape}."
        )
    start = {"qpos": qpos[0], "qvel": qvel[0]}
    if isinstance(task, RelocateObject):
        to_target = observations[0, HAND_JOINTS + 6 : HAND_JOINTS + 9]
        start["target_pos"] = qpos[0, HAND_JOINTS : HAND_JOINTS + 3] - to_target
    if recover or told.get("actions") is None:
        actions = recover_actions(task, qpos, qvel)
    else:
        actions = _numbers(told["actions"], source, "actions")
    count = min(len(actions), len(observations))
    rewards = told.get("rewards")
    return Demonstration(
        start,
        actions[:count],
        observations[: count + 1],
        np.zeros(count) if rewards is None else _numbers(rewards, source, "rewards").ravel()[:count],
        source=source,
    )


def _numbers(value: Any, source: str, name: str) -> Array:
    try:
        return np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise DatasetError(f"{source} has {name} that are no numbers: {error}") from error
