"""python -m benchmarks.pen_expert: train the expert whose motions the planner takes for the pen.

It stands here since it joins two agents: PPO trains it, the planner has the environment and looks for what was trained.
"""

from __future__ import annotations

import sys
from typing import Any

import torch
import tyro

from agents.planner.expert import FOLDER
from agents.planner.steady import ENV_ID
from agents.ppo_gail import Config, Training, configured
from hand_envs.cli.guard import guarded

SETTINGS: dict[str, Any] = {"gamma": 0.99, "gae_lambda": 0.95, "std": 0.6, "network": (128, 128)}


def config(steps: int) -> Config:
    """The training of the expert that comes with the suite, but for how long it was."""
    return configured("rl", env=ENV_ID, steps=steps, **SETTINGS)


def main(steps: int = 4_000_000, nthread: int = 0) -> int:
    """Train the expert; a second run goes on where the first was stopped.

    Args:
        steps: environment steps in all.
        nthread: threads to simulate on, 0 for all cores.
    """
    torch.set_num_threads(1)

    def watch(batch: dict[str, Any]) -> None:
        print(f"{batch['steps']:>9,} steps: success {batch['success'] or 0:.0%} in training", flush=True)

    Training(config(steps), FOLDER, resume=True, nthread=nthread, watch=watch).run()
    return 0


if __name__ == "__main__":
    sys.exit(guarded(lambda: tyro.cli(main, description=__doc__)))
