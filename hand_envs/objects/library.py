"""Finding an object by its name: our own models, DexMV's meshes on the user's disk, and what the user has added."""

from __future__ import annotations

import json
import os
import re
import zipfile
import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from hand_envs.errors import DatasetError, MissingDependencyError, OptionError, choices
from hand_envs.files.paths import VARIABLE, data_folder
from hand_envs.objects.shape import Piece, Shape, Weight
from hand_envs.objects.ycb import SHAPES

YCB_FOLDER = "ycb_dexmv/collision"
YCB_FOLDERS = {
    "sugar_box": "004_sugar_box",
    "tomato_soup_can": "005_tomato_soup_can",
    "mustard_bottle": "006_mustard_bottle",
    "potted_meat_can": "010_potted_meat_can",
    "banana": "011_banana",
    "mug": "025_mug/v2",
    "large_clamp": "051_large_clamp",
    "foam_brick": "061_foam_brick",
}
"""Where DexMV has its collision meshes. Of its three mugs, the one of sixteen pieces: another has 49."""

_NAME = re.compile(r"[a-z][a-z0-9_]{0,40}")
MOST_PIECES = 256
_MOST_POINTS = 100_000
_LOST = "; add the object again with `hand-envs object add`"


def find(name: str, meshes: str = "own") -> Shape:
    """An object by its name.

    Args:
        name: one of `SHAPES`, or of what the user has added.
        meshes: for the former, `own` for our model or `ycb` for DexMV's meshes in HAND_ENVS_DATA.
    """
    if meshes not in ("own", "ycb"):
        raise OptionError(f"Unknown meshes: {choices(meshes, ('own', 'ycb'))}")
    if name in SHAPES:
        return SHAPES[name] if meshes == "own" else _from_ycb(name)
    if name not in (added := names_added()):
        raise OptionError(
            f"No such object: {choices(name, [*SHAPES, *added])}. To add one: hand-envs object add MESH --name {name}"
        )
    return read(folder_of(name))


def library() -> Path:
    """The folder of what the user has added: in HAND_ENVS_DATA, else where the system keeps users' data."""
    folder = data_folder()
    if folder is not None:
        return folder / "objects"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "hand_envs" / "objects"


def names_added() -> list[str]:
    """Names of what the user has added."""
    return sorted(path.parent.name for path in library().glob("*/object.json") if _NAME.fullmatch(path.parent.name))


def folder_of(name: str) -> Path:
    """Where an added object is, or would be."""
    if not _NAME.fullmatch(name):
        raise OptionError(f"An object's name is small letters, digits and underscores, such as tea_cup; got {name!r}.")
    return library() / name


def write(shape: Shape, weight: Weight, folder: Path) -> None:
    """Write an object of hulls: `object.json` and `pieces.npz`."""
    hulls: dict[str, Any] = {
        f"piece{number}": piece.points for number, piece in enumerate(shape.pieces) if piece.points is not None
    }
    np.savez_compressed(folder / "pieces.npz", allow_pickle=False, **hulls)
    told = {
        "mass": weight.mass,
        "inertia": list(weight.inertia),
        "center": list(weight.center),
        "axes": list(weight.quat),
        "rgba": list(shape.rgba),
    }
    (folder / "object.json").write_text(json.dumps(told, indent=2))


def read(folder: Path) -> Shape:
    """What `write` has written, here or elsewhere: everything is checked."""
    try:
        told = json.loads((folder / "object.json").read_text())
        with zipfile.ZipFile(folder / "pieces.npz") as parts:
            size = sum(part.file_size for part in parts.infolist())
        if size > 24 * _MOST_POINTS + 1024 * MOST_PIECES:
            raise ValueError(f"pieces.npz unpacks to {size} bytes, more than an object needs")
        with np.load(folder / "pieces.npz", allow_pickle=False) as file:
            hulls = [np.asarray(file[name], dtype=np.float64) for name in file.files]
    except (OSError, ValueError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise DatasetError(f"{folder} cannot be read: {error}{_LOST}") from error
    points = sum(hull.size for hull in hulls) // 3
    shaped = all(hull.ndim == 2 and hull.shape[1] == 3 and len(hull) >= 4 and np.isfinite(hull).all() for hull in hulls)
    if not (0 < len(hulls) <= MOST_PIECES and points <= _MOST_POINTS and shaped):
        raise DatasetError(f"{folder}/pieces.npz must hold 1 to {MOST_PIECES} arrays of points (n, 3){_LOST}")
    widths = {"inertia": 3, "center": 3, "axes": 4, "rgba": 4}
    numbers = {name: _numbers(told, name, width, folder) for name, width in widths.items()}
    (mass,) = _numbers(told, "mass", 1, folder)
    least, middle, most = sorted(numbers["inertia"])
    if mass <= 0 or least <= 0 or least + middle < most:
        raise DatasetError(
            f"{folder}/object.json: mass and inertia must be greater than 0, and no moment more than the others "
            f"together{_LOST}"
        )
    weight = Weight(mass, numbers["inertia"], numbers["center"], numbers["axes"])
    pieces = tuple(Piece("hull", points=hull) for hull in hulls)
    return Shape(folder.name, pieces, mass, numbers["rgba"], measured=weight)


def _numbers(told: Any, name: str, width: int, folder: Path) -> tuple[float, ...]:
    value = told.get(name) if isinstance(told, dict) else None
    numbers: list[Any] = value if isinstance(value, list) else [value]
    if len(numbers) != width or not all(type(each) in (int, float) and np.isfinite(each) for each in numbers):
        raise DatasetError(f"{folder}/object.json: {name} must be {width} finite numbers, got {value!r}{_LOST}")
    return tuple(map(float, numbers))


def _from_ycb(name: str) -> Shape:
    """An object in DexMV's meshes, as heavy as ours."""
    parent = data_folder()
    if parent is None or not (folder := parent / YCB_FOLDER / YCB_FOLDERS[name]).is_dir():
        raise DatasetError(
            f"DexMV's meshes of {name} are not there: set {VARIABLE} to a folder that has "
            f"{YCB_FOLDER}/{YCB_FOLDERS[name]}/*.stl (from the assets of dexmv-sim), or use meshes='own'."
        )
    paths = sorted(folder.glob("*.stl"))
    if not paths:
        raise DatasetError(f"{folder} holds no .stl files.")
    own = SHAPES[name]
    pieces = tuple(Piece("hull", points=vertices(path)[0]) for path in paths)
    return replace(own, pieces=pieces)


def vertices(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """The vertices (n, 3) and faces (m, 3) of a mesh file."""
    try:
        import trimesh
    except ImportError as error:
        raise MissingDependencyError("Reading meshes needs trimesh: pip install 'hand-envs[objects]'") from error
    try:
        mesh: Any = trimesh.load(path, force="mesh", process=True)
    except Exception as error:  # its readers raise whatever they meet
        raise DatasetError(f"{path} cannot be read as a mesh: {error}") from error
    points = np.asarray(mesh.vertices, dtype=np.float64)
    if len(points) < 4 or not np.isfinite(points).all():
        raise DatasetError(f"{path} holds no solid: {len(points)} vertices.")
    return points, np.asarray(mesh.faces)
