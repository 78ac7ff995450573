"""What demonstrations are like: `python -m agents.planner.measure assets/demos/hand/relocate-planned-v0`."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import tyro

from hand_envs import datasets
from hand_envs.datasets import Demonstrations
from hand_envs.faces.env import HandVectorEnv
from hand_envs.registry import entry
from hand_envs.users import DemonstrationUser
from hand_envs.users.residual import Residual


def user_success(demonstrations: Demonstrations, noise: float, tries: int, seed: int = 0, nthread: int = 0) -> float:
    """Share of tries that end in success when a user with an unsteady hand repeats the demonstrations unaided."""
    task = entry(demonstrations.env_id).make_task(**demonstrations.options)
    user = DemonstrationUser(demonstrations, noise)
    env = HandVectorEnv(Residual(task, user), tries, nthread=nthread, max_episode_steps=-1, autoreset_mode="SameStep")
    env.reset(seed=seed)
    idle = np.zeros((tries, env.single_action_space.shape[0]))  # type: ignore[index]
    ended, succeeded = np.zeros(tries, bool), np.zeros(tries, bool)
    while not ended.all():
        _, _, terminated, truncated, info = env.step(idle)
        now = (terminated | truncated) & ~ended
        if now.any():
            succeeded[now] = info["final_info"]["success_at_end"][now] & ~terminated[now]
        ended |= now
    return float(succeeded.mean())


def main(source: tyro.conf.Positional[Path], noise: float = 0.05, tries: int = 128, nthread: int = 0) -> None:
    """Print how many demonstrations there are, how long, how smooth, how large, and how a user fares with them.

    Args:
        source: the folder of a dataset.
        noise: standard deviation of the user's noise, in normalised action units.
        tries: how many noisy repetitions.
        nthread: threads to simulate on, 0 for all cores.
    """
    demonstrations = datasets.load(source)
    lengths = [len(each) for each in demonstrations]
    jerk = max(float(np.abs(np.diff(each.actions, 3, axis=0)).max()) for each in demonstrations)
    size = sum(path.stat().st_size for path in source.rglob("*") if path.is_file()) / 1e6
    skipped = max(each.seed or 0 for each in demonstrations) + 1 - len(demonstrations)
    print(f"{len(demonstrations)} demonstrations of {demonstrations.env_id}, {skipped} seeds skipped")
    print(f"{np.mean(lengths):.0f} steps on average; largest third difference of an action {jerk:.4f}; {size:.2f} MB")
    share = user_success(demonstrations, noise, tries, nthread=nthread)
    print(f"a user with noise {noise} succeeds in {share:.1%} of {tries} tries")


if __name__ == "__main__":
    tyro.cli(main, description=__doc__)
