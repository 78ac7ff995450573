"""Demonstrations from wherever they are."""

from __future__ import annotations

from pathlib import Path

from hand_envs.datasets.demonstrations import Demonstrations
from hand_envs.datasets.formats.dapg import read_dapg
from hand_envs.datasets.formats.dexmv import read_dexmv
from hand_envs.datasets.formats.minari import read_minari
from hand_envs.files.paths import locate
from hand_envs.registry import entry


def load(source: str | Path, env_id: str | None = None) -> Demonstrations:
    """Demonstrations from a pickle of DAPG or DexMV, or from a Minari dataset given by its folder or id.

    Args:
        source: a `.pickle` or `.pkl` file, a folder, or a Minari id such as `hand/door-human-v0`. Files may be named by
            their path within HAND_ENVS_DATA.
        env_id: the environment they belong to, where the source does not tell.
    """
    if str(source).endswith((".pickle", ".pkl")):
        if env_id is not None and entry(env_id).family == "dexmv":
            return read_dexmv(locate(source), env_id)
        return read_dapg(locate(source), env_id)
    return read_minari(source, env_id)
