"""Meshes that are open, flat, huge or damaged, and disks that are full, while objects are added."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from conftest import ROOT
from full_disk import run_on_full_disk

from hand_envs.cli.main import main
from hand_envs.errors import DatasetError, OptionError
from hand_envs.objects import find
from hand_envs.objects.library import folder_of, library, names_added

trimesh = pytest.importorskip("trimesh", reason="needs hand-envs[objects]")
pytest.importorskip("coacd", reason="needs hand-envs[objects]")
from hand_envs.objects import adding, meshes  # noqa: E402
from hand_envs.objects.adding import add  # noqa: E402

CODE = "import sys; from hand_envs.cli import main; main(['object', 'add', *sys.argv[1:]])"


@pytest.fixture(autouse=True)
def _own_library(tmp_path, monkeypatch):
    monkeypatch.setenv("HAND_ENVS_DATA", str(tmp_path / "data"))


def box(path, without: int = 0, subdivided: int = 0, size: float = 0.05):
    """A box, of which some triangles are missing."""
    whole = trimesh.creation.box((size, size, size))
    for _ in range(subdivided):
        whole = whole.subdivide()
    trimesh.Trimesh(whole.vertices, whole.faces[without:]).export(path)
    return path


def test_a_box_that_lacks_a_triangle_is_closed_and_cut_at_once(tmp_path):
    """It took minutes: the cutting had to guess where its inside is."""
    add(box(tmp_path / "open.obj", without=1), "open", seconds=60)
    assert len(find("open").pieces) == 1
    assert find("open").volume() == pytest.approx(0.05**3)


def test_cutting_that_takes_too_long_is_ended_with_advice(tmp_path, capsys):
    mesh = box(tmp_path / "open.obj", without=60, subdivided=3)
    with pytest.raises(SystemExit):
        main(["object", "add", str(mesh), "--name", "open", "--seconds", "0.5"])
    said = capsys.readouterr().err
    assert "was ended after 0.5 s" in said
    assert "not watertight" in said
    assert "--most-pieces 1" in said
    assert names_added() == []
    main(["object", "add", str(mesh), "--name", "open", "--most-pieces", "1"])
    assert len(find("open").pieces) == 1


def test_one_piece_is_the_convex_hull(tmp_path):
    add(box(tmp_path / "box.stl"), "box", most_pieces=1)
    assert find("box").volume() == pytest.approx(0.05**3)


BAD = {
    "flat.obj": ("v 0 0 0\nv 1 0 1\nv 1 1 1\nv 0 1 0\nv 0.5 0.5 0.5\nf 1 2 3\nf 1 3 4\nf 1 2 5\nf 2 3 5\n", "flat"),
    "nan.obj": ("v 0 0 nan\nv 1 0 0\nv 1 1 0\nv 0 1 1\nf 1 2 3\nf 1 2 4\nf 1 3 4\nf 2 3 4\n", "not finite|no solid"),
    "far.obj": ("v 0 0 1e300\nv 1 0 0\nv 1 1 0\nv 0 1 1\nf 1 2 3\nf 1 2 4\nf 1 3 4\nf 2 3 4\n", "beyond all measure"),
    "index.obj": ("v 0 0 0\nv 1 0 0\nv 1 1 0\nv 0 1 1\nf 1 2 9\nf 1 2 4\nf 1 3 4\nf 2 3 4\n", "index.obj"),
    "points.obj": ("v 0 0 0\nv 1 0 0\nv 1 1 0\nv 0 1 1\n", "no solid|points.obj"),
    "noise.stl": ("\x00\x01\x02" * 40, "noise.stl"),
    "empty.ply": ("", "empty.ply"),
    "unknown.xyzw": ("hello", "unknown.xyzw"),
}


@pytest.mark.parametrize("name", BAD)
def test_damaged_meshes_are_refused_before_any_work(tmp_path, name):
    content, said = BAD[name]
    (tmp_path / name).write_text(content)
    with pytest.raises(DatasetError, match=said) as refused:
        add(tmp_path / name, "bad")
    assert name in str(refused.value)
    assert names_added() == []


def test_other_files_are_not_looked_for(tmp_path, monkeypatch):
    """Meshes can name materials and textures that lie elsewhere."""
    path = box(tmp_path / "box.obj")
    (tmp_path / "secret.mtl").write_text("newmtl x\n")
    path.write_text("mtllib secret.mtl\n" + path.read_text())
    opened, really_open = [], open

    def noted(name, *rest, **more):
        opened.append(str(name))
        return really_open(name, *rest, **more)

    monkeypatch.setattr("builtins.open", noted)
    meshes.read_mesh(path)
    assert not [name for name in opened if "secret" in name]


def test_size_is_looked_at_before_the_work(tmp_path, monkeypatch):
    def never(*_: object) -> None:
        raise AssertionError("no work is done")

    monkeypatch.setattr(adding, "_cut", never)
    with pytest.raises(OptionError, match="another unit"):
        add(box(tmp_path / "large.obj", size=50.0), "large")
    monkeypatch.setattr(meshes, "MOST_FACES", 100)
    with pytest.raises(DatasetError, match="simplify it first"):
        add(box(tmp_path / "fine.obj", subdivided=2), "fine")
    monkeypatch.setattr(meshes, "MOST_BYTES", 100)
    with pytest.raises(DatasetError, match="bytes, more than"):
        add(tmp_path / "fine.obj", "fine")


@pytest.mark.parametrize("largest", [0, 150])
def test_a_full_disk_keeps_the_old_object(tmp_path, largest):
    mesh = box(tmp_path / "box.obj")
    add(mesh, "box", mass=0.1, most_pieces=1)
    before = {path.name: path.read_bytes() for path in folder_of("box").iterdir()}
    arguments = (str(mesh), "--name", "box", "--mass", "0.2", "--most-pieces", "1")
    done = run_on_full_disk(CODE, largest, *arguments, "--anew")
    assert done.returncode == 2, done.stderr
    assert "could not be written" in done.stderr
    assert "Traceback" not in done.stderr
    assert {path.name: path.read_bytes() for path in folder_of("box").iterdir()} == before
    assert [path.name for path in library().iterdir()] == ["box"]
    assert find("box").mass == pytest.approx(0.1)


def test_a_kill_while_an_object_is_replaced_loses_none(tmp_path):
    mesh = box(tmp_path / "box.obj")
    add(mesh, "box", mass=0.1, most_pieces=1)
    folder = folder_of("box")
    aside = folder.rename(folder.with_name(".box.old"))  # what is left between the two renames
    assert names_added() == ["box"]
    assert (find("box").mass, find("box").name) == (pytest.approx(0.1), "box")
    with pytest.raises(OptionError, match="--anew"):
        add(mesh, "box", mass=0.2, most_pieces=1)
    assert aside.exists()
    add(mesh, "box", mass=0.2, most_pieces=1, anew=True)
    assert [path.name for path in library().iterdir()] == ["box"]
    assert find("box").mass == pytest.approx(0.2)
    shutil.copytree(folder, aside)  # what is left after the second
    main(["object", "remove", "box"])
    assert names_added() == []


def test_whoever_reads_while_an_object_is_replaced_is_not_in_the_way(tmp_path, monkeypatch):
    add(box(tmp_path / "box.obj"), "box", mass=0.1, most_pieces=1)
    really_replace, seen = os.replace, []

    def replace(source, target):
        if Path(source).is_dir():  # before either of the two renames
            seen.append((names_added(), find("box").mass))
        really_replace(source, target)

    monkeypatch.setattr(os, "replace", replace)
    add(box(tmp_path / "box.obj"), "box", mass=0.2, most_pieces=1, anew=True)
    assert seen == [(["box"], pytest.approx(0.1))] * 2
    assert find("box").mass == pytest.approx(0.2)


def test_an_interrupted_adding_leaves_nothing(tmp_path, monkeypatch):
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(adding, "write", interrupt)
    with pytest.raises(KeyboardInterrupt):
        add(box(tmp_path / "box.obj"), "box", most_pieces=1)
    assert list(library().iterdir()) == []


def test_the_program_that_cuts_needs_nothing_of_the_suite(tmp_path):
    whole = trimesh.creation.box((0.05, 0.05, 0.05))
    settings = {"concavity": 0.05, "pieces": 4, "corners": 64}
    np.savez(tmp_path / "mesh.npz", points=whole.vertices, faces=whole.faces, **settings)
    program = str(ROOT / "hand_envs" / "objects" / "cutting.py")
    arguments = [str(tmp_path / "mesh.npz"), str(tmp_path / "pieces.npz")]
    subprocess.run([sys.executable, "-P", program, *arguments], check=True, cwd=tmp_path, timeout=120)
    with np.load(tmp_path / "pieces.npz") as pieces:
        assert len(pieces.files) == 1
