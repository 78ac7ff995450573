"""The two Gymnasium faces of an `Episode`: `HandEnv` for one simulation, `HandVectorEnv` for many."""

from hand_envs.faces.single import HandEnv
from hand_envs.faces.vector import HandVectorEnv

__all__ = ["HandEnv", "HandVectorEnv"]
