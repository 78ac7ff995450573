"""Other surroundings for the same scene: table, floor and sky in colours and patterns that nobody has trained with.

Hand and objects look as ever, for light depends on no colour. What is not textured gets a colour alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import mujoco
import numpy as np

from hand_envs.rendering.patterns import Colour, Share, checker, gradient, noise, painted, plain, wood

Array = np.ndarray
Colours = tuple[Colour, Colour]

SURROUNDINGS = ("world", "table")
"""Bodies whose geoms nobody handles."""

_RGB = int(mujoco.mjtTextureRole.mjTEXROLE_RGB)
_SKYBOX = int(mujoco.mjtTexture.mjTEXTURE_SKYBOX)


@dataclass(frozen=True)
class _Style:
    """How surroundings look: one pattern, in two colours each."""

    pattern: Share
    table: Colours
    floor: Colours
    sky: Colours


STYLES = (
    _Style(
        checker,
        table=((226, 214, 180), (58, 110, 70)),
        floor=((96, 64, 48), (150, 112, 84)),
        sky=((250, 226, 190), (224, 170, 120)),
    ),
    _Style(
        gradient,
        table=((40, 60, 120), (150, 190, 235)),
        floor=((60, 60, 66), (150, 150, 156)),
        sky=((235, 200, 210), (120, 90, 140)),
    ),
    _Style(
        noise,
        table=((70, 82, 74), (176, 190, 150)),
        floor=((120, 96, 60), (186, 160, 110)),
        sky=((205, 214, 190), (116, 140, 120)),
    ),
    _Style(
        wood,
        table=((150, 98, 52), (98, 58, 26)),
        floor=((200, 180, 150), (160, 138, 104)),
        sky=((246, 242, 226), (214, 206, 184)),
    ),
    _Style(plain, table=((52, 128, 132),) * 2, floor=((104, 62, 92),) * 2, sky=((236, 214, 92),) * 2),
)


class Background:
    """Surroundings in style `number`, from 1 on, for pictures of one model."""

    def __init__(self, model: mujoco.MjModel, number: int) -> None:
        self._style = STYLES[number - 1]
        self._rng = np.random.default_rng(number)
        bodies = [body for body in range(model.nbody) if model.body(body).name in SURROUNDINGS]
        around = np.isin(model.geom_bodyid, bodies)
        on_floor = model.geom_type == int(mujoco.mjtGeom.mjGEOM_PLANE)
        textures = _textures(model)
        self._textures = {
            int(textures[geom]): self._style.floor if on_floor[geom] else self._style.table
            for geom in np.flatnonzero(around & (textures >= 0) & ~np.isin(textures, textures[~around]))
        }
        self._bare = np.flatnonzero(around & ~np.isin(textures, list(self._textures)))
        colours = np.where(on_floor[self._bare, None], self._style.floor[0], self._style.table[0])
        self._colours = np.concatenate([colours / 255, model.geom_rgba[self._bare, 3:]], axis=1)

    def paint(self, model: mujoco.MjModel) -> None:
        """Paint over the textures, for a context to be made with."""
        for texture, colours in self._textures.items():
            _put(model, texture, self._painted(colours, *_size(model, texture)))
        for texture in np.flatnonzero(model.tex_type == _SKYBOX).tolist():
            height, width = _size(model, texture)
            face = self._painted(self._style.sky, width, width)
            _put(model, texture, np.tile(face, (height // width, 1, 1)))

    def colour(self, model: mujoco.MjModel) -> None:
        """Give what is not textured its colour, before each picture."""
        model.geom_matid[self._bare] = -1
        model.geom_rgba[self._bare] = self._colours

    def _painted(self, colours: Colours, height: int, width: int) -> Array:
        return painted(self._style.pattern, colours, height, width, self._rng)


def _textures(model: mujoco.MjModel) -> Array:
    """The texture that each geom shows, or -1."""
    of_material = np.append(model.mat_texid.reshape(-1, model.mat_texid.shape[-1])[:, _RGB], -1)
    return of_material[model.geom_matid]


def _size(model: mujoco.MjModel, texture: int) -> tuple[int, int]:
    return int(model.tex_height[texture]), int(model.tex_width[texture])


def _put(model: mujoco.MjModel, texture: int, picture: Array) -> None:
    """Write a picture to the colours of a texture; how transparent it is stays."""
    (height, width), channels = _size(model, texture), int(model.tex_nchannel[texture])
    first = int(model.tex_adr[texture])
    colours = model.tex_data[first : first + height * width * channels].reshape(height, width, channels)[:, :, :3]
    colours[:] = picture[:, :, : colours.shape[2]]
