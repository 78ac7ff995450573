"""Where a user's intended actions come from, and the task that hears them."""

from hand_envs.users.captures import CaptureUser, ClosingUser
from hand_envs.users.demonstrations import DemonstrationUser
from hand_envs.users.noise import GaussianNoise, SeededNoise, Tremor
from hand_envs.users.poses import PoseUser, TruePoseUser
from hand_envs.users.residual import Residual
from hand_envs.users.user import User
from hand_envs.users.wrapper import UserWrapper

__all__ = [
    "CaptureUser",
    "ClosingUser",
    "DemonstrationUser",
    "GaussianNoise",
    "PoseUser",
    "Residual",
    "SeededNoise",
    "Tremor",
    "TruePoseUser",
    "User",
    "UserWrapper",
]
