"""python -m agents.ppo_gail.play FOLDER: a trained agent against the user alone, counted and filmed."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from agents.common import play
from agents.common.evaluation import Act
from agents.common.imports import of_agent

if TYPE_CHECKING:
    from agents.ppo_gail.agent import Agent


def contestants(agent: Agent, actions: int) -> dict[str, Act]:
    """Who plays: where a user is corrected, the user alone too."""
    if not (agent.config.has_user and agent.config.residual):
        return {"agent": agent}
    return {"user alone": of_agent("agents.ppo_gail", "Nobody")(actions), "with agent": agent}


def main(arguments: list[str] | None = None) -> int:
    """Play; returns the exit status."""
    return play.main(lambda: of_agent("agents.ppo_gail", "Agent"), contestants, arguments)


if __name__ == "__main__":
    sys.exit(main())
