"""Where a user's hand comes from."""

from hand_envs.users.demonstrations import DemonstrationUser
from hand_envs.users.user import User

__all__ = ["DemonstrationUser", "User"]
