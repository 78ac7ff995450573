"""Train DAPG, natural policy gradient or cloning; by default DAPG on the door."""

from __future__ import annotations

import sys

from agents.common import command
from agents.common.imports import of_agent
from agents.dapg.config import Config


def main(arguments: list[str] | None = None) -> int:
    """Train; returns the exit status."""
    return command.main(Config, lambda: of_agent("agents.dapg", "Training"), __doc__, arguments)


if __name__ == "__main__":
    sys.exit(main())
