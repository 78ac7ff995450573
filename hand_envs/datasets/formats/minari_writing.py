"""Writing demonstrations as Minari datasets, with the initial state of every episode kept."""

from __future__ import annotations

import contextlib
import json
import os
import platform
import re
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np

from hand_envs.datasets.demonstrations import Demonstration, Demonstrations
from hand_envs.datasets.formats.minari import REPEATED, SOURCE, minari_folder
from hand_envs.errors import DatasetError
from hand_envs.files.atomic import replace_folder, write_bytes

_EMPTY, _PIECE = 2**15, 2**18  # bytes, of an episode without steps; of what is written to try
_OVERHEAD = 2  # HDF5's pieces are not all full


def write_minari(
    demonstrations: Demonstrations, dataset_id: str, root: str | Path | None = None, author: str | None = None
) -> Path:
    """Write a Minari dataset; returns its folder. A full disk or a kill leaves no dataset rather than a broken one.

    The environment that Minari recovers from it has no time limit, since demonstrations end when they end; its actions
    are the environment's, unless some lie beyond them.

    Args:
        demonstrations: what to write.
        dataset_id: such as `hand/door-human-v0`.
        root: the folder of all datasets; by default Minari's own ($MINARI_DATASETS_PATH or ~/.minari/datasets).
        author: recorded in the dataset.
    """
    _check_id(dataset_id)
    env = gym.make(demonstrations.env_id, **{**demonstrations.options, "max_episode_steps": -1})
    _check_fit(demonstrations, env)
    root = minari_folder() if root is None else Path(root).expanduser().resolve()  # Minari forgets where it stood
    target = root / dataset_id
    if target.exists():
        raise DatasetError(f"{target} exists. Delete it, or choose another id such as a higher -v number.")
    with _writing(target):
        root.mkdir(parents=True, exist_ok=True)
        _remove_left_behind(root)
        with tempfile.TemporaryDirectory(dir=root, prefix=_prefix(os.getpid())) as beside, _datasets_in(Path(beside)):
            _try_room(Path(beside), demonstrations)
            _write(demonstrations, dataset_id, env, author)
            for namespace in Path(beside).rglob("namespace_metadata.json"):
                there = root / namespace.relative_to(beside)
                there.parent.mkdir(parents=True, exist_ok=True)
                if not there.exists():
                    write_bytes(there, namespace.read_bytes())
            target.parent.mkdir(parents=True, exist_ok=True)
            replace_folder(Path(beside) / dataset_id, target)
    return target


def _prefix(pid: int | str) -> str:
    """How the folders that a process writes in begin; with its machine, since others may share the disk."""
    return f".writing-{re.sub(r'[^A-Za-z0-9]', '', platform.node())}-{pid}-"


def _remove_left_behind(root: Path) -> None:
    """Remove the folders of processes of this machine that were killed while they wrote."""
    for folder in root.glob(_prefix("*") + "*"):
        pid = folder.name.split("-")[2]
        if pid.isdigit() and not _is_running(int(pid)):
            shutil.rmtree(folder, ignore_errors=True)


def _is_running(pid: int) -> bool:
    if os.name == "nt":
        return True  # asking there would end it
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):  # somebody else's, or no process's number
        return True
    return True


def _try_room(folder: Path, demonstrations: Demonstrations) -> None:
    """Fail now if the disk is too full: HDF5 would take the process with it later."""
    arrays = [
        array
        for episode in demonstrations
        for array in (episode.actions, episode.observations, episode.rewards, *episode.state.values())
    ]
    needed = _OVERHEAD * sum(np.asarray(array).nbytes for array in arrays) + _EMPTY * (len(demonstrations) + 2)
    with tempfile.TemporaryFile(dir=folder) as file:
        for _ in range(needed // _PIECE + 1):
            file.write(bytes(_PIECE))
        file.flush()


def _write(demonstrations: Demonstrations, dataset_id: str, env: gym.Env[Any, Any], author: str | None) -> None:
    import minari

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # it would like links to code and a mail address
        dataset = minari.create_dataset_from_buffers(
            dataset_id,
            [_buffer(number, episode) for number, episode in enumerate(demonstrations)],
            env=env,
            action_space=_actions_of(demonstrations, env),
            author=author,
            description=json.dumps({"env_id": demonstrations.env_id, "options": dict(demonstrations.options)}),
            requirements=["hand-envs"],
        )
    dataset.storage.update_episode_metadata(
        {SOURCE: episode.source, REPEATED: _lacks_last(episode)} for episode in demonstrations
    )


def _actions_of(demonstrations: Demonstrations, env: gym.Env[Any, Any]) -> gym.spaces.Box:
    """What holds all actions: the environment's bounds, and none where human actions go beyond, which it clips.

    Of the precision they are stored in: the environment's own space is of 32 bits, and would contain none of them.
    """
    inside = all((np.abs(episode.actions) <= 1.0).all() for episode in demonstrations)
    bound = 1.0 if inside else np.inf
    return gym.spaces.Box(-bound, bound, env.action_space.shape, np.float64)


def _check_fit(demonstrations: Demonstrations, env: gym.Env[Any, Any]) -> None:
    width = env.observation_space.shape
    for episode in demonstrations:
        if episode.observations.shape[1:] != width or episode.actions.shape[1:] != env.action_space.shape:
            raise DatasetError(
                f"{episode.source or 'A demonstration'} has observations {episode.observations.shape[1:]} and actions "
                f"{episode.actions.shape[1:]}; {demonstrations.env_id} has {width} and {env.action_space.shape}."
            )


def _buffer(number: int, episode: Demonstration) -> Any:
    from minari.data_collector import EpisodeBuffer

    last = episode.observations[-1:] if _lacks_last(episode) else episode.observations[:0]
    end = np.zeros(len(episode), bool)
    end[-1] = True
    return EpisodeBuffer(
        id=number,
        seed=episode.seed,
        options={"state": {name: np.asarray(value) for name, value in episode.state.items()}},
        observations=np.concatenate([episode.observations, last]),
        actions=episode.actions,
        rewards=list(episode.rewards),
        terminations=list(end & episode.terminated),
        truncations=list(end & (not episode.terminated)),
    )


def _lacks_last(episode: Demonstration) -> bool:
    """Minari wants T + 1 observations; some sources have T."""
    return len(episode.observations) == len(episode)


def _check_id(dataset_id: str) -> None:
    """Before anything is written: Minari finds out afterwards, and what it has written then spoils its folder."""
    from minari.dataset.minari_dataset import parse_dataset_id

    try:
        parse_dataset_id(dataset_id)
    except (TypeError, ValueError):
        raise DatasetError(
            f"A dataset id looks like 'hand/door-human-v0', with a version at the end; got {dataset_id!r}."
        ) from None


@contextlib.contextmanager
def _writing(target: Path) -> Iterator[None]:
    """Minari and HDF5 say in many ways that a disk is full."""
    try:
        yield
    except (OSError, RuntimeError, ValueError) as error:
        if isinstance(error, DatasetError):
            raise
        raise DatasetError(
            f"{target} could not be written, and nothing of it is left ({str(error)[:200]}). Is the disk full, or the "
            "folder not yours to write in?"
        ) from error


@contextlib.contextmanager
def _datasets_in(root: Path) -> Iterator[None]:
    """Minari's folder of datasets, set to `root` for the time being: it listens to an environment variable only."""
    name = "MINARI_DATASETS_PATH"
    before = os.environ.get(name)
    os.environ[name] = str(root)
    try:
        yield
    finally:
        if before is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = before
