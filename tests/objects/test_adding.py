"""Objects of the user's own: cut, weighed, kept, read back, and used in a task."""

from __future__ import annotations

import json

import gymnasium as gym
import numpy as np
import pytest
from conftest import needs_gl

import hand_envs
from hand_envs.cli.main import main
from hand_envs.errors import DatasetError, OptionError
from hand_envs.objects import Piece, Shape, find
from hand_envs.objects.library import folder_of, names_added, read, write

trimesh = pytest.importorskip("trimesh", reason="needs hand-envs[objects]")
pytest.importorskip("coacd", reason="needs hand-envs[objects]")
from hand_envs.objects.adding import add  # noqa: E402

CORNERS = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)], float)


@pytest.fixture(autouse=True)
def _own_library(tmp_path, monkeypatch):
    monkeypatch.setenv("HAND_ENVS_DATA", str(tmp_path / "data"))


@pytest.fixture
def ell(tmp_path):
    """A mesh of an L: two blocks of 2 x 2 x 6 and 4 x 2 x 2 cm, with one closed surface."""
    outline = [(-0.01, 0.0), (0.05, 0.0), (0.05, 0.02), (0.01, 0.02), (0.01, 0.06), (-0.01, 0.06)]
    points = [(x, y, z) for y in (-0.01, 0.01) for x, z in outline]
    caps = [(0, 1, 2), (0, 2, 3), (0, 3, 4), (0, 4, 5)]
    faces = [*caps, *((c + 6, b + 6, a + 6) for a, b, c in caps)]
    for a in range(6):
        b = (a + 1) % 6
        faces += [(a, a + 6, b), (b, a + 6, b + 6)]
    mesh = trimesh.Trimesh(points, faces)
    assert mesh.is_volume
    mesh.export(tmp_path / "ell.obj")
    return tmp_path / "ell.obj"


def small(size: float = 0.05, name: str = "thing") -> Shape:
    return Shape(name, (Piece("hull", points=size * (CORNERS - 0.5)),), mass=0.1)


def stored(shape: Shape):
    folder = folder_of(shape.name)
    folder.mkdir(parents=True)
    write(shape, shape.weight(), folder)
    return folder


def test_an_ell_is_cut_into_convex_pieces_that_fill_it(ell):
    add(ell, "ell")
    assert len(find("ell").pieces) >= 2
    assert find("ell").volume() == pytest.approx(4e-5, rel=0.1), "24 + 16 cm3; its convex hull has 56"


def test_added_is_found_again_and_weighs_what_was_said(ell):
    add(ell, "ell", mass=0.2)
    shape = find("ell")
    assert names_added() == ["ell"]
    assert shape.mass == shape.weight().mass == pytest.approx(0.2)
    low, high = shape.bounds()
    np.testing.assert_allclose(high - low, (0.06, 0.02, 0.06), atol=0.004)
    np.testing.assert_allclose(low + high, 0.0, atol=1e-9)
    half = find("ell").weight(scale=0.5)
    assert half.mass == pytest.approx(0.025)


@pytest.mark.slow
def test_without_a_mass_it_has_that_of_its_volume(ell):
    add(ell, "ell", scale=2.0)
    assert find("ell").mass == pytest.approx(500 * 8 * 4e-5, rel=0.1)


def test_it_can_be_relocated(ell):
    add(ell, "ell", mass=0.2)
    env = gym.make("HandRelocateMug-v0", object="ell")
    env.reset(seed=0)
    bare = env.unwrapped
    assert isinstance(bare, hand_envs.HandEnv)
    for _ in range(50):
        env.step(np.zeros(30))
    sim = bare.episode.sim
    assert sim.model.body("object").mass[0] == pytest.approx(0.2 * 0.8**3)
    assert sim.body("object").xpos[0, 2] == pytest.approx(0.8 * 0.03, abs=0.003), "it stands on the table"


@pytest.mark.slow
def test_the_command_adds_lists_and_removes(ell, capsys):
    main(["object", "add", str(ell), "--name", "ell", "--mass", "0.2"])
    shown = capsys.readouterr().out
    assert 'gym.make("HandRelocateMug-v0", object="ell")' in shown
    main(["object", "list"])
    assert "ell " in capsys.readouterr().out
    main(["object", "remove", "ell"])
    assert names_added() == []


@needs_gl
def test_the_picture_shows_pieces_in_different_colours(tmp_path, capsys):
    from PIL import Image

    main(["object", "show", "banana", str(tmp_path / "banana.png")])
    pixels = np.asarray(Image.open(tmp_path / "banana.png")).reshape(-1, 3)
    assert len(np.unique(pixels // 32, axis=0)) > 10


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"name": "Ell"}, "small letters"),
        ({"name": "../ell"}, "small letters"),
        ({"name": "mug"}, "suite's own"),
        ({"name": "ell", "mass": -1.0}, "mass must be between"),
        ({"name": "ell", "scale": 1000.0}, "another unit"),
        ({"name": "ell", "scale": -1.0}, "more than 0"),
        ({"name": "ell", "concavity": 0.0}, "concavity must be"),
        ({"name": "ell", "most_pieces": 1000}, "most_pieces must be"),
    ],
)
def test_bad_input_is_refused_and_leaves_nothing(ell, arguments, said):
    with pytest.raises(OptionError, match=said):
        add(ell, **arguments)
    assert names_added() == []


@pytest.mark.slow
def test_a_name_that_is_taken_is_not_overwritten_unasked(ell):
    add(ell, "ell", mass=0.2)
    with pytest.raises(OptionError, match="--anew"):
        add(ell, "ell", mass=0.3)
    add(ell, "ell", mass=0.3, anew=True)
    assert find("ell").mass == pytest.approx(0.3)


def test_a_file_that_is_no_mesh_is_told(tmp_path):
    with pytest.raises(DatasetError, match="There is no file"):
        add(tmp_path / "nothing.obj", "nothing")
    (tmp_path / "text.obj").write_text("no mesh")
    with pytest.raises(DatasetError, match=r"text\.obj"):
        add(tmp_path / "text.obj", "text")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"mass": -1.0}, "mass must be 1 finite"),
        ({"mass": 0.0}, "greater than 0"),
        ({"mass": "1"}, "mass must be 1 finite"),
        ({"inertia": [1.0, 1.0]}, "inertia must be 3 finite"),
        ({"center": [1.0, 1.0, float("nan")]}, "center must be 3 finite"),
        ({"axes": None}, "axes must be 4 finite"),
        ({"inertia": [1.0, 1.0, 3.0]}, "more than the others"),
    ],
)
def test_what_a_stranger_has_written_is_checked(change, said):
    folder = stored(small())
    properties = json.loads((folder / "object.json").read_text())
    (folder / "object.json").write_text(json.dumps({**properties, **change}))
    with pytest.raises(DatasetError, match=said):
        read(folder)


@pytest.mark.parametrize(
    "hulls", [{}, {"piece0": np.zeros((3, 3))}, {"piece0": np.full((4, 3), np.nan)}, {"piece0": np.zeros(12)}]
)
def test_pieces_that_are_none_are_refused(hulls):
    folder = stored(small())
    np.savez(folder / "pieces.npz", **hulls)
    with pytest.raises(DatasetError, match="arrays of points"):
        read(folder)


def test_a_pickle_in_the_file_is_not_run():
    folder = stored(small())
    np.savez(folder / "pieces.npz", piece0=np.array([print], dtype=object))
    with pytest.raises(DatasetError, match="only arrays of numbers"):
        read(folder)


def test_a_file_that_unpacks_to_more_than_an_object_needs_is_refused_unread():
    folder = stored(small())
    np.savez_compressed(folder / "pieces.npz", piece0=np.zeros((2_000_000, 3)))
    with pytest.raises(DatasetError, match="more than the 2400000 allowed"):
        read(folder)


def test_a_damaged_object_is_listed_as_such_and_can_be_removed(capsys):
    folder = stored(small())
    (folder / "pieces.npz").write_bytes(b"no archive")
    main(["object", "list"])
    assert "damaged" in capsys.readouterr().out
    main(["object", "remove", "thing"])
    assert names_added() == []
    with pytest.raises(SystemExit):
        main(["object", "remove", "thing"])
    assert "No object of that name was added" in capsys.readouterr().err
