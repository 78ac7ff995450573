"""`run`: the agents and benchmarks that come with the suite."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

import tyro

from hand_envs.errors import OptionError, choices
from hand_envs.files import bundled


def run(arguments: tyro.conf.Positional[tuple[str, ...]] = ()) -> None:
    """Run an agent or benchmark of the suite: `hand-envs run agents.ppo_gail --help`. Without a name, lists them."""
    commands = bundled.runnable()
    if not arguments or arguments[0] in ("-h", "--help"):
        print("usage: hand-envs run NAME [ARGUMENT ...]\n\nNAME is one of", *commands, sep="\n  ")
        return
    name, *rest = arguments
    if name not in commands:
        raise OptionError(f"No such agent or benchmark: {choices(name, commands)}")
    bundled.enable()
    sys.path.insert(1, str(Path.cwd()))  # as `python -m` does, for tasks and jobs of one's own
    sys.argv = [name, *rest]
    runpy.run_module(name, run_name="__main__", alter_sys=True)
