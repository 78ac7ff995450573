"""Images of hands: made ones with exact labels, and readers of the published sets that they are laid out like."""

from hand_envs.images.bighand import BigHand, Hands2017
from hand_envs.images.cropping import SR300, Crop, Intrinsics, crop
from hand_envs.images.filming import HandCamera
from hand_envs.images.fphab import FPHAB, write_pictures
from hand_envs.images.frames import Frame, FrameSet
from hand_envs.images.ho3d import HO3D
from hand_envs.images.made import HandImages, Picture
from hand_envs.images.opening import LAYOUTS, open_images
from hand_envs.images.posing import Poses
from hand_envs.images.renderer import HandRenderer
from hand_envs.images.sensor import Sensor
from hand_envs.images.views import VIEWS
from hand_envs.images.writing import Recipe, write_images

__all__ = [
    "FPHAB",
    "HO3D",
    "LAYOUTS",
    "SR300",
    "VIEWS",
    "BigHand",
    "Crop",
    "Frame",
    "FrameSet",
    "HandCamera",
    "HandImages",
    "HandRenderer",
    "Hands2017",
    "Intrinsics",
    "Picture",
    "Poses",
    "Recipe",
    "Sensor",
    "crop",
    "open_images",
    "write_images",
    "write_pictures",
]
