"""Where the user keeps data that nobody may redistribute: the folder named by HAND_ENVS_DATA."""

from __future__ import annotations

import os
from pathlib import Path

from hand_envs.errors import DatasetError

VARIABLE = "HAND_ENVS_DATA"

KNOWN = {
    "dapg/door-v0_demos.pickle": "DAPG's human demonstrations of the door",
    "dapg/hammer-v0_demos.pickle": "DAPG's human demonstrations of the hammer",
    "dapg/pen-v0_demos.pickle": "DAPG's human demonstrations of the pen",
    "dapg/relocate-v0_demos.pickle": "DAPG's human demonstrations of relocation",
    "ycb_dexmv/collision": "DexMV's collision meshes of YCB objects",
}
"""What is looked for there, and what it is."""


def data_folder() -> Path | None:
    """The user's data folder, or None."""
    named = os.environ.get(VARIABLE)
    return Path(named).expanduser() if named else None


def locate(name: str | Path) -> Path:
    """A file or folder by its path, or by its path within the data folder."""
    folder = data_folder()
    tried = [Path(name).expanduser()] + ([folder / name] if folder else [])
    for path in tried:
        if path.exists():
            return path
    hint = "" if folder else f" Set {VARIABLE} to the folder of your data to name files within it."
    raise DatasetError(f"Nothing at {' or '.join(map(str, tried))}.{hint}")


def found() -> dict[str, bool]:
    """Which of the known files are in the data folder."""
    folder = data_folder()
    return {name: folder is not None and (folder / name).exists() for name in KNOWN}
