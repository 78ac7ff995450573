"""Images of hands: made ones with exact labels, and readers of the published sets that they are laid out like."""

from hand_envs.images.cropping import SR300, Crop, Intrinsics, crop
from hand_envs.images.made import HandImages, Picture, Poses
from hand_envs.images.renderer import HandRenderer
from hand_envs.images.sensor import Sensor
from hand_envs.images.views import VIEWS

__all__ = [
    "SR300",
    "VIEWS",
    "Crop",
    "HandImages",
    "HandRenderer",
    "Intrinsics",
    "Picture",
    "Poses",
    "Sensor",
    "crop",
]
