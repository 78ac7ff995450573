"""python -m agents.dapg: train."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Annotated

import tyro

from agents.common.command import TrainingCommand, named, train
from agents.dapg.config import METHODS, Config, configured
from agents.dapg.training import Training


@dataclass(frozen=True, kw_only=True)
class Command(TrainingCommand):
    """Train DAPG, natural policy gradient or cloning; by default DAPG on the door."""

    config: Annotated[Config, tyro.conf.arg(name="")]


def main(arguments: list[str] | None = None) -> int:
    """Train; returns the exit status."""
    method, env = named(arguments, "method", "dapg", METHODS), named(arguments, "env", Config.env)
    default = Command(config=configured(method, env))
    command = tyro.cli(Command, args=arguments, default=default)
    return train(Training, command.config, command)


if __name__ == "__main__":
    sys.exit(main())
