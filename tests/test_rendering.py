"""Pictures: modes, cameras, profiles, videos, and errors where none can be made."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import threading

import gymnasium as gym
import imageio.v3 as imageio
import mujoco
import numpy as np
import pytest
from conftest import STATE_IDS, VISUAL_IDS, needs_gl, slow_but_first

import hand_envs
from hand_envs.core.simulation import Simulation
from hand_envs.core.task import Task
from hand_envs.errors import OptionError, RenderingError
from hand_envs.rendering import Eyes, Look, Video, save_picture, strip

pytestmark = needs_gl


def make(env_id: str = "HandDoor-v0", **options) -> hand_envs.HandEnv:
    env = gym.make(env_id, disable_env_checker=True, **options).unwrapped
    env.reset(seed=0)
    return env


@pytest.mark.parametrize("env_id", slow_but_first(STATE_IDS))
def test_rgb_is_a_picture_of_something(env_id):
    picture = make(env_id, render_mode="rgb_array", width=96, height=64).render()
    assert picture.shape == (64, 96, 3)
    assert picture.dtype == np.uint8
    assert picture.std() > 10


def test_depth_is_distance_along_the_axis_in_metres():
    """From 2 m above, a floor at height 0 and a box of 0.5 m are 2 and 1.5 m away, wherever in the picture they are."""
    spec = mujoco.MjSpec.from_string("""
    <mujoco><worldbody>
      <geom name="floor" type="plane" size="9 9 0.1"/>
      <geom name="box" type="box" size="0.3 0.3 0.25" pos="0.5 0 0.25"/>
      <camera name="above" pos="0 0 2"/>
    </worldbody></mujoco>""")
    depth = Eyes(Simulation(spec), Look("above", 65, 65)).render("depth_array", 0)
    assert depth.shape == (65, 65)
    assert depth.dtype == np.float32
    on_the_box = np.abs(depth - 1.5) < 1e-3
    np.testing.assert_allclose(depth[:, :33], 2.0, atol=1e-3)
    assert on_the_box[33].any()
    assert not on_the_box[:5].any()
    assert (on_the_box | (depth > 1.5)).all()


@pytest.mark.parametrize("env_id", slow_but_first(STATE_IDS))
def test_depth_of_every_task(env_id):
    depth = make(env_id, render_mode="depth_array", width=48, height=32).render()
    assert depth.shape == (32, 48)
    assert depth.min() > 0.1
    assert depth.std() > 0.01


def test_the_fast_profile_draws_no_shadows():
    pictures = [make(render_mode="rgb_array", pretty=pretty, width=64, height=64).render() for pretty in (True, False)]
    assert (pictures[0] != pictures[1]).any()
    assert pictures[0].mean() < pictures[1].mean()  # shadows are dark


def test_cameras_by_name():
    pictures = [
        make(render_mode="rgb_array", camera=name, width=64, height=64).render() for name in ("fixed", "vil_camera")
    ]
    assert (pictures[0] != pictures[1]).any()
    with pytest.raises(OptionError, match="no such camera.*did you mean 'fixed'"):
        make(render_mode="rgb_array", camera="fixd").render()


def test_pictures_show_the_simulation_asked_for_as_it_is_now():
    envs = gym.make_vec("HandDoor-v0", num_envs=3, render_mode="rgb_array", width=64, height=64)
    envs.reset(seed=0)
    pictures = envs.render()
    assert len(pictures) == 3
    assert (pictures[0] != pictures[1]).any()
    single = make(render_mode="rgb_array", width=64, height=64)
    single.reset(seed=2)
    np.testing.assert_array_equal(pictures[2], single.render())
    chosen = gym.make_vec("HandDoor-v0", num_envs=3, render_mode="rgb_array", rendered=[2], width=64, height=64)
    chosen.reset(seed=0)
    np.testing.assert_array_equal(chosen.render()[0], pictures[2])


def test_rendering_does_not_disturb_the_simulation():
    watched, alone = make(render_mode="rgb_array", width=32, height=32), make()
    for _ in range(10):
        action = np.full(28, 0.3)
        watched.render()
        np.testing.assert_array_equal(watched.step(action)[0], alone.step(action)[0])


@pytest.mark.parametrize("env_id", slow_but_first(VISUAL_IDS))
def test_visual_ids_see(env_id):
    env = gym.make(env_id, disable_env_checker=True)
    assert env.observation_space["image"].shape == (128, 128, 3)
    first, _ = env.reset(seed=0)
    state = gym.make(env_id.replace("Visual", ""))
    flat, _ = state.reset(seed=0)
    layout = state.unwrapped.observation_layout
    own = np.concatenate([flat[layout[name]] for name in state.unwrapped.task.proprioception])
    np.testing.assert_array_equal(first["proprio"], own)
    for _ in range(15):
        last, *_ = env.step(np.ones(env.action_space.shape))
    assert (last["image"] != first["image"]).mean() > 0.001


BEACON = """
<mujoco><worldbody>
  <camera name="vil_camera" pos="0.3 -2 0.6" xyaxes="1 0.1 0 -0.02 0.2 1" fovy="50"/>
  <body name="arm" pos="0 0 0.6"><joint name="hinge" axis="0 1 0"/><geom name="rod" size="0.02" rgba="0 0 1 1"/>
    <body name="beacon" pos="0.25 0 0.45"><geom name="lamp" size="0.06" mass="0.01" rgba="1 0 0 1"/></body></body>
</worldbody><actuator><motor name="push" joint="hinge" ctrlrange="-1 1"/></actuator></mujoco>"""


class Beacon(Task):
    """A red ball above and to the right of the middle of the picture, and nothing else that is red."""

    horizon = 4
    camera = "vil_camera"
    proprioception = ("angle",)

    def scene(self):
        return mujoco.MjSpec.from_string(BEACON)

    def reset(self, sim, ids, rng):
        sim.qpos[ids] = rng.uniform([-0.3], [0.3])

    def observe(self, sim):
        return {"angle": sim.qpos, "beacon": sim.body("beacon").xpos}

    def reward(self, sim):
        return {"none": np.zeros(sim.nsim)}

    def success(self, sim):
        return np.zeros(sim.nsim, bool)


def where_seen(model: mujoco.MjModel, data: mujoco.MjData, point: np.ndarray, width: int, height: int) -> np.ndarray:
    """Row and column of a point in a picture of the first camera, by a pinhole's geometry."""
    x, y, z = data.cam_xmat[0].reshape(3, 3).T @ (point - data.cam_xpos[0])
    focal = height / 2 / np.tan(np.radians(model.cam_fovy[0]) / 2)
    return np.array([height / 2 + focal * y / z, width / 2 - focal * x / z])


def test_every_picture_shows_a_point_where_it_is():
    """Up is up and right is right: in observations as in pictures, of one simulation as of many."""
    pixels = {"width": 120, "height": 90}
    single = hand_envs.HandEnv(Beacon(), pixels=pixels, render_mode="rgb_array", **pixels)
    envs = hand_envs.HandVectorEnv(Beacon(), 2, pixels=pixels, render_mode="rgb_array", **pixels)
    images = {"single": (single.reset(seed=1)[0]["image"], single), "picture": (single.render(), single)}
    seen = envs.reset(seed=0)[0]["image"]
    images |= {"vector": (seen[1], single), "vector picture": (envs.render()[1], single)}
    data = single.data
    expected = where_seen(single.model, data, data.body("beacon").xpos, 120, 90)
    assert expected[0] < 40, "the ball is in the upper half"
    assert expected[1] > 65, "and to the right"
    for name, (image, _) in images.items():
        red = (image[..., 0] > 100) & (image[..., 1] < 60) & (image[..., 2] < 60)
        np.testing.assert_allclose(np.argwhere(red).mean(axis=0) + 0.5, expected, atol=2.0, err_msg=name)


def in_a_thread(do) -> object:
    """What `do` returns or raises in a thread of its own, which ends with it."""
    outcome: list = []

    def run():
        try:
            outcome.append(do())
        except Exception as error:
            outcome.append(error)

    thread = threading.Thread(target=run, name="the other")
    thread.start()
    thread.join()
    return outcome[0]


def test_another_thread_may_not_draw_but_may_close_and_then_draw():
    env = make(render_mode="rgb_array", width=32, height=32)
    expected = env.render()
    error = in_a_thread(env.render)
    assert isinstance(error, RenderingError)
    assert "'MainThread'" in str(error)
    assert "'the other'" in str(error)
    np.testing.assert_array_equal(env.render(), expected)
    assert in_a_thread(env.close) is None
    np.testing.assert_array_equal(in_a_thread(env.render), expected)
    assert isinstance(in_a_thread(env.render), RenderingError), "a third thread"
    env.close()
    np.testing.assert_array_equal(env.render(), expected)


def test_what_another_thread_has_closed_takes_nothing_from_the_others():
    options = {"render_mode": "rgb_array", "width": 48, "height": 48}
    expected, kept = make("HandHammer-v0", **options).render(), make("HandHammer-v0", **options)
    kept.render()
    forgotten = make("HandDoor-v0", **options)
    forgotten.render()
    in_a_thread(forgotten.close)
    np.testing.assert_array_equal(kept.render(), expected)


FORK = """
import os, signal, sys, gymnasium as gym, hand_envs
make = lambda: gym.make("HandDoor-v0", render_mode="rgb_array", width=32, height=32).unwrapped
env = make()
env.reset(seed=0), env.render()
child = os.fork()
if child == 0:
    signal.alarm(60)  # GL would wait for the parent's threads for ever
    new = make()
    new.reset(seed=0)
    for each in (env, new):
        try:
            each.render()
        except hand_envs.HandEnvsError as error:
            print(error, flush=True)
    env.close()
    sys.exit(0)
assert os.waitpid(child, 0)[1] == 0
env.render()
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_process_forked_from_one_that_has_drawn_says_that_it_cannot():
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", FORK], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("Start processes with 'spawn'") == 2


def test_visual_camera_and_size():
    env = make("HandDoorVisual-v0", pixels={"camera": "fixed", "width": 40, "height": 30})
    assert env.reset(seed=0)[0]["image"].shape == (30, 40, 3)
    with pytest.raises(OptionError, match="did you mean 'width'"):
        make("HandDoorVisual-v0", pixels={"widht": 3})


def test_visual_vector_is_many_singles_through_an_episodes_end():
    options = {"pixels": {"width": 32, "height": 32}}
    envs = gym.make_vec("HandDoorVisual-v0", 2, max_episode_steps=3, autoreset_mode="SameStep", **options)
    single = gym.make("HandDoorVisual-v0", max_episode_steps=3, **options)
    seen, expected = envs.reset(seed=4)[0], single.reset(seed=5)[0]
    for _ in range(3):
        np.testing.assert_array_equal(seen["image"][1], expected["image"])
        action = np.full((2, 28), 0.5)
        seen, _, _, _, info = envs.step(action)
        expected = single.step(action[1])[0]
    np.testing.assert_array_equal(info["final_obs"][1]["image"], expected["image"])
    np.testing.assert_array_equal(seen["image"][1], single.reset()[0]["image"])


def test_render_needs_a_mode_and_a_known_one():
    with pytest.raises(RenderingError, match="render_mode='rgb_array'"):
        make().render()
    with pytest.raises(OptionError, match="did you mean 'rgb_array'"):
        hand_envs.HandEnv("hand_envs.tasks.adroit.door:Door", render_mode="rgb_aray")


def test_a_window_without_a_display_is_a_clear_error(monkeypatch):
    if not sys.platform.startswith("linux"):
        pytest.skip("only Linux can lack a display")
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    with pytest.raises(RenderingError, match="needs a display"):
        make(render_mode="human")


def test_missing_gl_is_a_clear_error():
    """With a GL backend that is not there, environments still run; only pictures fail, and say what to install."""
    code = (
        "import gymnasium as gym, hand_envs\n"
        "env = gym.make('HandDoor-v0', render_mode='rgb_array')\n"
        "env.reset(seed=0); env.step(env.action_space.sample())\n"
        "try: env.render()\n"
        "except hand_envs.HandEnvsError as error: print(error)\n"
    )
    environment = {"MUJOCO_GL": "osmesa", "PYOPENGL_PLATFORM": "nonsense", "PATH": "/usr/bin:/bin"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, timeout=120)
    assert "apt-get install" in done.stdout, done.stderr
    assert done.stderr == ""
    assert "hand-envs doctor" in done.stdout


def test_closed_pictures_can_be_made_again():
    env = make(render_mode="rgb_array", width=32, height=32)
    first = env.render()
    env.close()
    np.testing.assert_array_equal(env.render(), first)


@pytest.mark.parametrize("name", ["a.mp4", "a.gif"])
def test_videos_need_no_system_ffmpeg(tmp_path, name, monkeypatch):
    monkeypatch.setenv("PATH", "")
    env = make(render_mode="rgb_array", width=64, height=48)
    with Video(tmp_path / "new" / name, fps=25) as video:
        for _ in range(10):
            env.step(np.ones(28))
            video.add(env.render())
    frames = (
        imageio.imread(tmp_path / "new" / name, index=None)
        if name.endswith("gif")
        else imageio.imread(tmp_path / "new" / name)
    )
    assert frames.shape[0] == 10
    assert frames.shape[1:3] == (48, 64)


def test_pictures_to_files(tmp_path):
    picture = np.zeros((4, 5, 3), np.uint8)
    picture[0, 0] = 255
    path = save_picture(tmp_path / "there" / "a.png", strip([picture, picture]))
    np.testing.assert_array_equal(imageio.imread(path), strip([picture, picture]))
    assert strip([picture, picture]).shape == (4, 10, 3)


def test_a_camera_that_is_forgotten_takes_nothing_from_the_others():
    """GL frees by number in whichever context is current: a camera collected late must not free what is another's."""
    options = {"render_mode": "rgb_array", "width": 48, "height": 48}
    expected = make("HandHammer-v0", **options).render()
    forgotten = make("HandDoor-v0", **options)
    forgotten.render()
    kept = make("HandHammer-v0", **options)
    np.testing.assert_array_equal(kept.render(), expected)
    del forgotten
    gc.collect()
    np.testing.assert_array_equal(kept.render(), expected)
