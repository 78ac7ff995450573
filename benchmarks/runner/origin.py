"""Which code a result comes from: its commit, and the versions of what it rests on."""

from __future__ import annotations

import subprocess
from importlib import metadata
from pathlib import Path

PACKAGES = ("hand-envs", "mujoco", "numpy", "gymnasium", "torch", "stable-baselines3", "sb3-contrib", "imitation")
DOCUMENTS = (":!*.md", ":!benchmarks/results", ":!docs/*.png")  # what no result depends on


def versions() -> dict[str, str]:
    """Of what is installed here, without importing it."""
    installed = {distribution.name.lower().replace("_", "-") for distribution in metadata.distributions()}
    return {name: metadata.version(name) for name in PACKAGES if name in installed}


def commit() -> str | None:
    """The commit of this code, with a `+` if code was changed since; None outside a repository."""
    root = Path(__file__).parents[2]
    if not (root / ".git").exists():  # installed, perhaps within a repository of something else
        return None
    commands = (["rev-parse", "HEAD"], ["status", "--porcelain", "--untracked-files=no", "--", ".", *DOCUMENTS])
    try:
        head, changes = (
            subprocess.run(["git", "-C", root, *command], capture_output=True, text=True, check=True).stdout.strip()
            for command in commands
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return head + ("+" if changes else "")
