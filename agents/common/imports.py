"""Optional packages, and the exact command for each that is missing."""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import Any

from hand_envs.errors import MissingDependencyError

_COMMANDS = {
    # Its metadata pins gymnasium 0.29 and stable-baselines3 2.2, but its BC and GAIL run on today's versions and need
    # nothing else of its long dependency list.
    "imitation": "pip install --no-deps imitation==1.0.1",
    "torch": "pip install 'hand-envs[agents]'",
    "stable_baselines3": "pip install 'hand-envs[agents]'",
    "sb3_contrib": "pip install 'hand-envs[agents]'",
    "matplotlib": "pip install 'hand-envs[bench]'",
    "tensorboard": "pip install 'hand-envs[agents]'",
}


def need(module: str) -> ModuleType:
    """Import an optional module, or say how to install it."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        command = _COMMANDS.get(module.split(".")[0], f"pip install {module.split('.')[0]}")
        raise MissingDependencyError(f"This agent needs {module} ({error}). Install it with: {command}") from error


def need_pyplot() -> Any:
    """Matplotlib's `pyplot`, drawing to files."""
    need("matplotlib").use("Agg")
    return need("matplotlib.pyplot")
