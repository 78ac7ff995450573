"""Things that a hand handles: eight of our own, DexMV's meshes of them, and what the user adds."""

from hand_envs.objects.library import find
from hand_envs.objects.shape import Piece, Shape, Weight
from hand_envs.objects.ycb import SHAPES

__all__ = ["SHAPES", "Piece", "Shape", "Weight", "find"]
