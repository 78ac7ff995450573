"""The suite's own demonstrations, where Minari finds them."""

from __future__ import annotations

import shutil
from pathlib import Path

from hand_envs.datasets.formats.minari import METADATA, minari_folder
from hand_envs.files.atomic import replacing_folder, write_bytes
from hand_envs.files.shipped import FOLDERS

NAMESPACE = "namespace_metadata.json"


def shipped_datasets() -> dict[str, Path]:
    """Folders of the demonstrations that come with the suite, by their Minari ids."""
    found = [path.parents[1] for folder in FOLDERS for path in (folder / "demos").glob(f"*/*/data/{METADATA}")]
    return {f"{folder.parent.name}/{folder.name}": folder for folder in sorted(found)}


def install(root: str | Path | None = None) -> list[Path]:
    """Copy them to Minari's folder, where `minari.load_dataset` looks; returns those that were not there yet.

    Args:
        root: the folder of all datasets; by default Minari's own ($MINARI_DATASETS_PATH or ~/.minari/datasets).
    """
    root = minari_folder() if root is None else Path(root).expanduser()
    copied = []
    for dataset_id, folder in shipped_datasets().items():
        target = root / dataset_id
        if target.exists():
            continue
        with replacing_folder(target) as making:
            shutil.copytree(folder, making, dirs_exist_ok=True)
        note = target.parent / NAMESPACE
        if not note.exists():
            write_bytes(note, (folder.parent / NAMESPACE).read_bytes())
        copied.append(target)
    return copied
