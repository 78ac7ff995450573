"""Our models of the YCB objects: as large as published, as bulky as DexMV's meshes, as heavy as told."""

from __future__ import annotations

import mujoco
import numpy as np
import pytest
from conftest import ROOT

from hand_envs.errors import OptionError
from hand_envs.objects import SHAPES, Piece, Shape, Weight, find

# Published sizes (m), sorted: which way an object lies is the model's own business.
PUBLISHED = {
    "sugar_box": (0.0495, 0.0940, 0.1760),
    "tomato_soup_can": (0.0677, 0.0679, 0.1018),
    "mustard_bottle": (0.0576, 0.0959, 0.1913),
    "potted_meat_can": (0.0576, 0.0835, 0.1015),
    "banana": (0.0366, 0.1088, 0.1784),
    "mug": (0.0813, 0.0930, 0.1169),
    "large_clamp": (0.0364, 0.1216, 0.1659),
    "foam_brick": (0.0511, 0.0526, 0.0778),
}
KILOGRAMS = {
    "sugar_box": 0.514,
    "tomato_soup_can": 0.349,
    "mustard_bottle": 0.603,
    "potted_meat_can": 0.370,
    "banana": 0.066,
    "mug": 0.118,
    "large_clamp": 0.125,
    "foam_brick": 0.028,
}
every_shape = pytest.mark.parametrize("name", SHAPES)


def body_of(shape: Shape, weight: Weight, scale: float = 1.0) -> mujoco.MjModel:
    spec = mujoco.MjSpec()
    body = spec.worldbody.add_body(name="object")
    shape.add_to(body, spec, scale)
    weight.give_to(body)
    return spec.compile()


@every_shape
def test_size_and_mass_are_the_published_ones(name):
    low, high = SHAPES[name].bounds()
    np.testing.assert_allclose(sorted(high - low), PUBLISHED[name], rtol=0.06)
    assert SHAPES[name].mass == KILOGRAMS[name]
    assert SHAPES[name].weight().mass == KILOGRAMS[name]


@every_shape
def test_bounds_hold_every_point_of_the_surface(name):
    """Rays from outside along each axis meet the object within its bounds, and come near to them."""
    shape = SHAPES[name]
    model = body_of(shape, shape.weight())
    data = mujoco.MjData(model)
    mujoco.mj_forward(model, data)
    low, high = shape.bounds()
    hit = np.zeros(1, np.int32)
    for axis in range(3):
        others = [other for other in range(3) if other != axis]
        found = []
        for u in np.linspace(0.01, 0.99, 25):
            for v in np.linspace(0.01, 0.99, 25):
                point = np.zeros(3)
                point[others] = low[others] + (high - low)[others] * (u, v)
                point[axis] = high[axis] + 1.0
                away = mujoco.mj_ray(model, data, point, -np.eye(3)[axis], None, 1, -1, hit)
                if away >= 0:
                    found.append(point[axis] - away)
        assert max(found) <= high[axis] + 1e-6
        assert max(found) > high[axis] - 0.15 * (high - low)[axis]


@every_shape
def test_inertia_is_that_of_a_thing_of_its_size(name):
    """Within what the solid block around it has; a hollow mug may have a little more about one axis."""
    shape = SHAPES[name]
    weight, (low, high) = shape.weight(), shape.bounds()
    x, y, z = high - low
    block = shape.mass / 12 * np.array([y * y + z * z, x * x + z * z, x * x + y * y])
    assert np.all(np.sort(weight.inertia) <= np.sort(block) * 1.2)
    assert np.all(np.sort(weight.inertia) >= np.sort(block) * 0.2)


@every_shape
@pytest.mark.parametrize("kind", ["real", "dexmv"])
def test_a_body_weighs_what_it_is_told_whatever_its_pieces(name, kind):
    shape = SHAPES[name]
    for scale in (0.8, 1.5):
        weight = shape.weight(kind, scale)
        model = body_of(shape, weight, scale)
        assert model.body_mass[1] == pytest.approx(weight.mass)
        np.testing.assert_allclose(np.sort(model.body_inertia[1]), np.sort(weight.inertia), rtol=1e-9)
    twice, once = shape.weight(kind, 2.0), shape.weight(kind, 1.0)
    assert twice.mass == pytest.approx(8 * once.mass)
    np.testing.assert_allclose(twice.inertia, 32 * np.array(once.inertia))


def test_dexmv_weights_are_those_of_its_scale():
    assert SHAPES["mustard_bottle"].weight("dexmv", 0.8).mass == pytest.approx(0.649)
    assert SHAPES["foam_brick"].weight("dexmv", 0.8).mass == pytest.approx(0.204)


def test_a_block_of_two_halves_weighs_as_one():
    """Against the formula of a solid block."""
    halves = tuple(Piece("box", (0.01, 0.02, 0.015), (0.0, 0.0, z)) for z in (-0.015, 0.015))
    weight = Shape("block", halves, 0.6).weight()
    expected = 0.6 / 12 * np.array([0.04**2 + 0.06**2, 0.02**2 + 0.06**2, 0.02**2 + 0.04**2])
    np.testing.assert_allclose(np.sort(weight.inertia), np.sort(expected), rtol=1e-6)
    np.testing.assert_allclose(weight.center, 0.0, atol=1e-12)
    assert Shape("block", halves, 0.6).volume() == pytest.approx(0.02 * 0.04 * 0.06)


def test_the_mug_is_hollow_and_stands_on_its_disc():
    mug = SHAPES["mug"]
    model = body_of(mug, mug.weight())
    data = mujoco.MjData(model)
    mujoco.mj_forward(model, data)
    hit = np.zeros(1, np.int32)
    down = mujoco.mj_ray(model, data, np.array([0.0, 0.0, 0.5]), np.array([0.0, 0.0, -1.0]), None, 1, -1, hit)
    assert 0.5 - down == pytest.approx(0.0015 + 0.010 - 0.0813 / 2, abs=1e-6), "the inside is open down to the disc"
    up = mujoco.mj_ray(model, data, np.array([0.0455, 0.0, -0.5]), np.array([0.0, 0.0, 1.0]), None, 1, -1, hit)
    assert up - 0.5 == pytest.approx(0.0015 + 0.001 - 0.0813 / 2, abs=1e-6), "staves end above the table"


@every_shape
def test_the_meshes_of_dexmv_fill_as_much(name, monkeypatch):
    pytest.importorskip("trimesh")
    data = ROOT.parent / "shared" / "data"
    if not (data / "ycb_dexmv").exists():
        pytest.skip("ycb_dexmv is absent: it belongs to the data beside the project")
    monkeypatch.setenv("HAND_ENVS_DATA", str(data))
    own, theirs = find(name), find(name, "ycb")
    sizes = [np.sort(np.subtract(*shape.bounds()[::-1])) for shape in (own, theirs)]
    np.testing.assert_allclose(*sizes, rtol=0.17)
    assert own.volume() == pytest.approx(theirs.volume(), rel=0.25 if name != "large_clamp" else 0.5)
    assert theirs.weight("dexmv").mass == own.weight("dexmv").mass


def test_unknown_names_tell_what_there_is_and_how_to_add():
    with pytest.raises(OptionError, match=r"did you mean 'mug'.*hand-envs object add MESH --name muq"):
        find("muq")
    with pytest.raises(OptionError, match="Unknown meshes: got 'ybc'; did you mean 'ycb'"):
        find("mug", "ybc")


def test_meshes_that_are_not_there_tell_where_they_would_be(monkeypatch, tmp_path):
    monkeypatch.setenv("HAND_ENVS_DATA", str(tmp_path))
    with pytest.raises(Exception, match=r"set HAND_ENVS_DATA to a folder that has ycb_dexmv/collision/011_banana"):
        find("banana", "ycb")
