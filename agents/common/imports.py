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
    "transformers": "pip install 'hand-envs[vision]'",
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


def of_agent(package: str, name: str) -> Any:
    """`Agent` or `Training` of an agent's package, imported when asked for: its `--help` works without torch."""
    modules = {"Agent": "agent", "Nobody": "agent", "Training": "training"}
    if name not in modules:
        raise AttributeError(f"module {package!r} has no attribute {name!r}")
    need("torch")
    return getattr(importlib.import_module(f"{package}.{modules[name]}"), name)
