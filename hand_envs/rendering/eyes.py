"""All the pictures of one simulation's scene."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from hand_envs.errors import OptionError, RenderingError, choices
from hand_envs.rendering.camera import Camera
from hand_envs.rendering.look import RENDER_MODES, Look, Pixels
from hand_envs.rendering.window import Window

if TYPE_CHECKING:
    from hand_envs.core.simulation import Simulation

Array = np.ndarray


class Eyes:
    """All the pictures of one simulation's scene, made when first asked for."""

    def __init__(self, sim: Simulation, look: Look) -> None:
        self.sim = sim
        self.look = look
        self.check_camera(look.camera)
        self._cameras: dict[Look, Camera] = {}
        self._window: Any = None

    def check_camera(self, name: str | None) -> None:
        """That the scene has a camera of that name; None and what tasks name by default may be missing."""
        names = [self.sim.model.camera(number).name for number in range(self.sim.model.ncam)]
        if names and name is not None and name not in names:
            raise OptionError(f"The scene has no such camera: {choices(name, names)}")

    def camera(self, look: Look) -> Camera:
        """The camera for a look."""
        if look not in self._cameras:
            self._cameras[look] = Camera(self.sim, look)
        return self._cameras[look]

    def images(self, pixels: Pixels) -> Array:
        """Images of all simulations, (n, height, width, 3) uint8."""
        camera = self.camera(pixels.look)
        images = np.empty((self.sim.nsim, pixels.height, pixels.width, 3), np.uint8)
        for index in range(self.sim.nsim):
            camera.picture(index, out=images[index])
        return images

    def render(self, mode: str | None, index: int) -> Array | None:
        """What `render()` returns in `mode`."""
        if mode == "rgb_array":
            return self.camera(self.look).picture(index)
        if mode == "depth_array":
            return self.camera(replace(self.look, pretty=False)).depth(index)  # smooth edges have no distance
        if mode == "human":
            self._show(index)
            return None
        raise RenderingError(
            "render() needs a render_mode, given when the environment is made: "
            f"gym.make(id, render_mode='rgb_array'). Valid: {', '.join(RENDER_MODES)}"
        )

    def _show(self, index: int) -> None:
        if self._window is None:
            self._window = Window(self.sim)
        self._window.show(index)

    def close(self) -> None:
        """Give back GL contexts and windows; they are made again when needed."""
        while self._cameras:
            self._cameras.popitem()[1].close()
        if self._window is not None:
            self._window.close()
            self._window = None
