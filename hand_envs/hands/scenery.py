"""What only people look at in a scene."""

from __future__ import annotations

import mujoco
import numpy as np

Point = tuple[float, float, float]


def furnish(spec: mujoco.MjSpec, eye: Point, at: Point) -> None:
    """A camera `overview` that looks from `eye` at `at` (m), under a sky."""
    add_view(spec, "overview", eye, at)
    spec.add_texture(
        name="sky",
        type=mujoco.mjtTexture.mjTEXTURE_SKYBOX,
        builtin=mujoco.mjtBuiltin.mjBUILTIN_GRADIENT,
        rgb1=(0.75, 0.83, 0.9),
        rgb2=(0.35, 0.45, 0.55),
        width=64,
        height=384,
    )


def add_top(spec: mujoco.MjSpec, height: float) -> None:
    """A camera `top` that looks straight down at the origin from a height (m), half turned, as H-InDex has it."""
    spec.worldbody.add_camera(name="top", pos=(0.0, 0.0, height), quat=(0.0, 0.0, 0.0, 1.0), fovy=45.0)


def add_view(spec: mujoco.MjSpec, name: str, eye: Point, at: Point) -> None:
    """A camera that looks from `eye` at `at` (m)."""
    ahead = np.subtract(at, eye)
    right = np.cross(ahead, (0.0, 0.0, 1.0))
    camera = spec.worldbody.add_camera(name=name, pos=eye)
    camera.alt.type = mujoco.mjtOrientation.mjORIENTATION_XYAXES
    camera.alt.xyaxes = [*right, *np.cross(right, ahead)]
