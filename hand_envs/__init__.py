"""hand_envs: the Gymnasium suite for dexterous hands.

import gymnasium as gym, hand_envs

env = gym.make("HandDoor-v0", render_mode="rgb_array")
envs = gym.make_vec("HandDoor-v0", num_envs=64)
"""

import os

try:
    import mujoco as _mujoco  # noqa: F401
except Exception as error:  # with a GL backend it does not know or find, it raises whatever that raises
    raise ImportError(
        f"`import mujoco` failed: {error!r}. If this is about GL: MUJOCO_GL is {os.environ.get('MUJOCO_GL')!r}; unset "
        "it, or set it to egl (no display: apt-get install libegl1 libgl1-mesa-dri), osmesa (apt-get install "
        "libosmesa6) or glfw (with a display)."
    ) from error

from hand_envs.core.episode import Episode
from hand_envs.core.layout import Layout
from hand_envs.core.simulation import Simulation
from hand_envs.core.task import Task
from hand_envs.errors import HandEnvsError
from hand_envs.faces.env import HandEnv, HandVectorEnv
from hand_envs.registry import ENTRIES, IDS, register_all
from hand_envs.rendering import Pixels

__all__ = [
    "ENTRIES",
    "IDS",
    "Episode",
    "HandEnv",
    "HandEnvsError",
    "HandVectorEnv",
    "Layout",
    "Pixels",
    "Simulation",
    "Task",
]
__version__ = "0.1.0"

register_all()
