"""Poses beside what each kappa makes of them: rows of pictures, the human's 21 points first."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import mujoco
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from benchmarks.retargeting.poses import Poses
from hand_envs.core.hand import Hand
from hand_envs.errors import RenderingError
from hand_envs.hands.adroit import ADROIT, adroit_scene
from hand_envs.poses.conventions import PARENTS, TIPS
from hand_envs.poses.frames import aligned, unit_links
from hand_envs.poses.retargeting import Kappa, Kinematics
from hand_envs.rendering import save_picture
from hand_envs.rendering.camera import gl_context

Array = np.ndarray

_SETTLE = 10  # frames
_SIZE = 300  # pixels a side of a panel
_TITLE = 26  # pixels above the panels
_COLORS = ((0.85, 0.35, 0.3), (0.9, 0.65, 0.2), (0.35, 0.7, 0.35), (0.3, 0.55, 0.85), (0.6, 0.4, 0.75))
_VIEW = (42.0, -12.0)  # degrees: azimuth and elevation, from the palm's side and the thumb's


def bare_adroit() -> tuple[Hand, mujoco.MjModel]:
    """The Adroit hand with nothing to hold, its palm's frame along the world's axes."""
    spec = adroit_scene("adroit_pen.xml", (0.5, 0.0, 0.0), (0.0, 0.0, 0.0))
    for body in list(spec.worldbody.bodies):
        if body.name != ADROIT.root:
            spec.delete(body)
    for site in list(spec.worldbody.sites):
        spec.delete(site)
    for sensor in list(spec.sensors):
        spec.delete(sensor)
    model = spec.compile()
    kinematics = Kinematics(ADROIT, model)
    data = mujoco.MjData(model)
    mujoco.mj_kinematics(model, data)
    root = model.body(ADROIT.root).id
    turn = (data.xmat[kinematics.palm].reshape(3, 3) @ kinematics.frame).T @ data.xmat[root].reshape(3, 3)
    mujoco.mju_mat2Quat(model.body_quat[root], turn.ravel())
    model.vis.global_.offwidth = model.vis.global_.offheight = 2 * _SIZE
    return ADROIT, model


def draw(path: Path, poses: Mapping[str, Array], angles: Mapping[str, Array]) -> Path:
    """One row a pose: its points (21, 3), then the hand at the angles (poses, joints) of each kappa."""
    hand, model = bare_adroit()
    with _Artist(hand, model) as artist:
        rows = []
        for number, points in enumerate(poses.values()):
            panels = [artist.human(points), *(artist.robot(each[number]) for each in angles.values())]
            rows.append(np.concatenate(panels, axis=1))
    titles = ["human", *angles]
    return save_picture(path, _labelled(np.concatenate(rows), titles, list(poses)))


def shown(sets: list[Poses], count: int = 6) -> dict[str, Array]:
    """Poses that are unlike each other, as many of each set, with the nearest thing to a pinch among them."""
    found: dict[str, Array] = {}
    for poses in sets:
        hands = unit_links(aligned(poses.points)).reshape(len(poses.points), -1)
        gaps = np.linalg.norm(poses.points[:, 4] - poses.points[:, 8], axis=-1)
        chosen = [int(gaps.argmin())]
        while len(chosen) < count // len(sets):
            near = np.min([np.linalg.norm(hands - hands[one], axis=1) for one in chosen], axis=0)
            chosen.append(int(near.argmax()))
        found |= {f"{poses.name} {number}": poses.points[number] for number in chosen}
    return found


def settled(kappas: Mapping[str, Kappa], poses: Mapping[str, Array]) -> dict[str, Array]:
    """What each kappa makes of poses that are held still."""
    points, found = np.stack(list(poses.values())), {}
    for name, kappa in kappas.items():
        memory = kappa.memory(len(points))
        for _ in range(_SETTLE):
            found[name] = kappa(points, memory)
    return found


def _labelled(picture: Array, titles: list[str], names: list[str]) -> Array:
    whole = Image.new("RGB", (picture.shape[1], picture.shape[0] + _TITLE), "white")
    whole.paste(Image.fromarray(picture), (0, _TITLE))
    pen, font = ImageDraw.Draw(whole), ImageFont.load_default(16)
    for number, title in enumerate(titles):
        pen.text((number * _SIZE + 8, 4), title, "black", font)
    for number, name in enumerate(names):
        pen.text((8, _TITLE + number * _SIZE + 6), name, "black", font)
    return np.asarray(whole)


class _Artist:
    """Draws hands from one place."""

    def __init__(self, hand: Hand, model: mujoco.MjModel) -> None:
        self.model, self.data = model, mujoco.MjData(model)
        self.kinematics = Kinematics(hand, model)
        self._places = [model.joint(name).qposadr[0] for name in self.kinematics.joints]
        self.data.qpos[:] = model.qpos0
        mujoco.mj_forward(model, self.data)
        palm = self.data.xpos[self.kinematics.palm]
        self.wrist = palm + self.data.xmat[self.kinematics.palm].reshape(3, 3) @ self.kinematics.origin
        self.camera = mujoco.MjvCamera()
        self.camera.lookat = self.wrist + np.array([0.02, 0.01, 0.11])
        self.camera.distance, (self.camera.azimuth, self.camera.elevation) = 0.42, _VIEW
        self.camera.azimuth += 180.0
        self.option = mujoco.MjvOption()
        self.option.sitegroup[:] = 0
        self._context = gl_context(2 * _SIZE, 2 * _SIZE)
        self._context.make_current()
        self._scene = mujoco.MjvScene(model, maxgeom=1000)
        self._drawing = mujoco.MjrContext(model, mujoco.mjtFontScale.mjFONTSCALE_100.value)
        mujoco.mjr_setBuffer(mujoco.mjtFramebuffer.mjFB_OFFSCREEN.value, self._drawing)

    def __enter__(self) -> _Artist:
        return self

    def __exit__(self, *_: object) -> None:
        self._drawing.free()
        self._context.free()

    def robot(self, angles: Array) -> Array:
        """The hand at joint angles."""
        self.data.qpos[self._places] = angles
        mujoco.mj_forward(self.model, self.data)
        self._look()
        return self._picture()

    def human(self, points: Array) -> Array:
        """Joints and bones, seen as the robot is."""
        self._look()
        self._scene.ngeom = 0
        places = aligned(points) * 1.15 + self.wrist
        for joint, parent in enumerate(PARENTS):
            color = (*_COLORS[(joint - 1) // 4], 1.0) if joint else (0.5, 0.5, 0.5, 1.0)
            self._add(mujoco.mjtGeom.mjGEOM_SPHERE, 0.008 if joint in TIPS else 0.0065, color, places[joint])
            if joint:
                self._add(mujoco.mjtGeom.mjGEOM_CAPSULE, 0.004, color, places[parent], places[joint])
        return self._picture()

    def _add(
        self, kind: object, radius: float, color: tuple[float, ...], start: Array, end: Array | None = None
    ) -> None:
        scene = self._scene
        if scene.ngeom >= scene.maxgeom:
            raise RenderingError(f"The scene holds no more than {scene.maxgeom} geoms.")
        geom = scene.geoms[scene.ngeom]
        mujoco.mjv_initGeom(geom, kind, np.full(3, radius), start, np.eye(3).ravel(), np.array(color, dtype=np.float32))
        if end is not None:
            mujoco.mjv_connector(geom, kind, radius, start, end)
        scene.ngeom += 1

    def _look(self) -> None:
        all_of_it = mujoco.mjtCatBit.mjCAT_ALL.value
        mujoco.mjv_updateScene(self.model, self.data, self.option, None, self.camera, all_of_it, self._scene)

    def _picture(self) -> Array:
        large, frame = np.empty((2 * _SIZE, 2 * _SIZE, 3), dtype=np.uint8), mujoco.MjrRect(0, 0, 2 * _SIZE, 2 * _SIZE)
        mujoco.mjr_render(frame, self._scene, self._drawing)
        mujoco.mjr_readPixels(large, None, frame, self._drawing)
        return large[::-1].reshape(_SIZE, 2, _SIZE, 2, 3).mean(axis=(1, 3)).astype(np.uint8)
