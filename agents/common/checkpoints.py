"""Checkpoints: folders of plain files that hold numbers and text, so that a stranger's can be loaded."""

from __future__ import annotations

import importlib.metadata
import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from hand_envs.errors import DatasetError

Part = Mapping[str, Any]
_PACKAGES = ("hand-envs", "mujoco", "numpy", "gymnasium", "torch", "stable-baselines3", "imitation")


def write(folder: Path, parts: Mapping[str, Any]) -> Path:
    """Write a checkpoint so that it is either there whole or not at all.

    Args:
        folder: where; one that is there already is replaced.
        parts: by file name: tensors for `.pt`, arrays for `.npz`, plain data for `.json`.
    """
    making = folder.with_name(f".{folder.name}.making")
    shutil.rmtree(making, ignore_errors=True)
    try:
        making.mkdir(parents=True)
        for name, part in {**parts, "versions.json": versions()}.items():
            _write_part(making / name, part)
        if folder.exists():
            shutil.rmtree(folder)
        os.replace(making, folder)
    except OSError as error:
        shutil.rmtree(making, ignore_errors=True)
        raise DatasetError(
            f"The checkpoint {folder} could not be written: {error}. Make room or choose another folder."
        ) from error
    return folder


def _write_part(path: Path, part: Any) -> None:
    with path.open("wb") as file:
        if path.suffix == ".pt":
            torch.save(part, file)
        elif path.suffix == ".npz":
            np.savez(file, **part)
        else:
            file.write(json.dumps(part, indent=2).encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())


def read(folder: str | Path, name: str) -> Any:
    """One part of a checkpoint. Nothing in it is ever run."""
    path = Path(folder) / name
    try:
        if path.suffix == ".pt":
            return torch.load(path, map_location="cpu", weights_only=True)
        if path.suffix == ".npz":
            with np.load(path, allow_pickle=False) as arrays:
                return dict(arrays)
        return json.loads(path.read_text())
    except FileNotFoundError:
        raise DatasetError(f"{folder} is no checkpoint: it has no {name}.") from None
    except Exception as error:  # damaged files make readers raise whatever they please
        raise DatasetError(f"{path} is damaged or was refused as unsafe: {error}") from error


def versions() -> dict[str, str]:
    """What made a checkpoint."""
    found = {}
    for package in _PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found
