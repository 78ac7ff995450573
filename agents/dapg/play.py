"""python -m agents.dapg.play FOLDER: a trained agent, counted as DAPG does and filmed."""

from __future__ import annotations

import sys

from agents.common import play
from agents.dapg.agent import Agent


def main(arguments: list[str] | None = None) -> int:
    """Play; returns the exit status."""
    return play.main(Agent, lambda agent, actions: {"agent": agent}, arguments)


if __name__ == "__main__":
    sys.exit(main())
