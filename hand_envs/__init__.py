"""hand_envs: the Gymnasium suite for dexterous hands.

import gymnasium as gym, hand_envs

env = gym.make("HandDoor-v0", render_mode="rgb_array")
envs = gym.make_vec("HandDoor-v0", num_envs=64)
"""

import os

try:
    import mujoco as _mujoco  # it opens GL as MUJOCO_GL says
except Exception as error:  # with a GL backend it does not know or find, it raises whatever that raises
    if "MUJOCO_GL" not in os.environ:
        raise ImportError(f"`import mujoco` failed: {error!r}") from error
    _chosen, os.environ["MUJOCO_GL"] = os.environ["MUJOCO_GL"], "disable"
    try:
        import mujoco as _mujoco  # noqa: F401
    finally:
        os.environ["MUJOCO_GL"] = _chosen  # the first picture says what is wrong with it; `hand-envs doctor` draws one

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
