"""python -m agents.ppo_gail: train."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Annotated

import tyro

from agents.common.command import TrainingCommand, named, train
from agents.ppo_gail.config import METHODS, Config, configured
from agents.ppo_gail.training import Training


@dataclass(frozen=True, kw_only=True)
class Command(TrainingCommand):
    """Train PPO with an adversarial imitation reward; by default an agent that helps a user open a door."""

    config: Annotated[Config, tyro.conf.arg(name="")]


def main(arguments: list[str] | None = None) -> int:
    """Train; returns the exit status."""
    default = Command(config=configured(named(arguments, "method", "ours", METHODS)))
    command = tyro.cli(Command, args=arguments, default=default)
    return train(Training, command.config, command)


if __name__ == "__main__":
    sys.exit(main())
