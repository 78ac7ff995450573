"""The agents that train, found as packages of `agents` that have a config and a training."""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType

import agents


def trainings() -> dict[str, ModuleType]:
    """Packages by their names; each has `Config`, `Training` and `Agent`."""
    packages = [each.name for each in pkgutil.iter_modules(agents.__path__) if each.ispkg]
    found = {name: importlib.import_module(f"agents.{name}") for name in packages if name != "common"}
    return {name: package for name, package in found.items() if hasattr(package, "Config")}
