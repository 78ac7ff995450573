"""Hands, and what they hold, drawn offscreen, each from its own window of the camera's view: depth and colour."""

from __future__ import annotations

import functools
import sys
from collections.abc import Sequence
from typing import Any

import mujoco
import numpy as np

from hand_envs.core.arrays import real_numbers
from hand_envs.errors import OptionError, RenderingError
from hand_envs.images.flesh import NAIL, SKIN, SLEEVE, Meshes, placed
from hand_envs.images.solids import Solids
from hand_envs.images.stage import FAR, NEAR, light, model_of, prepare, views
from hand_envs.images.views import Look
from hand_envs.objects.shape import Shape
from hand_envs.poses.human import HumanShape
from hand_envs.rendering.camera import REMEDY, free, gl_context
from hand_envs.rendering.owner import Owner, Process

Array = np.ndarray

_FARTHEST = 100.0  # m, that a pose may be from the camera


class HandRenderer:
    """Draws hands that stand before a camera at the origin: x to the right, y down, z ahead.

    It belongs to the thread that made it. `close` gives its GL context back. More `slices` are rounder and slower.
    `things` may be drawn besides.
    """

    def __init__(self, width: int = 128, height: int = 128, slices: int = 8, things: Sequence[Shape] = ()) -> None:
        if not 1 <= width <= 4096 or not 1 <= height <= 4096:
            raise OptionError(f"A picture has 1-4096 pixels a side, got {width} x {height}.")
        self.width, self.height = width, height
        self._context: Any = None
        self._drawing: Any = None
        self._owner = Owner()
        self.things = tuple(things)
        self._meshes, self._solids = Meshes(slices), Solids(things)
        self._model = model_of(self._meshes, self._solids, width, height)
        self._context = gl_context(width, height)
        Process.drawn = True
        try:
            self._open()
        except mujoco.FatalError as error:
            raise RenderingError(f"No picture of {width} x {height} can be drawn: {error}. {REMEDY}") from None

    def _open(self) -> None:
        self._context.make_current()
        self._hand = len(self._meshes.parts)
        count = self._hand + len(self._solids.clouds)
        self._scene = mujoco.MjvScene(self._model, maxgeom=count)
        self._scene.flags[:] = 0
        for part in range(count):
            prepare(self._scene.geoms[part], part)
        self._centres, self._turns, self._colours = views(self._scene, count)
        self._colours[self._hand :, :3] = self._solids.colours
        light(self._scene)
        self._drawing = mujoco.MjrContext(self._model, mujoco.mjtFontScale.mjFONTSCALE_50.value)
        self._owner.held = self._context, self._drawing
        mujoco.mjr_setBuffer(mujoco.mjtFramebuffer.mjFB_OFFSCREEN.value, self._drawing)
        self._drawing.readDepthMap = mujoco.mjtDepthMap.mjDEPTH_ZEROFAR
        self._frame = mujoco.MjrRect(0, 0, self.width, self.height)
        # MuJoCo keeps meshes about their centres, along their principal axes: parts are placed as they were given
        self._mesh_centres = self._model.mesh_pos.copy()
        self._mesh_turns = np.stack([_matrix(quat) for quat in self._model.mesh_quat])

    def draw(
        self,
        shapes: Sequence[HumanShape],
        points: Array,
        windows: Array,
        *,
        forearms: Array | None = None,
        looks: Sequence[Look] | None = None,
        poses: Array | None = None,
    ) -> tuple[Array, Array | None]:
        """Depth (m, float32, 0 where nothing is), and with `looks` colour (uint8), of n hands.

        Args:
            shapes: a person for each hand.
            points: (n, 21, 3) in the camera's frame (m).
            windows: (n, 4) left, right, top and bottom of each picture as x / z, x / z, y / z, y / z.
            forearms: (n, 3), see `flesh.placed`.
            looks: how each hand is lit and coloured; without, there is no colour.
            poses: (n, things, 4, 4) of the renderer's things in the camera's frame, none of them by default. Their
                axes may be stretched, so that one cube is any box; where all is 0, a thing is not there.
        """
        self._owner.expect_here()
        centres, turns = placed(shapes, points, forearms)
        if poses is not None and len(self._solids.owners):
            poses = _checked(poses, (len(points), len(self.things), 4, 4))[:, self._solids.owners]
            centres = np.concatenate([centres, poses[..., :3, 3]], axis=1)
            turns = np.concatenate([turns, poses[..., :3, :3]], axis=1)
        count = centres.shape[1]
        centres = centres + np.einsum("npij,pj->npi", turns, self._mesh_centres[:count])
        turns = turns @ self._mesh_turns[:count]
        depth = np.empty((len(points), self.height, self.width), np.float32)
        colour = None if looks is None else np.empty((*depth.shape, 3), np.uint8)
        with self._owner.drawing():
            self._context.make_current()
            self._shoot_all(centres, turns, windows, looks, depth, colour)
        return _metres(depth[:, ::-1]), None if colour is None else colour[:, ::-1]

    def _shoot_all(
        self,
        centres: Array,
        turns: Array,
        windows: Array,
        looks: Sequence[Look] | None,
        depth: Array,
        colour: Array | None,
    ) -> None:
        """Pictures upside down, as GL has them."""
        count = self._scene.ngeom = centres.shape[1]
        for index in range(len(centres)):
            self._centres[:count], self._turns[:count] = centres[index], turns[index]
            if looks is not None:
                self._dress(looks[index])
            self._shoot(windows[index], depth[index], None if colour is None else colour[index])

    def _shoot(self, window: Array, depth: Array, colour: Array | None) -> None:
        left, right, top, bottom = (float(edge) * NEAR for edge in window)
        for camera in self._scene.camera:
            camera.frustum_center, camera.frustum_width = (left + right) / 2, (right - left) / 2
            camera.frustum_bottom, camera.frustum_top = -bottom, -top
        mujoco.mjr_render(self._frame, self._scene, self._drawing)
        mujoco.mjr_readPixels(colour, depth, self._frame, self._drawing)

    def _dress(self, look: Look) -> None:
        tones = {SKIN: look.skin, NAIL: look.nail, SLEEVE: look.sleeve}
        self._colours[: self._hand, :3] = [tones[stuff] for stuff in self._meshes.stuff]
        own = self._solids.colours if look.things is None else look.things[self._solids.owners]
        self._colours[self._hand :, :3] = own
        lamp = self._scene.lights[0]
        lamp.dir, lamp.ambient, lamp.diffuse = look.light, [look.ambient] * 3, [look.diffuse] * 3

    def close(self) -> None:
        """Give back the GL context, from whichever thread."""
        context, drawing, self._context = self._context, self._drawing, None
        if context is not None:
            self._owner.give_back(functools.partial(free, context, drawing))

    def __del__(self) -> None:
        if not sys.is_finalizing() and hasattr(self, "_context"):
            self.close()


def _checked(poses: Array, shape: tuple[int, ...]) -> Array:
    expected = f"Poses of what is held are numbers {shape} in m, within {_FARTHEST:g} m"
    try:
        found = real_numbers(poses)
    except ValueError as error:
        raise OptionError(f"{expected}; these are {error}.") from error
    if found.shape != shape or not (np.abs(found) <= _FARTHEST).all():
        raise OptionError(f"{expected}; these are {found.shape} or farther.")
    return found.astype(np.float64)


def _matrix(quaternion: Array) -> Array:
    matrix = np.empty(9)
    mujoco.mju_quat2Mat(matrix, quaternion)
    return matrix.reshape(3, 3)


def _metres(inverse: Array) -> Array:
    """Distances from a depth buffer that is 1 at NEAR, 0 at FAR and linear in 1 / distance between."""
    with np.errstate(invalid="ignore"):
        distance = NEAR * FAR / (NEAR + inverse * np.float32(FAR - NEAR))
    return np.where(inverse > 0, distance, 0.0).astype(np.float32)
