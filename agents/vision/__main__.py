"""Train DAPG or cloning on the features of pictures; by default DAPG on the door, seen by the suite's own encoder."""

from __future__ import annotations

import sys

from agents.common import command
from agents.common.imports import of_agent
from agents.vision.config import Config


def main(arguments: list[str] | None = None) -> int:
    """Train; returns the exit status."""
    return command.main(Config, lambda: of_agent("agents.vision", "Training"), __doc__, arguments)


if __name__ == "__main__":
    sys.exit(main())
