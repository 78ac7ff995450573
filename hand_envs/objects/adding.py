"""Adding any mesh: cut into convex pieces, weighed, pictured."""

from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

import mujoco
import numpy as np

from hand_envs.core.simulation import Simulation
from hand_envs.errors import DatasetError, MissingDependencyError, OptionError
from hand_envs.objects.library import MOST_PIECES, folder_of, library, vertices, write
from hand_envs.objects.shape import Array, Piece, Shape
from hand_envs.objects.ycb import SHAPES
from hand_envs.rendering import Camera, Look, save_picture

SMALLEST, LARGEST = 0.005, 1.0  # m, of the longest side: beyond it, the mesh is most likely in another unit
DENSITY = 500.0  # kg/m3, unless a mass is given: between a box that is half empty and a full bottle
MOST_CORNERS = 64  # of a piece; collisions cost more with more


def add(
    mesh: Path,
    name: str,
    mass: float | None = None,
    scale: float = 1.0,
    concavity: float = 0.05,
    most_pieces: int = 32,
    anew: bool = False,
) -> Path:
    """Add a mesh as an object; returns its folder.

    Args:
        mesh: a file that trimesh reads, such as .obj, .stl or .ply; in metres, standing upright along z.
        name: what tasks call it.
        mass: kg; by default that of a density of 500 kg/m3.
        scale: of the mesh; 0.001 for one in millimetres.
        concavity: how far pieces may be from the mesh: smaller is finer and slower.
        most_pieces: no more pieces than that.
        anew: replace an object of that name.
    """
    folder = folder_of(name)
    if name in SHAPES:
        raise OptionError(f"{name} is one of the suite's own objects: choose another name.")
    if folder.exists() and not anew:
        raise OptionError(f"There is an object {name} in {folder}: choose another name, or replace it with --anew.")
    if mass is not None and not 0 < mass < 100:
        raise OptionError(f"mass must be between 0 and 100 kg, got {mass}.")
    if scale <= 0:
        raise OptionError(f"scale must be more than 0, got {scale}.")
    hulls = [scale * hull for hull in decompose(mesh, concavity, most_pieces)]
    points = np.concatenate(hulls)
    low, high = points.min(axis=0), points.max(axis=0)
    if not SMALLEST <= (high - low).max() <= LARGEST:
        raise OptionError(
            f"{mesh} would be {(high - low).max():.3g} m long: is it in another unit? --scale 0.001 is for millimetres."
        )
    shape = Shape(name, tuple(Piece("hull", points=hull - (low + high) / 2) for hull in hulls), mass=1.0)
    shape = replace(shape, mass=mass or DENSITY * shape.volume())
    weight = shape.weight()
    library().mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(dir=library(), prefix=".adding-"))  # whole, or not at all
    try:
        write(shape, weight, made)
        if folder.exists():
            shutil.rmtree(folder)
        os.replace(made, folder)
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return folder


def decompose(mesh: Path, concavity: float = 0.05, most_pieces: int = 32) -> list[Array]:
    """The corners (n, 3) of the convex pieces that a mesh is nearly the union of."""
    if not mesh.is_file():
        raise DatasetError(f"There is no file {mesh}.")
    if not 0.01 <= concavity <= 1.0:
        raise OptionError(f"concavity must be from 0.01 to 1, got {concavity}.")
    if not 1 <= most_pieces <= MOST_PIECES:
        raise OptionError(f"most_pieces must be from 1 to {MOST_PIECES}, got {most_pieces}.")
    points, faces = vertices(mesh)
    try:
        import coacd
    except ImportError as error:
        raise MissingDependencyError(
            "Cutting meshes into pieces needs coacd: pip install 'hand-envs[objects]'"
        ) from error
    coacd.set_log_level("error")
    parts = coacd.run_coacd(
        coacd.Mesh(points, faces),
        threshold=concavity,
        max_convex_hull=most_pieces,
        decimate=True,
        max_ch_vertex=MOST_CORNERS,
        seed=0,
    )
    hulls = [np.asarray(corners, dtype=np.float64) for corners, _ in parts]
    if not hulls:
        raise DatasetError(f"{mesh} has no inside that could be cut into pieces.")
    return hulls


def preview(shape: Shape, path: Path, size: int = 480) -> Path:
    """Draw an object from two sides, each piece in its own colour."""
    spec = mujoco.MjSpec()
    spec.visual.headlight.ambient = (0.5, 0.5, 0.5)
    low, high = shape.bounds()
    reach = float(np.linalg.norm(high - low))
    body = spec.worldbody.add_body(name="object", pos=(0.0, 0.0, -low[2]), quat=shape.upright)
    random = np.random.default_rng(0)
    for number, piece in enumerate(shape.pieces):
        color = (*(0.25 + 0.7 * random.random(3)), 1.0)
        piece.add_to(body, spec, f"piece{number}", rgba=color)
    floor = spec.worldbody.add_geom(name="floor", type=mujoco.mjtGeom.mjGEOM_PLANE, size=(3 * reach, 3 * reach, 0.01))
    floor.rgba = (0.9, 0.9, 0.9, 1.0)
    for name, turn in (("front", -0.6), ("back", 2.5)):
        across = np.array([np.cos(turn), np.sin(turn), 0.0])
        back = np.array([np.sin(turn), -np.cos(turn), 0.7])
        camera = spec.worldbody.add_camera(name=name, pos=1.3 * reach * back + (0.0, 0.0, -low[2]))
        camera.alt.type = mujoco.mjtOrientation.mjORIENTATION_XYAXES
        camera.alt.xyaxes = [*across, *np.cross(back, across)]
    sim = Simulation(spec)
    sim.forward()
    views = [Camera(sim, Look(camera=name, width=size, height=size)) for name in ("front", "back")]
    pictures = [view.picture(0) for view in views]
    for view in views:
        view.close()
    return save_picture(path, np.concatenate(pictures, axis=1))
