"""Demonstrations: show what a file holds, check that it plays back, convert it to Minari, install the suite's own."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import tyro

from hand_envs import datasets, replay
from hand_envs.datasets import Demonstrations
from hand_envs.datasets.formats.minari import minari_folder
from hand_envs.datasets.installing import install as install_shipped
from hand_envs.datasets.installing import shipped_datasets


def show(source: tyro.conf.Positional[str], env: str | None = None) -> None:
    """What a file or dataset holds.

    Args:
        source: a pickle of DAPG or DexMV, or a Minari folder or id, such as hand/door-planned-v0, which comes with the
            suite.
        env: the environment it belongs to, where it does not tell.
    """
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    demonstrations = datasets.load(source, env)
    table = Table("episode", "steps", "return", "seed", "largest action", box=None)
    table.columns[0].overflow = "fold"
    for episode in demonstrations:
        table.add_row(
            escape(episode.source),
            str(len(episode)),
            f"{episode.total_reward:.1f}",
            "" if episode.seed is None else str(episode.seed),
            f"{np.abs(episode.actions).max():.2f}",
        )
    console = Console()
    console.print(table)
    console.print(f"{len(demonstrations)} demonstrations of {demonstrations.env_id}, {demonstrations.steps} steps")


def check(
    source: tyro.conf.Positional[str], env: str | None = None, reward: str | None = None, tolerance: float = 0.0
) -> None:
    """Play every demonstration back from its initial state and compare with what is stored.

    Exits with 1 if any came out differently.

    Args:
        source: a pickle of DAPG or DexMV, or a Minari folder or id, such as hand/door-planned-v0, which comes with the
            suite.
        env: the environment it belongs to, where it does not tell.
        reward: dense, sparse or paper, which also decides success; by default what the demonstrations were made with.
        tolerance: largest difference of an observation, and of the reward of a step, that is let pass.
    """
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import track
    from rich.table import Table

    demonstrations = datasets.load(source, env)
    options = None if reward is None else {**demonstrations.options, "reward": reward}
    checks = list(track(replay.check(demonstrations, options), "playing", total=len(demonstrations), transient=True))
    table = Table(
        "episode", "steps", "reproduced", "deviation", "return stored", "replayed", "success at end", box=None
    )
    table.columns[0].overflow = "fold"
    for each in checks:
        table.add_row(
            escape(each.source),
            str(each.steps),
            "yes" if each.reproduced(tolerance) else "no",
            f"{each.deviation:.2g}",
            f"{each.stored_return:.1f}",
            f"{each.replayed_return:.1f}",
            "yes" if each.success_at_end else "no",
        )
    console = Console()
    console.print(table)
    reproduced = sum(each.reproduced(tolerance) for each in checks)
    succeeded = sum(each.success_at_end for each in checks)
    console.print(f"{reproduced} of {len(checks)} reproduced, {succeeded} of {len(checks)} successful at the end")
    if reproduced < len(checks):
        console.print(
            "Those that differ were made with another simulator, reward or version; --tolerance lets them pass."
        )
        sys.exit(1)


def convert(
    source: tyro.conf.Positional[str],
    dataset_id: tyro.conf.Positional[str],
    env: str | None = None,
    root: Path | None = None,
    resimulate: bool = False,
    reward: str = "dense",
) -> None:
    """Convert demonstrations to a Minari dataset, initial states included.

    Args:
        source: a pickle of DAPG or DexMV, or a Minari folder or id, such as hand/door-planned-v0, which comes with the
            suite.
        dataset_id: such as hand/door-human-v0.
        env: the environment they belong to, where the source does not tell.
        root: the folder of datasets to write to; by default Minari's own.
        resimulate: store the observations and rewards of a replay here, instead of those in the source.
        reward: the reward of the replay.
    """
    demonstrations = datasets.load(source, env)
    if resimulate:
        demonstrations = _resimulated(demonstrations, reward)
    path = datasets.write_minari(demonstrations, dataset_id, root)
    print(f"{path}: {len(demonstrations)} demonstrations of {demonstrations.env_id}, {demonstrations.steps} steps")


def install(root: Path | None = None) -> None:
    """Copy the suite's own demonstrations to Minari's folder, where `minari.load_dataset` finds them.

    Without that, `hand-envs demos` and `hand_envs.datasets.load` find them by the same ids.

    Args:
        root: the folder of datasets to copy to; by default Minari's own.
    """
    copied = install_shipped(root)
    names = list(shipped_datasets())
    print(f"{len(copied)} of {len(names)} datasets copied to {root or minari_folder()}: {', '.join(names)}")
    print(f'minari.load_dataset("{names[0]}")  # and recover_environment() of it makes its environment')


def _resimulated(demonstrations: Demonstrations, reward: str) -> Demonstrations:
    from hand_envs.replay import make_env, replay

    options = {**demonstrations.options, "reward": reward}
    env = make_env(demonstrations.env_id, options)
    return Demonstrations(demonstrations.env_id, tuple(replay(env, episode)[0] for episode in demonstrations), options)
