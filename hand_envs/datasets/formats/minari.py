"""Reading Minari datasets: `metadata.json` and an HDF5 file with an episode in each group.

The initial state is stored as what it is to Minari, the episode's reset options: `env.reset(options=...)` with the
`options` that any Minari reader finds in the episode's metadata starts it exactly. Files may be anybody's, and Minari's
own reader makes the environment that a file names, which can be any code; so only numbers are taken from them here.
"""

from __future__ import annotations

import inspect
import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from hand_envs.core.simulation import State
from hand_envs.datasets.demonstrations import Demonstration, Demonstrations
from hand_envs.datasets.formats.hdf5 import PlainFile, plain_file
from hand_envs.datasets.formats.values import numbers, seed_of, start_of
from hand_envs.errors import DatasetError, choices
from hand_envs.files.reading import printable, read_json, reading
from hand_envs.files.shipped import FOLDERS
from hand_envs.registry import IDS, Entry, entry

METADATA, DATA = "metadata.json", "main_data.hdf5"
SOURCE, REPEATED = "source", "last_observation_repeated"  # what we note of an episode beside what Minari does

_STATE, _GYMNASIUM_STATE = "options/state/", "options/initial_state_dict/"
_MOST_EPISODES = 100_000
_LONGEST_TEXT, _LONGEST_PATH = 200, 4096
_LARGEST_OPTION = 1e9
_NOT_FROM_FILES = ("task", "base", "user", "demonstrations", "options")  # they name code, files or other tasks
_PLAIN = re.compile(r"(float|int|bool|str)( \| Sequence\[float\])?( \| None)?")
_FILE = re.compile(r"str \| Path( \| \w+)*")


def read_minari(source: str | Path, env_id: str | None = None) -> Demonstrations:
    """Read a Minari dataset given by its folder or by its id; ids of datasets that come with the suite are found too.

    Datasets of D4RL's Adroit (`D4RL/door/human-v2`) are read too, where they keep an `initial_state_dict`.
    """
    folder = find_dataset(source)
    if env_id is not None:
        entry(env_id)
    with reading(folder / METADATA):
        metadata, count = _read_metadata(folder)
        made = _made_by(metadata, folder)
        env_id = env_id or made.get("env_id") or _guess(metadata)
        row = entry(env_id)
    with plain_file(folder / DATA) as file:
        name = printable(str(metadata.get("dataset_id", folder.parent.name))[:_LONGEST_TEXT])
        episodes = [_episode(file, number, row, f"{name}#{number}") for number in range(count)]
    return Demonstrations(env_id, tuple(episodes), made.get("options", {}))


def read_pairs(source: str | Path) -> list[tuple[np.ndarray, np.ndarray]]:
    """Observations (n, k) and actions (n, j) of each episode in any environment's dataset, if they are flat numbers."""
    folder = find_dataset(source)
    with reading(folder / METADATA):
        _, count = _read_metadata(folder)
    with plain_file(folder / DATA) as file:
        return [_pair(file, f"episode_{number}") for number in range(count)]


def _pair(file: PlainFile, where: str) -> tuple[np.ndarray, np.ndarray]:
    group = file.group(where)
    observations, actions = (numbers(file.numbers(group, name), where, name) for name in ("observations", "actions"))
    if observations.ndim != 2 or actions.ndim != 2 or len(observations) != len(actions) + 1:
        raise DatasetError(
            f"{where} has observations {observations.shape} and actions {actions.shape}. Only flat ones are read, with "
            "one observation more than there are actions."
        )
    return observations[:-1], actions


def _read_metadata(folder: Path) -> tuple[dict[str, Any], int]:
    """What is said of a dataset, and how many episodes it has."""
    metadata = read_json(folder / METADATA)
    if not isinstance(metadata, dict):
        raise DatasetError(f"It should hold a dict, it holds a {type(metadata).__name__}.")
    count = metadata.get("total_episodes")
    if type(count) is not int or not 0 < count <= _MOST_EPISODES:
        raise DatasetError(f"total_episodes must be from 1 to {_MOST_EPISODES}, got {str(count)[:80]}.")
    return metadata, count


def find_dataset(source: str | Path) -> Path:
    """The folder with the data of a dataset: a path, or an id in Minari's folder or among the suite's own datasets."""
    path = Path(source).expanduser()
    for folder in (path, minari_folder() / source, *(folder / "demos" / source for folder in FOLDERS)):
        if folder.is_dir():
            data = folder / "data" if (folder / "data").is_dir() else folder
            if data.name == "data" or (data / METADATA).exists():
                return data
    ours = sorted({each.parent.name for folder in FOLDERS for each in (folder / "demos" / "hand").glob("*/data")})
    raise DatasetError(
        f"No Minari dataset at {source}. Expected a folder with {METADATA} and {DATA} in it, the id of a dataset in "
        f"{minari_folder()}, a .pickle file, or a dataset of the suite: {', '.join(f'hand/{name}' for name in ours)}."
    )


def minari_folder() -> Path:
    """Where Minari keeps datasets: $MINARI_DATASETS_PATH or ~/.minari/datasets."""
    return Path(os.environ.get("MINARI_DATASETS_PATH") or Path.home() / ".minari" / "datasets")


def _episode(file: PlainFile, number: int, row: Entry, source: str) -> Demonstration:
    group = file.group(f"episode_{number}")
    noted = file.attributes(group)
    actions, rewards = (numbers(file.numbers(group, name), source, name) for name in ("actions", "rewards"))
    observations = _observations(file.numbers(group, "observations"), source)
    ends = file.numbers(group, "terminations")
    if ends.shape != (len(actions),) or not len(ends):
        raise DatasetError(f"{source} has {len(actions)} actions and terminations of shape {ends.shape}.")
    own_name = noted.get(SOURCE, source)
    return Demonstration(
        state=_state(noted, row, source),
        actions=actions,
        observations=observations[:-1] if _flag(noted, REPEATED, source) else observations,
        rewards=rewards,
        seed=seed_of(noted.get("seed"), source),
        source=printable(own_name[:_LONGEST_TEXT]) if isinstance(own_name, str) else source,
        terminated=bool(ends[-1]),
    )


def _observations(stored: np.ndarray, source: str) -> np.ndarray:
    """As precise as they are stored: that much of them can be compared."""
    read = numbers(stored, source, "observations")
    return read.astype(np.float32) if stored.dtype == np.float32 else read


def _flag(noted: Mapping[str, Any], name: str, source: str) -> bool:
    value = np.asarray(noted.get(name, False))
    if value.shape != () or value.dtype.kind != "b":
        raise DatasetError(f"{source} has {name} {str(value)[:80]}; it is either true or false.")
    return bool(value)


def _state(noted: Mapping[str, Any], row: Entry, source: str) -> State:
    def under(prefix: str) -> dict[str, Any]:
        return {name.removeprefix(prefix): value for name, value in noted.items() if name.startswith(prefix)}

    if state := under(_STATE):
        for name, value in state.items():
            numbers(value, source, f"a state whose {name}")
        return {name: np.asarray(value) for name, value in state.items()}
    if start := under(_GYMNASIUM_STATE):
        return start_of(row.make_task(), "dapg", start, source)
    raise DatasetError(f"{source} does not tell its initial state, so it cannot be replayed.")


def _made_by(metadata: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """The environment and its options as `write_minari` noted them.

    The file may be anybody's, and some options name code to run: only the task's own, with plain values, are taken, and
    of files those that lie where the dataset lies.
    """
    try:
        noted = json.loads(metadata.get("description", ""))
        env_id, options = noted["env_id"], dict(noted["options"])
    except (TypeError, ValueError, KeyError):
        return {}
    if env_id not in IDS:
        return {}
    valid = _plain_options(env_id)
    for name, value in options.items():
        if name not in valid or not _fits(value, valid[name]):
            raise DatasetError(f"It asks for an option of {env_id}: {choices(f'{name}={str(value)[:80]}', valid)}")
        if _FILE.fullmatch(valid[name]):
            options[name] = _beside(folder, name, value)
    return {"env_id": env_id, "options": options}


def _beside(folder: Path, name: str, value: str) -> str:
    """A file that an option names, in the folder that the dataset lies in, wherever that is now; or a mere name."""
    place = folder.resolve().parent.parent / Path(value).name
    if place.exists():
        return str(place)
    if Path(value).name != value:
        raise DatasetError(f"Its environment needs {name}, {Path(value).name}, which should lie in {place.parent}.")
    return value


def _fits(value: Any, annotation: str) -> bool:
    """Whether a plain value is of the type that a parameter is declared with."""
    kinds = re.findall(r"\w+", annotation)
    if isinstance(value, str):
        return "str" in kinds and len(value) <= (_LONGEST_PATH if "Path" in kinds else _LONGEST_TEXT)
    if isinstance(value, bool):
        return "bool" in kinds
    if isinstance(value, int | float):
        declared = "float" in kinds or ("int" in kinds and isinstance(value, int))
        return declared and abs(value) < _LARGEST_OPTION  # nan is not
    return False


def _plain_options(env_id: str) -> dict[str, str]:
    """Options of an environment's task that only change numbers in it or name data, and the types they are declared
    with. Others name code to run.
    """
    row = entry(env_id)
    task = row.make_task()
    own = _plain_parameters(type(task))
    if row.base is None or not row.has_user:
        return own
    return own | _plain_parameters(type(task.user)) | _plain_options(row.base)


def _plain_parameters(kind: type) -> dict[str, str]:
    """Parameters of a class that are numbers, text or files of data, and the types they are declared with."""
    declared = {name: str(each.annotation) for name, each in inspect.signature(kind).parameters.items()}
    return {
        name: type_
        for name, type_ in declared.items()
        if name not in _NOT_FROM_FILES and (_PLAIN.fullmatch(type_) or _FILE.fullmatch(type_))
    }


def _guess(metadata: Mapping[str, Any]) -> str:
    """`AdroitHandDoor-v1` is what gymnasium-robotics calls `HandDoor-v0`."""
    try:
        named = str(json.loads(metadata["env_spec"])["id"])
    except (TypeError, ValueError, KeyError):
        named = ""
    guessed = named.replace("AdroitHand", "Hand").rsplit("-", 1)[0].removesuffix("Sparse") + "-v0"
    if guessed not in IDS:
        raise DatasetError("It does not tell which of our environments it belongs to; say so (--env).")
    return guessed
