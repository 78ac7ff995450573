"""The agents and benchmarks that come with the suite.

An installed suite has them in a folder of its own, so that no package of anybody's named `agents` is shadowed; a
checkout has them at its root. Nobody finds them by accident: `enable` or `hand-envs run` has to be called for.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from hand_envs.errors import OptionError

PACKAGES = ("agents", "benchmarks")
_SUITE = Path(__file__).parents[1]
FOLDERS = (_SUITE / "shipped", _SUITE.parent)
"""Where they lie: in an installed suite, and in a checkout."""


def folder() -> Path:
    """The folder that holds `agents` and `benchmarks`."""
    for candidate in FOLDERS:
        if all((candidate / package).is_dir() for package in PACKAGES):
            return candidate
    raise OptionError(f"No agents come with this suite: there are none in {' or '.join(map(str, FOLDERS))}.")


def enable() -> None:
    """Make `import agents` and `import benchmarks` mean the suite's, here and in processes that are started from here.

    Their folder becomes the first that modules are looked for in. Nothing outside of this process changes.
    """
    place = str(folder())
    for package in PACKAGES:
        _refuse_another(package, place)
    if place not in sys.path[:1]:
        sys.path.insert(0, place)
    paths = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    if place not in paths:
        os.environ["PYTHONPATH"] = os.pathsep.join([place, *filter(None, paths)])


def _refuse_another(package: str, place: str) -> None:
    """A package of that name which is imported already would go on being found."""
    there = getattr(sys.modules.get(package), "__file__", None)
    if there and Path(there).parents[1] != Path(place):
        raise OptionError(
            f"Another package named {package!r} is imported already ({there}); call enable() in a process without it."
        )


def runnable() -> list[str]:
    """The modules of theirs that are commands: what `hand-envs run` takes."""
    place = folder()
    files = [path for package in PACKAGES for path in sorted((place / package).rglob("*.py"))]
    names = [".".join(path.relative_to(place).with_suffix("").parts) for path in files if _is_command(path)]
    return [name.removesuffix(".__main__") for name in names]


def _is_command(path: Path) -> bool:
    return '\nif __name__ == "__main__":' in path.read_text(encoding="utf-8")
