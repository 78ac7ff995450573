"""Demonstrations as Minari datasets, with the initial state of every episode kept.

The state is stored as what it is to Minari, the episode's reset options: `env.reset(options=...)` with the `options`
that any Minari reader finds in the episode's metadata starts it exactly.
"""

from __future__ import annotations

import contextlib
import inspect
import json
import os
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gymnasium as gym
import numpy as np

from hand_envs.core.simulation import State
from hand_envs.core.task import options_of
from hand_envs.datasets.demonstrations import Demonstration, Demonstrations
from hand_envs.errors import DatasetError, choices
from hand_envs.registry import IDS, entry
from hand_envs.tasks.adroit.base import AdroitTask

if TYPE_CHECKING:
    from minari import MinariDataset

_NOT_FROM_FILES = ("base", "user", "demonstrations", "options")
_SOURCE, _REPEATED = "source", "last_observation_repeated"  # what we note of an episode beside what Minari does


def write_minari(
    demonstrations: Demonstrations, dataset_id: str, root: str | Path | None = None, author: str | None = None
) -> Path:
    """Write a Minari dataset; returns its folder.

    Args:
        demonstrations: what to write.
        dataset_id: such as `hand/door-human-v0`.
        root: the folder of all datasets; by default Minari's own ($MINARI_DATASETS_PATH or ~/.minari/datasets).
        author: recorded in the dataset.
    """
    import minari

    _check_id(dataset_id)
    env = gym.make(demonstrations.env_id, **demonstrations.options)
    width = env.observation_space.shape
    for episode in demonstrations:
        if episode.observations.shape[1:] != width or episode.actions.shape[1:] != env.action_space.shape:
            raise DatasetError(
                f"{episode.source or 'A demonstration'} has observations {episode.observations.shape[1:]} and actions "
                f"{episode.actions.shape[1:]}; {demonstrations.env_id} has {width} and {env.action_space.shape}."
            )
    with _datasets_in(root) as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # it would like links to code and a mail address
        target = folder / dataset_id
        if target.exists():
            raise DatasetError(f"{target} exists. Delete it, or choose another id such as a higher -v number.")
        dataset = minari.create_dataset_from_buffers(
            dataset_id,
            [_buffer(number, episode) for number, episode in enumerate(demonstrations)],
            env=env,
            # Human actions can go beyond [-1, 1]; the environment clips them, the file keeps them.
            action_space=gym.spaces.Box(-np.inf, np.inf, env.action_space.shape, np.float64),
            author=author,
            description=json.dumps({"env_id": demonstrations.env_id, "options": dict(demonstrations.options)}),
            requirements=["hand-envs"],
        )
        dataset.storage.update_episode_metadata(
            {_SOURCE: episode.source, _REPEATED: _lacks_last(episode)} for episode in demonstrations
        )
    return target


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


def read_minari(source: str | Path, env_id: str | None = None) -> Demonstrations:
    """Read a Minari dataset given by its folder or by its id.

    Datasets of D4RL's Adroit (`D4RL/door/human-v2`) are read too, where they keep an `initial_state_dict`.
    """
    dataset = _open(source)
    made = _made_by(dataset)
    env_id = env_id or made.get("env_id") or _guess(dataset)
    episodes = []
    for episode, metadata in zip(dataset.iterate_episodes(), _metadata(dataset), strict=True):
        observations = episode.observations[:-1] if metadata.get(_REPEATED) else episode.observations
        name = str(metadata.get(_SOURCE) or f"{dataset.spec.dataset_id}#{episode.id}")
        episodes.append(
            Demonstration(
                state=_state(metadata.get("options", {}), env_id, name),
                actions=np.asarray(episode.actions, dtype=np.float64),
                observations=np.asarray(observations, dtype=np.float64),
                rewards=np.asarray(episode.rewards, dtype=np.float64),
                seed=metadata.get("seed"),
                source=name,
                terminated=bool(episode.terminations[-1]),
            )
        )
    return Demonstrations(env_id, tuple(episodes), made.get("options", {}))


def _metadata(dataset: MinariDataset) -> Iterator[dict[str, Any]]:
    indices = dataset.episode_indices
    yield from dataset.storage.get_episode_metadata(range(dataset.total_episodes) if indices is None else indices)


def _open(source: str | Path) -> MinariDataset:
    import minari
    from minari import MinariDataset

    path = Path(source).expanduser()
    try:
        if path.is_dir():
            return MinariDataset(path / "data" if (path / "data").is_dir() else path)
        return minari.load_dataset(str(source))
    except Exception as error:  # minari raises many kinds for what is one mistake: no such dataset
        raise DatasetError(
            f"No Minari dataset at {source} ({error}). Expected a folder, the id of a dataset in "
            f"{os.environ.get('MINARI_DATASETS_PATH', '~/.minari/datasets')}, or a .pickle file."
        ) from error


def _state(options: Mapping[str, Any], env_id: str, name: str) -> State:
    if "state" in options:
        return {key: np.asarray(value) for key, value in options["state"].items()}
    task = entry(env_id).make_task()
    if "initial_state_dict" in options and isinstance(task, AdroitTask):
        return task.start_from_dapg(options["initial_state_dict"])
    raise DatasetError(f"{name} does not tell its initial state, so it cannot be replayed.")


def _check_id(dataset_id: str) -> None:
    """Before anything is written: Minari finds out afterwards, and what it has written then spoils its folder."""
    from minari.dataset.minari_dataset import parse_dataset_id

    try:
        parse_dataset_id(dataset_id)
    except (TypeError, ValueError):
        raise DatasetError(
            f"A dataset id looks like 'hand/door-human-v0', with a version at the end; got {dataset_id!r}."
        ) from None


def _made_by(dataset: MinariDataset) -> dict[str, Any]:
    """The environment and its options as `write_minari` noted them.

    The file may be anybody's, and some options name code to run: only the task's own, with plain values, are taken.
    """
    try:
        noted = json.loads(dataset.storage.metadata.get("description", ""))
        env_id, options = noted["env_id"], dict(noted["options"])
    except (TypeError, ValueError, KeyError):
        return {}
    if env_id not in IDS:
        return {}
    valid = _harmless_options(env_id)
    for name, value in options.items():
        if name not in valid or not isinstance(value, str | int | float | bool):
            raise DatasetError(f"{dataset.spec.dataset_id} asks for an option of {env_id}: {choices(name, valid)}")
    return {"env_id": env_id, "options": options}


def _harmless_options(env_id: str) -> list[str]:
    """Options of an environment's task that only change numbers in it; others name code to run or files to read."""
    task: Any = entry(env_id).make_task()
    if not entry(env_id).has_user:
        return options_of(type(task)) or []
    own = [*inspect.signature(type(task)).parameters, *task.user.options(), *(options_of(type(task.task)) or [])]
    return [name for name in own if name not in _NOT_FROM_FILES]


def _guess(dataset: MinariDataset) -> str:
    """`AdroitHandDoor-v1` is what gymnasium-robotics calls `HandDoor-v0`."""
    spec = dataset.env_spec
    guessed = (
        "" if spec is None else spec.id.replace("AdroitHand", "Hand").rsplit("-", 1)[0].removesuffix("Sparse") + "-v0"
    )
    if guessed not in IDS:
        raise DatasetError(
            f"{dataset.spec.dataset_id} does not tell which of our environments it belongs to; say so (--env)."
        )
    return guessed


@contextlib.contextmanager
def _datasets_in(root: str | Path | None) -> Iterator[Path]:
    """Minari's folder of datasets, set to `root` for the time being: it listens to an environment variable only."""
    name = "MINARI_DATASETS_PATH"
    before = os.environ.get(name)
    if root is not None:
        root = Path(root).expanduser().resolve()  # Minari forgets where it stood
        root.mkdir(parents=True, exist_ok=True)
        os.environ[name] = str(root)
    try:
        yield Path(os.environ.get(name) or Path.home() / ".minari" / "datasets")
    finally:
        if before is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = before
