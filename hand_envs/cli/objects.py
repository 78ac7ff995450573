"""Objects: add a mesh of your own, list what there is, draw it."""

from __future__ import annotations

import shutil
from pathlib import Path

import tyro

from hand_envs.errors import DatasetError, HandEnvsError, OptionError, choices
from hand_envs.files.atomic import recover_folder
from hand_envs.objects import SHAPES, find
from hand_envs.objects.adding import SECONDS, preview
from hand_envs.objects.adding import add as add_mesh
from hand_envs.objects.library import folder_of, names_added


def add(
    mesh: tyro.conf.Positional[Path],
    name: str,
    mass: float | None = None,
    scale: float = 1.0,
    concavity: float = 0.05,
    most_pieces: int = 32,
    anew: bool = False,
    seconds: float = SECONDS,
) -> None:
    """Add a mesh: cut into convex pieces, weighed, pictured; then gym.make("HandRelocateMug-v0", object=NAME).

    Args:
        mesh: a .obj, .stl, .ply or .off file in metres, standing upright along z.
        name: what tasks call it: small letters, digits and underscores.
        mass: kg; by default that of a density of 500 kg/m3.
        scale: of the mesh; 0.001 for one in millimetres.
        concavity: how far pieces may be from the mesh: smaller is finer and slower.
        most_pieces: no more pieces than that; 1 takes the mesh's convex hull.
        anew: replace an object of that name.
        seconds: how long cutting may take; meshes that are not watertight can take minutes.
    """
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, transient=True, console=Console(stderr=True)) as progress:
        progress.add_task(f"cutting {escape(mesh.name)} into convex pieces, for {seconds:g} s at most", total=None)
        folder = add_mesh(mesh, name, mass, scale, concavity, most_pieces, anew, seconds)
    shape = find(name)
    low, high = shape.bounds()
    x, y, z = high - low
    print(f"{name}: {len(shape.pieces)} pieces, {x:.3f} x {y:.3f} x {z:.3f} m, {shape.mass:.3f} kg, in {folder}")
    try:
        print(f"picture: {preview(shape, folder / 'preview.png')}")
    except HandEnvsError as error:
        print(f"No picture was drawn, the object is there all the same: {error}")
    print(f'gym.make("HandRelocateMug-v0", object="{name}")  # in a task, at 0.8 of its size')


def list_() -> None:
    """The objects there are: ours, and those added."""
    from rich.console import Console
    from rich.table import Table

    table = Table("name", "size (m)", "mass (kg)", "pieces", "whose", box=None)
    for name in [*SHAPES, *names_added()]:
        try:
            shape = find(name)
        except DatasetError:
            table.add_row(name, "damaged", "", "", "yours")
            continue
        low, high = shape.bounds()
        size = " x ".join(f"{length:.3f}" for length in high - low)
        table.add_row(name, size, f"{shape.mass:.3f}", str(len(shape.pieces)), "ours" if name in SHAPES else "yours")
    Console().print(table)


def show(name: tyro.conf.Positional[str], path: tyro.conf.Positional[Path], meshes: str = "own") -> None:
    """Draw an object from two sides, each piece in its own colour.

    Args:
        name: of an object in the list.
        path: the picture to write, .png or .jpg.
        meshes: own, or ycb for DexMV's meshes in HAND_ENVS_DATA.
    """
    print(preview(find(name, meshes), path))


def remove(name: tyro.conf.Positional[str]) -> None:
    """Remove an object that was added.

    Args:
        name: of an object that was added.
    """
    if name not in (added := names_added()):
        raise OptionError(f"No object of that name was added: {choices(name, added)}")
    shutil.rmtree(recover_folder(folder_of(name)))
    print(f"{name} is gone.")
