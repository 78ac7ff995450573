"""Files of our own that come with the suite: demonstrations and trained agents."""

from __future__ import annotations

from pathlib import Path

from hand_envs.errors import DatasetError

_PACKAGE = Path(__file__).parents[1]
FOLDERS = (_PACKAGE / "assets", _PACKAGE.parent / "assets")
"""Where they lie: in an installed package, and in a checkout."""


def shipped(name: str, what: str) -> Path:
    """The path of an asset such as `agents/door`; `what` it is, for the error."""
    found = shipped_or_none(name)
    if found is None:
        raise DatasetError(f"No {what} come with the suite: there is no {name} in {' or '.join(map(str, FOLDERS))}.")
    return found


def shipped_or_none(name: str) -> Path | None:
    """The path of an asset, if there is one of that name."""
    return next((folder / name for folder in FOLDERS if (folder / name).exists()), None)
