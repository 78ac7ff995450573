"""A whole attempt as one action: where and how to take hold, then a motion taken from a demonstration."""

from hand_envs.attempts.episode import GraspEpisode
from hand_envs.attempts.many import Attempts
from hand_envs.attempts.trajectory import Trajectory

__all__ = ["Attempts", "GraspEpisode", "Trajectory"]
