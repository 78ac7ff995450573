"""Pictures of simulations: offscreen RGB and depth, a window for people, and videos."""

from hand_envs.rendering.camera import Camera, gl_backend
from hand_envs.rendering.eyes import Eyes
from hand_envs.rendering.look import RENDER_MODES, Look, Pixels
from hand_envs.rendering.video import Video, save_picture, strip
from hand_envs.rendering.window import Window

__all__ = [
    "RENDER_MODES",
    "Camera",
    "Eyes",
    "Look",
    "Pixels",
    "Video",
    "Window",
    "gl_backend",
    "save_picture",
    "strip",
]
