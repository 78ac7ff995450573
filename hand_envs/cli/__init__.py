"""The `hand-envs` command line."""

from hand_envs.cli.main import main

__all__ = ["main"]
