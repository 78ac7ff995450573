"""The object: one that the suite or the user has by a name, or a mesh, cut into pieces on the way."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hand_envs.errors import OptionError
from hand_envs.files.atomic import replacing_folder
from hand_envs.objects import Shape, find
from hand_envs.objects.adding import shaped
from hand_envs.objects.library import read, write
from hand_envs.objects.meshes import KINDS
from hand_envs.tasks.reconstruction.pour_juice import CARTON

Array = np.ndarray


@dataclass(frozen=True)
class Thing:
    """What is handled.

    Args:
        shape: as the suite has it.
        option: what the task finds it by.
        middle: the shape's origin in the frame that its poses are of (m), (3,).
    """

    shape: Shape
    option: str
    middle: Array


@dataclass(frozen=True)
class Cutting:
    """How a mesh becomes an object: as in `hand-envs object add`."""

    mass: float | None = None
    """kg; by default that of a density of 500 kg/m3."""
    scale: float = 1.0
    """Of the mesh; 0.001 for one in millimetres."""
    concavity: float = 0.05
    """How far pieces may be from the mesh: smaller is finer and slower."""
    most_pieces: int = 32
    """No more pieces than that; 1 takes the mesh's convex hull."""


def thing_of(given: str, folder: Path, cutting: Cutting) -> Thing:
    """An object by its name, or of a mesh file, which is then kept in `folder`."""
    if Path(given).suffix.lower() in KINDS:
        shape, middle = shaped(Path(given), "object", **vars(cutting))
        with replacing_folder(folder) as making:
            write(shape, shape.weight(), making)
            kept = read(making, "object")
        return Thing(kept, str(folder), middle)
    if cutting != Cutting():
        raise OptionError(f"--mass, --scale, --concavity and --most-pieces are for a mesh; {given} has its own.")
    return Thing(CARTON if given == CARTON.name else find(given), given, np.zeros(3))
