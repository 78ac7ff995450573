"""Pictures of simulations: offscreen RGB and depth, a window for people, and videos."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

import mujoco
import numpy as np

from hand_envs.errors import OptionError, RenderingError, choices

if TYPE_CHECKING:
    from hand_envs.simulation import Simulation

Array = np.ndarray

RENDER_MODES = ("human", "rgb_array", "depth_array")
_BACKENDS = ("glfw", "egl", "osmesa")
_REMEDY = (
    "Offscreen rendering needs OpenGL. Without a display: apt-get install libegl1 libgl1-mesa-dri (as root), then set "
    "MUJOCO_GL=egl, or apt-get install libosmesa6 and set MUJOCO_GL=osmesa. `hand-envs doctor` tells what is missing."
)


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
class Pixels:
    """An image to observe: from which camera, and how large. Drawn without shadows and smooth edges."""

    camera: str | None = None
    width: int = 128
    height: int = 128

    def __post_init__(self) -> None:
        _check_size(self.width, self.height)

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
        camera = self.camera(Look(pixels.camera, pixels.width, pixels.height, pretty=False))
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
        for camera in self._cameras.values():
            camera.close()
        self._cameras.clear()
        if self._window is not None:
            self._window.close()
            self._window = None


class Camera:
    """Draws simulations of one scene offscreen, from one camera at one size."""

    def __init__(self, sim: Simulation, look: Look) -> None:
        self._context: Any = None
        self._drawing: Any = None
        self.sim, self.look = sim, look
        self.model, self.data = mujoco.MjModel.__copy__(sim.model), mujoco.MjData(sim.model)
        self._set_quality()
        self._camera = self._find(look.camera)
        self._context = _gl_context(look.width, look.height)
        try:
            self._open()
        except mujoco.FatalError as error:
            raise RenderingError(
                f"No picture of {look.width} x {look.height} can be drawn: {error}. {_REMEDY}"
            ) from None

    def _open(self) -> None:
        look = self.look
        self._context.make_current()
        self._scene = mujoco.MjvScene(self.model, maxgeom=2000)
        self._scene.flags[mujoco.mjtRndFlag.mjRND_SHADOW] = look.pretty
        self._scene.flags[mujoco.mjtRndFlag.mjRND_REFLECTION] = look.pretty
        self._option = mujoco.MjvOption()
        self._drawing = mujoco.MjrContext(self.model, mujoco.mjtFontScale.mjFONTSCALE_100.value)
        mujoco.mjr_setBuffer(mujoco.mjtFramebuffer.mjFB_OFFSCREEN.value, self._drawing)
        self._drawing.readDepthMap = mujoco.mjtDepthMap.mjDEPTH_ZEROFAR
        self._frame = mujoco.MjrRect(0, 0, look.width, look.height)

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
        self._draw(index)
        pixels = np.empty((self.look.height, self.look.width, 3), np.uint8)
        mujoco.mjr_readPixels(pixels, None, self._frame, self._drawing)
        if out is None:
            return pixels[::-1].copy()
        out[:] = pixels[::-1]
        return out

    def depth(self, index: int) -> Array:
        """Distance along the camera's axis to what each pixel shows (m), (height, width) float32."""
        self._draw(index)
        inverse = np.empty((self.look.height, self.look.width), np.float32)
        mujoco.mjr_readPixels(None, inverse, self._frame, self._drawing)
        near, far = (self.model.stat.extent * clip for clip in (self.model.vis.map.znear, self.model.vis.map.zfar))
        # reversed depth buffer: 1 at `near`, 0 at `far`, linear in 1 / distance between
        distance = near * far / (near + inverse[::-1].astype(np.float64) * (far - near))
        return distance.astype(np.float32)

    def _draw(self, index: int) -> None:
        self._context.make_current()
        self.sim.materialize(index, self.model, self.data)
        everything = mujoco.mjtCatBit.mjCAT_ALL.value
        mujoco.mjv_updateScene(self.model, self.data, self._option, None, self._camera, everything, self._scene)
        mujoco.mjr_render(self._frame, self._scene, self._drawing)

    def close(self) -> None:
        """Give back the GL context."""
        if self._context is not None:
            self._context.make_current()  # what is freed is freed in the current context, whosever that is
            if self._drawing is not None:
                self._drawing.free()
            self._context.free()
            self._context = None

    def __del__(self) -> None:
        if not sys.is_finalizing():
            self.close()


class Window:
    """MuJoCo's interactive viewer on one simulation."""

    def __init__(self, sim: Simulation) -> None:
        import mujoco.viewer

        self.sim = sim
        self.model, self.data = mujoco.MjModel.__copy__(sim.model), mujoco.MjData(sim.model)
        if sys.platform.startswith("linux") and not _has_display():
            raise RenderingError("render_mode='human' opens a window and needs a display. Use 'rgb_array' without one.")
        try:
            self._viewer = mujoco.viewer.launch_passive(self.model, self.data, show_left_ui=False, show_right_ui=False)
        except RuntimeError as error:
            raise RenderingError(f"No window could be opened: {error}") from error

    @property
    def is_open(self) -> bool:
        """Whether the person has not closed it."""
        return bool(self._viewer.is_running())

    def show(self, index: int) -> None:
        """Show simulation `index` as it is now."""
        if self.is_open:
            with self._viewer.lock():
                self.sim.materialize(index, self.model, self.data)
            self._viewer.sync()

    def close(self) -> None:
        """Close the window."""
        self._viewer.close()


class Video:
    """A video file, written frame by frame: `with Video("door.mp4", fps=50) as video: video.add(frame)`.

    Needs no ffmpeg on the system. A `.gif` is written as one.
    """

    def __init__(self, path: str | Path, fps: float) -> None:
        self.path, self.fps = Path(path), fps
        self._writer: Any = None
        if self.path.suffix not in (".mp4", ".gif"):
            raise OptionError(f"A video is written to a .mp4 or .gif file, got {str(self.path)!r}.")

    def add(self, frame: Array) -> None:
        """Append a (height, width, 3) uint8 picture."""
        if self._writer is None:
            self._writer = self._open()
        try:
            self._writer.append_data(np.ascontiguousarray(frame))
        except OSError as error:
            raise RenderingError(f"{self.path} could not be written: {error}") from error

    def _open(self) -> Any:
        import imageio.v2 as imageio

        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.path.touch()
        except OSError as error:
            raise RenderingError(f"{self.path} cannot be written: {error}") from error
        if self.path.suffix == ".gif":
            return imageio.get_writer(self.path, duration=1000 / self.fps, loop=0)
        return imageio.get_writer(self.path, fps=self.fps, macro_block_size=2, codec="libx264", quality=7)

    def __enter__(self) -> Video:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._writer is not None:
            self._writer.close()
            if error is None and not self.path.stat().st_size:
                raise RenderingError(f"{self.path} could not be written; is the disk full?")


def _check_size(width: int, height: int) -> None:
    if not (isinstance(width, int) and isinstance(height, int) and 0 < width <= 8192 and 0 < height <= 8192):
        raise OptionError(f"A picture needs a width and a height from 1 to 8192 pixels, got {width} x {height}.")


def save_picture(path: str | Path, picture: Array) -> Path:
    """Write a picture to a PNG or JPEG file."""
    from PIL import Image

    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(picture).save(path)
    return path


def strip(pictures: Iterable[Array]) -> Array:
    """Pictures of the same height side by side."""
    return np.concatenate(list(pictures), axis=1)


def gl_backend() -> str:
    """The GL backend pictures are drawn with: MUJOCO_GL if set, else glfw with a display and egl without."""
    chosen = os.environ.get("MUJOCO_GL", "").lower()
    if chosen in _BACKENDS:
        return chosen
    if chosen not in ("", "cgl", "wgl", "glx"):
        raise RenderingError(f"Unknown MUJOCO_GL: {choices(chosen, _BACKENDS)}")
    return "egl" if sys.platform.startswith("linux") and not _has_display() else "glfw"


def _has_display() -> bool:
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _gl_context(width: int, height: int) -> Any:
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
        raise RenderingError(f"GL backend {backend!r} does not work here ({error}). {_REMEDY}") from error
