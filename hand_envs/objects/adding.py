"""Adding any mesh: cut into convex pieces, weighed, pictured."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import mujoco
import numpy as np

from hand_envs.core.simulation import Simulation
from hand_envs.errors import DatasetError, MissingDependencyError, OptionError
from hand_envs.files.atomic import replacing_folder, standing
from hand_envs.files.reading import read_npz, reading
from hand_envs.objects import cutting
from hand_envs.objects.library import MOST_PIECES, folder_of, read, write
from hand_envs.objects.meshes import Mesh, read_mesh
from hand_envs.objects.shape import Array, Piece, Shape
from hand_envs.objects.ycb import SHAPES
from hand_envs.rendering import Camera, Look, save_picture

SMALLEST, LARGEST = 0.005, 1.0  # m, of the longest side: beyond it, the mesh is most likely in another unit
DENSITY = 500.0  # kg/m3, unless a mass is given: between a box that is half empty and a full bottle
MOST_CORNERS = 64  # of a piece; collisions cost more with more
SECONDS = 120.0
_MOST_BYTES = 2**26  # of what comes back from the cutting


def add(
    mesh: Path,
    name: str,
    mass: float | None = None,
    scale: float = 1.0,
    concavity: float = 0.05,
    most_pieces: int = 32,
    anew: bool = False,
    seconds: float = SECONDS,
) -> Path:
    """Add a mesh as an object; returns its folder.

    Args:
        mesh: a file of kind .obj, .stl, .ply or .off; in metres, standing upright along z.
        name: what tasks call it.
        mass: kg; by default that of a density of 500 kg/m3.
        scale: of the mesh; 0.001 for one in millimetres.
        concavity: how far pieces may be from the mesh: smaller is finer and slower.
        most_pieces: no more pieces than that; 1 takes the mesh's convex hull.
        anew: replace an object of that name.
        seconds: how long cutting may take.
    """
    folder = folder_of(name)
    if name in SHAPES:
        raise OptionError(f"{name} is one of the suite's own objects: choose another name.")
    if standing(folder).exists() and not anew:
        raise OptionError(f"There is an object {name} in {folder}: choose another name, or replace it with --anew.")
    shape, _ = shaped(mesh, name, mass, scale, concavity, most_pieces, seconds)
    with replacing_folder(folder) as making:
        write(shape, shape.weight(), making)
        read(making)
    return folder


def shaped(
    mesh: Path,
    name: str,
    mass: float | None = None,
    scale: float = 1.0,
    concavity: float = 0.05,
    most_pieces: int = 32,
    seconds: float = SECONDS,
) -> tuple[Shape, Array]:
    """The shape that a mesh makes, with its options as in `add`, and where in the mesh (m) the shape's origin is."""
    if mass is not None and not 0 < mass < 100:
        raise OptionError(f"mass must be between 0 and 100 kg, got {mass}.")
    if not 0 < scale < 1e6:
        raise OptionError(f"scale must be more than 0 and less than a million, got {scale}.")
    _check_settings(concavity, most_pieces, seconds)
    solid = read_mesh(mesh)
    longest = scale * float(np.ptp(solid.points, axis=0).max())
    if not SMALLEST <= longest <= LARGEST:
        raise OptionError(f"{mesh} would be {longest:.3g} m long: is it in another unit? --scale 0.001 is for mm.")
    hulls = [scale * hull for hull in _cut(solid, concavity, most_pieces, seconds)]
    points = np.concatenate(hulls)
    middle = (points.min(axis=0) + points.max(axis=0)) / 2
    shape = Shape(name, tuple(Piece("hull", points=hull - middle) for hull in hulls), mass=1.0)
    with reading(mesh):  # pieces may still be too thin for MuJoCo
        shape = replace(shape, mass=mass or DENSITY * shape.volume())
        shape.weight()
    return shape, middle


def _check_settings(concavity: float, most_pieces: int, seconds: float) -> None:
    if not 0.01 <= concavity <= 1.0:
        raise OptionError(f"concavity must be from 0.01 to 1, got {concavity}.")
    if not 1 <= most_pieces <= MOST_PIECES:
        raise OptionError(f"most_pieces must be from 1 to {MOST_PIECES}, got {most_pieces}.")
    if not seconds > 0:
        raise OptionError(f"seconds must be more than 0, got {seconds}.")


def _cut(mesh: Mesh, concavity: float, most_pieces: int, seconds: float) -> list[Array]:
    if most_pieces == 1:
        return [mesh.points]  # a piece is the convex hull of its points
    if find_spec("coacd") is None:
        raise MissingDependencyError("Cutting meshes into pieces needs coacd: pip install 'hand-envs[objects]'")
    with tempfile.TemporaryDirectory(prefix="hand-envs-") as folder, reading(mesh.path):
        source, target = Path(folder) / "mesh.npz", Path(folder) / "pieces.npz"
        settings = {"concavity": concavity, "pieces": most_pieces, "corners": MOST_CORNERS}
        np.savez(source, points=mesh.points, faces=mesh.faces, **settings)  # type: ignore[arg-type]
        command = [sys.executable, "-P", cutting.__file__, str(source), str(target)]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=seconds)
        except subprocess.TimeoutExpired:
            raise DatasetError(_too_slow(mesh, seconds)) from None
        if done.returncode != 0:
            last = (done.stderr.strip().splitlines() or [f"it ended with {done.returncode}"])[-1]
            raise DatasetError(f"{mesh.path} cannot be cut into pieces: {last}")
        hulls = list(read_npz(target, _MOST_BYTES).values())
    if not hulls:
        raise DatasetError(f"{mesh.path} has no inside that could be cut into pieces.")
    return hulls


def _too_slow(mesh: Mesh, seconds: float) -> str:
    cause = (
        f"It has {len(mesh.faces)} faces"
        if mesh.is_closed
        else f"It is not watertight ({mesh.open_edges} open edges), so it has to be guessed where its inside is"
    )
    return (
        f"Cutting {mesh.path} into convex pieces was ended after {seconds:g} s. {cause}. Close or simplify it, "
        "allow rougher pieces (--concavity 0.2), take its convex hull (--most-pieces 1), or wait longer (--seconds)."
    )


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
