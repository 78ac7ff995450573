"""How to look at a scene: from which camera, at which size."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from hand_envs.errors import OptionError, choices
from hand_envs.rendering.backgrounds import STYLES

RENDER_MODES = ("human", "rgb_array", "depth_array")


@dataclass(frozen=True)
class Look:
    """How to look at a scene.

    `pretty` draws shadows and smooth edges, for people; without, a picture costs about a sixth, for learning.
    """

    camera: str | None = None
    width: int = 480
    height: int = 480
    pretty: bool = True

    def __post_init__(self) -> None:
        _check_size(self.width, self.height)


@dataclass(frozen=True)
class LearningLook(Look):
    """How to look at a scene to learn from it: `light` draws fewer faces, `background` is what surrounds it."""

    light: bool = False
    background: int = 0

    @classmethod
    def of(cls, look: Look) -> LearningLook:
        """The same look, with neither unless it has them."""
        return look if isinstance(look, cls) else cls(look.camera, look.width, look.height, look.pretty)


@dataclass(frozen=True)
class Pixels:
    """An image to observe: from which camera, and how large. Drawn without shadows and smooth edges.

    Args:
        camera: a camera of the scene; by default the task's `pixel_camera`.
        width: in pixels.
        height: in pixels.
        light: draw meshes and round things with fewer faces, which takes about half the time.
        background: 0 for the scene's own table, floor and sky, 1 to 5 for others.
    """

    camera: str | None = None
    width: int = 128
    height: int = 128
    light: bool = False
    background: int = 0

    def __post_init__(self) -> None:
        _check_size(self.width, self.height)
        if not isinstance(self.light, bool):
            raise OptionError(f"The light of pixels must be True or False, got {self.light!r}.")
        whole = isinstance(self.background, int) and not isinstance(self.background, bool)
        if not (whole and 0 <= self.background <= len(STYLES)):
            raise OptionError(
                f"The background of pixels must be 0 for the scene's own or 1 to {len(STYLES)}, got "
                f"{self.background!r}."
            )

    @property
    def look(self) -> LearningLook:
        """How such an image is drawn."""
        return LearningLook(self.camera, self.width, self.height, False, self.light, self.background)

    @classmethod
    def of(cls, pixels: Pixels | Mapping[str, Any] | None, camera: str) -> Pixels | None:
        """From itself, its fields or None; through `camera` unless it has one of its own."""
        if pixels is None:
            return None
        if isinstance(pixels, Mapping):
            for name in pixels:
                if name not in cls.__dataclass_fields__:
                    raise OptionError(f"pixels has no option of that name: {choices(name, cls.__dataclass_fields__)}")
            pixels = cls(**pixels)
        if not isinstance(pixels, cls):
            raise OptionError(f"pixels must be a dict like {{'camera': 'fixed', 'width': 84}}, got {pixels!r}.")
        return pixels if pixels.camera else replace(pixels, camera=camera)


def _check_size(width: int, height: int) -> None:
    if not (isinstance(width, int) and isinstance(height, int) and 0 < width <= 8192 and 0 < height <= 8192):
        raise OptionError(f"A picture needs a width and a height from 1 to 8192 pixels, got {width} x {height}.")
