"""Objects and meshes from strangers: each is read and can be simulated, or refused with the file's name."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from fuzz.mutants import damaged, outcome, tell, within

from hand_envs.errors import DatasetError
from hand_envs.objects import Piece, Shape, find
from hand_envs.objects.library import folder_of, write

MUTANTS = 150  # of each kind
CORNERS = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)], float) - 0.5
PROPERTIES, PIECES = "object.json", "pieces.npz"


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """A sound object of two pieces."""
    monkeypatch.setenv("HAND_ENVS_DATA", str(tmp_path / "data"))
    random = np.random.default_rng(0)
    hulls = (0.05 * CORNERS, 0.03 * random.normal(size=(20, 3)))
    shape = Shape("thing", tuple(Piece("hull", points=hull) for hull in hulls), mass=0.1)
    folder_of("thing").mkdir(parents=True)
    write(shape, shape.weight(), folder_of("thing"))
    return folder_of("thing")


def read(folder: Path, counts: Counter[str]) -> None:
    with within():
        counts[outcome(lambda: find("thing").bounds(), folder)] += 1


def test_damaged_bytes(folder, deep):
    random, counts = np.random.default_rng(1), Counter()
    contents = {name: (folder / name).read_bytes() for name in (PROPERTIES, PIECES)}
    for number in range(MUTANTS * deep):
        name = (PROPERTIES, PIECES)[number % 2]
        (folder / name).write_bytes(damaged(contents[name], random, contents[PIECES]))
        read(folder, counts)
        (folder / name).write_bytes(contents[name])
    tell("objects, damaged", counts)
    assert counts["refused"] > counts["read"] > 0


VALUES = (
    None,
    True,
    "1",
    "x" * 10_000,
    [],
    {},
    -1,
    0,
    1e-300,
    1e300,
    float("nan"),
    float("inf"),
    10**400,
    [[1]],
    1e-12,
)


def test_changed_properties(folder, deep):
    random, counts = np.random.default_rng(2), Counter()
    sound = json.loads((folder / PROPERTIES).read_text())
    for _ in range(MUTANTS * deep):
        changed = json.loads(json.dumps(sound))
        name = str(random.choice(list(sound)))
        value = VALUES[random.integers(len(VALUES))]
        if isinstance(changed[name], list) and random.random() < 0.7:
            changed[name][random.integers(len(changed[name]))] = value
        else:
            changed[name] = value
        text = json.dumps(changed if random.random() < 0.95 else value)
        (folder / PROPERTIES).write_text(text if random.random() < 0.95 else "[" * 100_000)
        read(folder, counts)
    tell("objects, properties", counts)
    assert counts["refused"] > counts["read"] > 0


def test_changed_pieces(folder, deep):
    random, counts = np.random.default_rng(3), Counter()
    for _ in range(MUTANTS * deep):
        size = 10.0 ** random.uniform(-12, 3)
        hull = size * random.normal(size=(int(random.integers(0, 12)), 3))
        kind = random.integers(8)
        if kind == 0:
            hull[:, random.integers(3)] = 0.0  # flat
        elif kind == 1:
            hull[1:] = hull[:1]  # one point, or none
        elif kind == 2 and len(hull):
            hull[0, 0] = random.choice([np.nan, np.inf, 1e300])
        elif kind == 3:
            hull = hull.astype(random.choice(["f4", "f2", "i8", "c16", "S4"]))
        elif kind == 4:
            hull = hull.reshape(-1)
        np.savez(folder / PIECES, first=0.05 * CORNERS, second=hull)
        read(folder, counts)
    tell("objects, pieces", counts)
    assert counts["refused"] > 0
    assert counts["read"] > 0


def test_an_array_that_says_it_is_huge_gets_no_room(folder):
    from numpy.lib import format as npy

    with np.load(folder / PIECES) as file:
        sound = file["piece0"]
    import io
    import zipfile

    head = io.BytesIO()
    npy.write_array_header_1_0(head, {"descr": "<f8", "fortran_order": False, "shape": (10**9, 3)})
    with zipfile.ZipFile(folder / PIECES, "w") as archive:
        archive.writestr("piece0.npy", head.getvalue() + sound.tobytes())
    with within(megabytes=20), pytest.raises(DatasetError, match="says it is of shape"):
        find("thing")


def test_damaged_meshes(tmp_path, deep):
    trimesh = pytest.importorskip("trimesh", reason="needs hand-envs[objects]")
    from hand_envs.objects.meshes import read_mesh

    random, counts = np.random.default_rng(4), Counter()
    paths = [tmp_path / f"ball.{kind}" for kind in ("obj", "stl", "ply", "off")]
    for path in paths:
        trimesh.creation.icosphere(1, 0.05).export(path)
    contents = {path: path.read_bytes() for path in paths}
    for number in range(MUTANTS * deep):
        path = paths[number % len(paths)]
        path.write_bytes(damaged(contents[path], random))
        with within():
            counts[outcome(lambda path=path: read_mesh(path), path)] += 1
    tell("meshes, damaged", counts)
    assert counts["refused"] > 0
    assert counts["read"] > 0
