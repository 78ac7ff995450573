"""Demonstrations from wherever they are."""

from __future__ import annotations

from pathlib import Path

from hand_envs.datasets.demonstrations import Demonstrations
from hand_envs.datasets.formats import dapg, dexmv
from hand_envs.datasets.formats.minari import read_minari
from hand_envs.datasets.formats.pickles import load_pickle
from hand_envs.errors import DatasetError
from hand_envs.files.paths import locate

PICKLED = (dapg, dexmv)
"""Formats in pickles, each recognised by what the file holds."""


def load(source: str | Path, env_id: str | None = None) -> Demonstrations:
    """Demonstrations from a pickle of DAPG or DexMV, or from a Minari dataset given by its folder or id.

    Args:
        source: a `.pickle` or `.pkl` file, a folder, or a Minari id such as `hand/door-planned-v0`. Files may be named
            by their path within HAND_ENVS_DATA; ids of datasets that come with the suite are found too.
        env_id: the environment they belong to, where the source does not tell.
    """
    if not str(source).endswith((".pickle", ".pkl")):
        return read_minari(source, env_id)
    path = locate(source)
    content = load_pickle(path)
    for published in PICKLED:
        if published.recognises(content):
            return published.demonstrations(content, path, env_id)
    raise DatasetError(
        f"{path} holds a {type(content).__name__}; DAPG's files hold a list of demonstrations, DexMV's a dict of them."
    )
