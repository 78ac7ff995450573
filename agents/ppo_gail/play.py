"""python -m agents.ppo_gail.play FOLDER: a trained agent against the user alone, counted and filmed."""

from __future__ import annotations

import sys

from agents.common import play
from agents.common.evaluation import Act
from agents.ppo_gail.agent import Agent, Nobody


def contestants(agent: Agent, actions: int) -> dict[str, Act]:
    """Who plays: with a user in the environment, the user alone too."""
    return {"user alone": Nobody(actions), "with agent": agent} if agent.config.has_user else {"agent": agent}


def main(arguments: list[str] | None = None) -> int:
    """Play; returns the exit status."""
    return play.main(Agent, contestants, arguments)


if __name__ == "__main__":
    sys.exit(main())
