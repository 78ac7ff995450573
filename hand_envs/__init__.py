"""hand_envs: the Gymnasium suite for dexterous hands.

import gymnasium as gym, hand_envs

env = gym.make("HandDoor-v0", render_mode="rgb_array")
envs = gym.make_vec("HandDoor-v0", num_envs=64)
"""

from hand_envs.env import HandEnv, HandVectorEnv
from hand_envs.episode import Episode
from hand_envs.errors import HandEnvsError
from hand_envs.layout import Layout
from hand_envs.registry import ENTRIES, IDS, register_all
from hand_envs.rendering import Pixels
from hand_envs.simulation import Simulation
from hand_envs.task import Task

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
