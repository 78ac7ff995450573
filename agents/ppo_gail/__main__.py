"""Train PPO with an adversarial imitation reward; by default an agent that helps a user open a door."""

from __future__ import annotations

import sys

from agents.common import command
from agents.common.imports import of_agent
from agents.ppo_gail.config import Config


def main(arguments: list[str] | None = None) -> int:
    """Train; returns the exit status."""
    return command.main(Config, lambda: of_agent("agents.ppo_gail", "Training"), __doc__, arguments)


if __name__ == "__main__":
    sys.exit(main())
