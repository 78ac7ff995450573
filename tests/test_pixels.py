"""What `Pixels` can ask for: fewer faces, other cameras; pictures change, simulations never do."""

from __future__ import annotations

import itertools

import gymnasium as gym
import mujoco
import numpy as np
import pytest
from conftest import needs_gl, slow_but

from hand_envs.core.simulation import Simulation
from hand_envs.errors import OptionError
from hand_envs.registry import plain_id
from hand_envs.rendering import Eyes, Look, Pixels
from hand_envs.rendering.backgrounds import STYLES
from hand_envs.rendering.decimation import decimated
from hand_envs.rendering.light import MOST_FACES, lighter
from hand_envs.tasks.views import PAPER_CAMERAS

TWELVE = list(PAPER_CAMERAS)


def make(env_id: str, **pixels):
    return gym.make(env_id, pixels=pixels, disable_env_checker=True).unwrapped


def ball(stacks: int, slices: int) -> tuple[np.ndarray, np.ndarray]:
    """Vertices on a sphere of radius 1, and outward faces."""
    up, around = np.meshgrid(
        np.linspace(0, np.pi, stacks + 1), np.linspace(0, 2 * np.pi, slices + 1)[:-1], indexing="ij"
    )
    vertices = np.stack([np.sin(up) * np.cos(around), np.sin(up) * np.sin(around), np.cos(up)], -1).reshape(-1, 3)
    row, column = (each.ravel() for each in np.mgrid[:stacks, :slices])
    a, b = row * slices + column, row * slices + (column + 1) % slices
    return vertices, np.concatenate([np.stack([a, a + slices, b], 1), np.stack([b, a + slices, b + slices], 1)])


def volume(vertices: np.ndarray, faces: np.ndarray) -> float:
    a, b, c = (vertices[corner] for corner in faces.T)
    return float((a * np.cross(b, c)).sum() / 6)


def test_a_decimated_ball_is_a_ball_still():
    vertices, faces = ball(60, 80)
    moved, kept = decimated(vertices, faces, 300)
    assert 150 < len(kept) <= 300
    assert len(moved) == len(vertices)
    assert volume(moved, faces[kept]) == pytest.approx(4 / 3 * np.pi, rel=0.06)
    np.testing.assert_allclose(np.linalg.norm(moved[np.unique(faces[kept])], axis=1), 1.0, atol=0.06)


def test_corners_stay_where_they_are():
    """Means of a cube's vertices would round it off; its planes meet in its corners."""
    side = np.linspace(-1, 1, 21)
    u, v = (each.ravel() for each in np.meshgrid(side, side, indexing="ij"))
    corner = np.arange(21 * 21).reshape(21, 21)
    a, b, c, d = (each.ravel() for each in (corner[:-1, :-1], corner[1:, :-1], corner[1:, 1:], corner[:-1, 1:]))
    flat = np.concatenate([np.stack([a, b, c], 1), np.stack([a, c, d], 1)])
    vertices, faces = [], []
    for axis in range(3):
        for sign in (-1.0, 1.0):
            vertices.append(np.roll(np.stack([np.full_like(u, sign), u * sign, v], 1), axis, axis=1))
            faces.append(flat + 441 * len(faces))
    cube, sides = np.concatenate(vertices), np.concatenate(faces)
    moved, kept = decimated(cube, sides, 200)
    used = moved[np.unique(sides[kept])]
    for corner in np.array(np.meshgrid(*[(-1, 1)] * 3)).reshape(3, -1).T:
        assert np.linalg.norm(used - corner, axis=1).min() < 0.15
    assert volume(moved, sides[kept]) == pytest.approx(8.0, rel=0.08)


def test_what_has_few_faces_is_let_be():
    vertices, faces = ball(4, 6)
    moved, kept = decimated(vertices, faces, 300)
    np.testing.assert_array_equal(moved, vertices)
    np.testing.assert_array_equal(kept, np.arange(len(faces)))


@needs_gl
@pytest.mark.parametrize("env_id", slow_but(TWELVE, "HandRelocateMug-v0"))
def test_light_pictures_are_nearly_the_same(env_id):
    camera = PAPER_CAMERAS[env_id]
    plain, light = (make(env_id, camera=camera, width=112, height=112, light=light) for light in (False, True))
    first, second = (env.reset(seed=3)[0]["image"].astype(int) for env in (plain, light))
    assert 0 < np.abs(first - second).mean() < 1.5
    model = plain.episode.sim.model
    meshes = lighter(model).mesh_facenum
    assert meshes.max() <= MOST_FACES
    assert meshes.sum() < model.nmeshface / 10


@needs_gl
def test_simulations_do_not_know_how_they_are_looked_at():
    plain, light = (make("HandHammerVisual-v0", width=16, height=16, light=light) for light in (False, True))
    meshes = light.episode.sim.model.mesh_vert.copy()
    for env in (plain, light):
        env.reset(seed=1)
    for step in range(5):
        action = np.full(26, 0.1 * step)
        for env in (plain, light):
            env.step(action)
        for name, part in plain.get_state().items():
            np.testing.assert_array_equal(part, light.get_state()[name], err_msg=name)
    np.testing.assert_array_equal(light.episode.sim.model.mesh_vert, meshes)
    np.testing.assert_array_equal(light.episode.sim.model.mesh_face, plain.episode.sim.model.mesh_face)


@needs_gl
def test_light_is_for_many_as_for_one():
    pixels = {"light": True, "width": 24, "height": 24}
    envs = gym.make_vec("HandDoorVisual-v0", 2, pixels=pixels)
    seen = envs.reset(seed=4)[0]["image"]
    np.testing.assert_array_equal(seen[1], make("HandDoorVisual-v0", **pixels).reset(seed=5)[0]["image"])


@needs_gl
def test_a_texture_stays_where_it_was_on_a_decimated_mesh():
    """A ball whose western half is dark and whose eastern half is bright."""
    vertices, faces = ball(40, 60)
    spec = mujoco.MjSpec()
    half = np.zeros((8, 8, 3), np.uint8)
    half[:, 4:] = 255
    spec.add_texture(
        name="half", type=mujoco.mjtTexture.mjTEXTURE_2D, width=8, height=8, nchannel=3, data=half.ravel().tolist()
    )
    material = spec.add_material(name="half", emission=1.0)
    material.textures[mujoco.mjtTextureRole.mjTEXROLE_RGB] = "half"
    across = np.stack([vertices[:, 0] / 2 + 0.5, np.full(len(vertices), 0.5)], axis=1)
    spec.add_mesh(name="ball", uservert=vertices.ravel(), userface=faces.ravel(), usertexcoord=across.ravel())
    spec.worldbody.add_geom(name="ball", type=mujoco.mjtGeom.mjGEOM_MESH, meshname="ball", material="half")
    spec.worldbody.add_camera(name="above", pos=(0, 0, 4))
    eyes = Eyes(Simulation(spec), Look("above"))
    plain, light = (eyes.images(Pixels("above", 64, 64, light=light))[0].astype(int) for light in (False, True))
    assert (plain != light).any()
    for picture in (plain, light):
        assert picture[28:36, 38:46].mean() > picture[28:36, 18:26].mean() + 60


@needs_gl
def test_all_faces_are_drawn_unless_asked():
    """The same as MuJoCo draws of the model as it was compiled."""
    env = make("HandDoorVisual-v0", width=48, height=32)
    seen = env.reset(seed=0)[0]["image"]
    model, data = env.model, env.data
    model.vis.quality.offsamples = model.vis.quality.shadowsize = 0
    model.vis.global_.offwidth, model.vis.global_.offheight = 48, 32
    with mujoco.Renderer(model, 32, 48) as renderer:
        renderer.scene.flags[mujoco.mjtRndFlag.mjRND_SHADOW] = False
        renderer.scene.flags[mujoco.mjtRndFlag.mjRND_REFLECTION] = False
        renderer.update_scene(data, "vil_camera")
        np.testing.assert_array_equal(renderer.render(), seen)


@pytest.mark.parametrize("light", [1, "yes", None])
def test_light_is_a_yes_or_a_no(light):
    with pytest.raises(OptionError, match="light of pixels must be True or False, got"):
        make("HandDoorVisual-v0", light=light)


@pytest.mark.parametrize("env_id", slow_but(TWELVE, "HandDoor-v0", "HandRelocateMug-v0"))
def test_the_papers_cameras_are_there(env_id):
    model = gym.make(plain_id(env_id), disable_env_checker=True).unwrapped.episode.sim.model
    assert PAPER_CAMERAS[env_id] in [model.camera(number).name for number in range(model.ncam)]


@needs_gl
@pytest.mark.parametrize("env_id", ["HandDoor-v0", "HandHammer-v0"])
def test_top_looks_down_on_the_hand(env_id):
    """The palm stands where a camera straight above, half turned, has it: right is -x, down is +y."""
    env = gym.make(env_id, disable_env_checker=True).unwrapped
    env.reset(seed=0)
    data, camera = env.data, env.model.camera("top")
    axes = data.cam("top").xmat.reshape(3, 3)
    np.testing.assert_allclose(axes, np.diag([-1.0, -1.0, 1.0]), atol=1e-12)
    np.testing.assert_allclose(camera.pos, (0, 0, 1.5 if env_id == "HandDoor-v0" else 1.1))


def kinds(env) -> np.ndarray:
    """Of each pixel of the observation's picture: what geom it shows, -1 the sky, -2 what is no geom."""
    camera = env._eyes.camera(env.pixels.look)
    for flag in (mujoco.mjtRndFlag.mjRND_SEGMENT, mujoco.mjtRndFlag.mjRND_IDCOLOR):
        camera._scene.flags[flag] = True
    ids = camera.picture(0).astype(int) @ [1, 256, 65536] - 1
    drawn = camera._scene.geoms[: camera._scene.ngeom]
    of = {geom.segid: geom.objid if geom.objtype == mujoco.mjtObj.mjOBJ_GEOM else -2 for geom in drawn}
    return np.vectorize({-1: -1, **of}.get)(ids)


@needs_gl
@pytest.mark.parametrize("env_id", slow_but(TWELVE, "HandDoor-v0"))
def test_backgrounds_change_what_is_neither_hand_nor_object(env_id):
    pictures = []
    for background in range(len(STYLES) + 1):
        env = make(env_id, camera=PAPER_CAMERAS[env_id], width=64, height=64, background=background)
        pictures.append(env.reset(seed=0)[0]["image"].astype(int))
    shown, model = kinds(env), env.episode.sim.model
    bodies = np.array([model.body(body).name for body in range(model.nbody)])[model.geom_bodyid]
    clear = model.geom_rgba[:, 3] < 1  # something shines through
    around = (shown == -1) | ((shown >= 0) & np.isin(bodies, ("world", "table"))[shown])
    thing = (shown >= 0) & ~around & ~clear[shown]
    assert thing.sum() > 40
    assert around.sum() > 1000
    for first, second in itertools.combinations(pictures, 2):
        np.testing.assert_array_equal(first[thing], second[thing])
        assert (np.abs(first - second)[around].sum(axis=1) > 12).mean() > 0.8


@needs_gl
def test_a_background_is_the_same_whoever_asks():
    pixels = {"background": 3, "light": True, "width": 24, "height": 24}
    first, second = (make("HandPenVisual-v0", **pixels).reset(seed=0)[0]["image"] for _ in range(2))
    np.testing.assert_array_equal(first, second)
    env = make("HandPenVisual-v0", **pixels)
    before = env.episode.sim.model.tex_data.copy()
    env.reset(seed=0)
    np.testing.assert_array_equal(env.episode.sim.model.tex_data, before)


@needs_gl
@pytest.mark.parametrize("env_id", slow_but(["HandRealPickCup-v0", "HandGiveCoin-v0"], "HandRealPickCup-v0"))
def test_what_has_no_texture_gets_a_colour(env_id):
    env = gym.make(env_id, disable_env_checker=True).unwrapped
    env.reset(seed=0)
    eyes = Eyes(env.episode.sim, Look())
    pictures = [eyes.images(Pixels(None, 32, 32, background=number)) for number in range(len(STYLES) + 1)]
    for first, second in itertools.combinations(pictures, 2):
        assert (first != second).mean() > 0.1


@pytest.mark.parametrize("background", [-1, 6, 1.0, True, "wood", None])
def test_backgrounds_are_numbered(background):
    with pytest.raises(OptionError, match="must be 0 for the scene's own or 1 to 5, got"):
        make("HandDoorVisual-v0", background=background)
