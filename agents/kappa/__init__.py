"""The supervised kappa of the residual-RL paper: a small network from a hand's pose (and viewpoint) to joint actions.

It trains no agent of an environment: `train` makes a file of pairs (pose, action) into one that
`hand_envs.poses.retargeting.Learned` runs.
"""

from agents.kappa.pairs import Pairs
from agents.kappa.settings import Settings

__all__ = ["Pairs", "Settings"]
