"""python -m agents.dapg.play FOLDER: a trained agent, counted as DAPG does and filmed."""

from __future__ import annotations

import sys

from agents.common import play
from agents.common.imports import of_agent


def main(arguments: list[str] | None = None) -> int:
    """Play; returns the exit status."""
    return play.main(lambda: of_agent("agents.dapg", "Agent"), lambda agent, actions: {"agent": agent}, arguments)


if __name__ == "__main__":
    sys.exit(main())
