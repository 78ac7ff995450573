"""The environments, under the name that registered ids and stored datasets know."""

from hand_envs.faces.env import HandEnv, HandVectorEnv

__all__ = ["HandEnv", "HandVectorEnv"]
