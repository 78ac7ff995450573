"""Pictures drawn offscreen, and the GL they need."""

from __future__ import annotations

import functools
import os
import sys
from typing import TYPE_CHECKING, Any

import mujoco
import numpy as np

from hand_envs.errors import RenderingError, choices
from hand_envs.rendering.backgrounds import Background
from hand_envs.rendering.light import lighter
from hand_envs.rendering.look import LearningLook, Look
from hand_envs.rendering.owner import Owner, Process

if TYPE_CHECKING:
    from hand_envs.core.simulation import Simulation

Array = np.ndarray

_BACKENDS = ("glfw", "egl", "osmesa")
REMEDY = (
    "Offscreen rendering needs OpenGL. Without a display: apt-get install libegl1 libgl1-mesa-dri (as root), then set "
    "MUJOCO_GL=egl, or apt-get install libosmesa6 and set MUJOCO_GL=osmesa. `hand-envs doctor` says what is missing."
)


class Camera:
    """Draws simulations of one scene offscreen, from one camera at one size."""

    def __init__(self, sim: Simulation, look: Look) -> None:
        self._context: Any = None
        self._drawing: Any = None
        self._owner = Owner()
        self.sim, self.look = sim, LearningLook.of(look)
        self.model, self.data = mujoco.MjModel.__copy__(sim.model), mujoco.MjData(sim.model)
        self._set_quality()
        self._camera = self._find(look.camera)
        self._background = Background(self.model, self.look.background) if self.look.background else None
        self._context = gl_context(look.width, look.height)
        Process.drawn = True
        try:
            self._open()
        except mujoco.FatalError as error:
            raise RenderingError(
                f"No picture of {look.width} x {look.height} can be drawn: {error}. {REMEDY}"
            ) from None

    def _open(self) -> None:
        look = self.look
        self._context.make_current()
        self._scene = mujoco.MjvScene(self.model, maxgeom=2000)
        self._scene.flags[mujoco.mjtRndFlag.mjRND_SHADOW] = look.pretty
        self._scene.flags[mujoco.mjtRndFlag.mjRND_REFLECTION] = look.pretty
        self._option = mujoco.MjvOption()
        self._drawing = mujoco.MjrContext(self._shapes(), mujoco.mjtFontScale.mjFONTSCALE_100.value)
        self._owner.held = self._context, self._drawing
        mujoco.mjr_setBuffer(mujoco.mjtFramebuffer.mjFB_OFFSCREEN.value, self._drawing)
        self._drawing.readDepthMap = mujoco.mjtDepthMap.mjDEPTH_ZEROFAR
        self._frame = mujoco.MjrRect(0, 0, look.width, look.height)

    def _shapes(self) -> mujoco.MjModel:
        """The model whose meshes and textures are drawn."""
        model = lighter(self.model) if self.look.light else mujoco.MjModel.__copy__(self.model)
        if self._background is not None:
            self._background.paint(model)
        return model

    def _set_quality(self) -> None:
        vis, look = self.model.vis, self.look
        vis.global_.offwidth, vis.global_.offheight = look.width, look.height
        vis.quality.offsamples = 4 if look.pretty else 0
        vis.quality.shadowsize = 2048 if look.pretty else 0

    def _find(self, name: str | None) -> mujoco.MjvCamera:
        camera = mujoco.MjvCamera()
        names = [self.model.camera(number).name for number in range(self.model.ncam)]
        if name in names:
            camera.type = mujoco.mjtCamera.mjCAMERA_FIXED
            camera.fixedcamid = names.index(name)
        else:  # a scene without cameras is seen from where MuJoCo thinks best
            mujoco.mjv_defaultFreeCamera(self.model, camera)
        return camera

    def picture(self, index: int, out: Array | None = None) -> Array:
        """Simulation `index` as it is now, (height, width, 3) uint8."""
        pixels = np.empty((self.look.height, self.look.width, 3), np.uint8)
        self._draw(index, pixels, None)
        if out is None:
            return pixels[::-1].copy()
        out[:] = pixels[::-1]
        return out

    def depth(self, index: int) -> Array:
        """Distance along the camera's axis to what each pixel shows (m), (height, width) float32."""
        inverse = np.empty((self.look.height, self.look.width), np.float32)
        self._draw(index, None, inverse)
        near, far = (self.model.stat.extent * clip for clip in (self.model.vis.map.znear, self.model.vis.map.zfar))
        # reversed depth buffer: 1 at `near`, 0 at `far`, linear in 1 / distance between
        distance = near * far / (near + inverse[::-1].astype(np.float64) * (far - near))
        return distance.astype(np.float32)

    def _draw(self, index: int, pixels: Array | None, inverse: Array | None) -> None:
        self._owner.expect_here()
        self.sim.materialize(index, self.model, self.data)
        if self._background is not None:
            self._background.colour(self.model)
        everything = mujoco.mjtCatBit.mjCAT_ALL.value
        with self._owner.drawing():
            self._context.make_current()
            mujoco.mjv_updateScene(self.model, self.data, self._option, None, self._camera, everything, self._scene)
            mujoco.mjr_render(self._frame, self._scene, self._drawing)
            mujoco.mjr_readPixels(pixels, inverse, self._frame, self._drawing)

    def close(self) -> None:
        """Give back the GL context, from whichever thread."""
        context, drawing, self._context = self._context, self._drawing, None
        if context is not None:
            self._owner.give_back(functools.partial(free, context, drawing))

    def __del__(self) -> None:
        if not sys.is_finalizing():
            self.close()


def free(context: Any, drawing: Any) -> None:
    """Free what was drawn with and its context, in the thread that made them."""
    context.make_current()  # what is freed is freed in the current context, whosever that is
    if drawing is not None:
        drawing.free()
    context.free()


def gl_backend() -> str:
    """The GL backend pictures are drawn with: MUJOCO_GL if set, else glfw with a display and egl without."""
    chosen = os.environ.get("MUJOCO_GL", "").lower()
    if chosen in _BACKENDS:
        return chosen
    if chosen not in ("", "cgl", "wgl", "glx"):
        raise RenderingError(f"Unknown MUJOCO_GL: {choices(chosen, _BACKENDS)}")
    return "egl" if sys.platform.startswith("linux") and not has_display() else "glfw"


def has_display() -> bool:
    """Whether a window could be opened."""
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def gl_context(width: int, height: int) -> Any:
    """An offscreen GL context, or the error that says how to get one."""
    backend = gl_backend()
    try:
        if backend == "egl":
            from mujoco.egl import GLContext
        elif backend == "osmesa":
            from mujoco.osmesa import GLContext
        elif sys.platform == "darwin":
            from mujoco.cgl import GLContext
        else:
            from mujoco.glfw import GLContext
        return GLContext(width, height)
    except Exception as error:  # PyOpenGL fails in as many ways as there are systems
        raise RenderingError(f"GL backend {backend!r} does not work here ({error}). {REMEDY}") from error
