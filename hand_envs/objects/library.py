"""Finding an object by its name: our own models, DexMV's meshes on the user's disk, and what the user has added."""

from __future__ import annotations

import json
import os
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import mujoco
import numpy as np

from hand_envs.errors import DatasetError, OptionError, choices
from hand_envs.files.atomic import standing
from hand_envs.files.paths import VARIABLE, data_folder
from hand_envs.files.reading import read_json, read_npz, reading
from hand_envs.objects.meshes import read_mesh
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
_ASIDE = re.compile(r"^\.(\w+)\.old$")  # what `standing` finds
MOST_PIECES = 256
_MOST_POINTS = 100_000
_FARTHEST, _HEAVIEST = 10.0, 1000.0  # m, kg; anything a hand handles is within
_PROPERTIES, _PIECES = "object.json", "pieces.npz"
_LOST = "; add the object again with `hand-envs object add`"


def find(name: str | Path, meshes: str = "own") -> Shape:
    """An object by its name.

    Args:
        name: one of `SHAPES`, or of what the user has added; or the folder of an object, given with a separator.
        meshes: for the former, `own` for our model or `ycb` for DexMV's meshes in HAND_ENVS_DATA.
    """
    if meshes not in ("own", "ycb"):
        raise OptionError(f"Unknown meshes: {choices(meshes, ('own', 'ycb'))}")
    if Path(name).name != str(name):
        return read(standing(Path(name)))
    name = str(name)
    if name in SHAPES:
        return SHAPES[name] if meshes == "own" else _from_ycb(name)
    if name not in (added := names_added()):
        raise OptionError(
            f"No such object: {choices(name, [*SHAPES, *added])}. To add one: hand-envs object add MESH --name {name}"
        )
    return read(standing(folder_of(name)), name)


def library() -> Path:
    """The folder of what the user has added: in HAND_ENVS_DATA, else where the system keeps users' data."""
    folder = data_folder()
    if folder is not None:
        return folder / "objects"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "hand_envs" / "objects"


def names_added() -> list[str]:
    """Names of what the user has added; also of what is just being replaced."""
    folders = [path.parent.name for path in library().glob(f"*/{_PROPERTIES}")]
    names = {_ASIDE.sub(r"\1", name) for name in folders}
    return sorted(name for name in names if _NAME.fullmatch(name))


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
    np.savez_compressed(folder / _PIECES, allow_pickle=False, **hulls)
    properties = {
        "mass": weight.mass,
        "inertia": list(weight.inertia),
        "center": list(weight.center),
        "axes": list(weight.quat),
        "rgba": list(shape.rgba),
    }
    (folder / _PROPERTIES).write_text(json.dumps(properties, indent=2))


def read(folder: Path, name: str | None = None) -> Shape:
    """What `write` has written, here or by others: everything is checked. By default it goes by its folder's name."""
    with reading(folder / _PIECES, _LOST):
        hulls = read_npz(folder / _PIECES, 24 * _MOST_POINTS, MOST_PIECES)
        pieces = tuple(Piece("hull", points=_hull(hull)) for hull in hulls.values())
        if not pieces or sum(map(len, hulls.values())) > _MOST_POINTS:
            raise DatasetError(f"It must hold 1 to {MOST_PIECES} arrays of points (n, 3).")
    with reading(folder / _PROPERTIES, _LOST):
        properties = read_json(folder / _PROPERTIES)
        weight = _weight(properties)
        rgba = _numbers(properties, "rgba", 4, 0.0, 1.0)
    shape = Shape(name or folder.name, pieces, weight.mass, rgba, measured=weight)
    with reading(folder, _LOST):
        _check_that_it_can_be_simulated(shape, weight)
    return shape


def _hull(points: np.ndarray) -> np.ndarray:
    shaped = points.ndim == 2 and points.shape[1:] == (3,) and len(points) >= 4
    if not shaped or not (np.abs(points) <= _FARTHEST).all():
        raise DatasetError(f"It must hold arrays of points (n, 3), n of at least 4, within {_FARTHEST} m.")
    return points.astype(np.float64)


def _weight(properties: Any) -> Weight:
    (mass,) = _numbers(properties, "mass", 1, 0.0, _HEAVIEST)
    inertia = _numbers(properties, "inertia", 3, 0.0, _HEAVIEST * _FARTHEST**2)
    center = _numbers(properties, "center", 3, -_FARTHEST, _FARTHEST)
    axes = _numbers(properties, "axes", 4, -1.001, 1.001)
    least, middle, most = sorted(inertia)
    if mass <= 0 or least <= 0 or least + middle < most:
        raise DatasetError("Mass and inertia must be greater than 0, and no moment more than the others together.")
    if not 0.9 < np.linalg.norm(axes) < 1.1:
        raise DatasetError(f"axes must be a quaternion of length 1, got {axes}.")
    return Weight(mass, inertia, center, axes)


def _numbers(properties: Any, name: str, width: int, low: float, high: float) -> tuple[float, ...]:
    value = properties.get(name) if isinstance(properties, dict) else None
    numbers: list[Any] = value if isinstance(value, list) else [value]
    if len(numbers) != width or not all(type(each) in (int, float) and low <= each <= high for each in numbers):
        raise DatasetError(
            f"{name} must be {width} finite number{'s' * (width > 1)} from {low:g} to {high:g}, got {str(value)[:80]}"
        )
    return tuple(map(float, numbers))


def _check_that_it_can_be_simulated(shape: Shape, weight: Weight) -> None:
    """MuJoCo finds what is too flat or too small for it; better now than in a task."""
    spec = mujoco.MjSpec()
    body = spec.worldbody.add_body(name="object")
    body.add_freejoint()
    shape.add_to(body, spec)
    weight.give_to(body)
    spec.compile()


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
    pieces = tuple(Piece("hull", points=read_mesh(path).points) for path in paths)
    return replace(own, pieces=pieces)
