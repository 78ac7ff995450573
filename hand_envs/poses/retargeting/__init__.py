"""Retargeting (kappa): from the 21 points of a human hand to the joint angles of a robot's."""

from hand_envs.poses.retargeting.kappa import Kappa, actions, angles
from hand_envs.poses.retargeting.kinematics import Kinematics
from hand_envs.poses.retargeting.learned import Learned

__all__ = ["Kappa", "Kinematics", "Learned", "actions", "angles"]
