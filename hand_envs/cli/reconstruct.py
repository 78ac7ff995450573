"""`reconstruct`: a video of one's own as physics."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import tyro

from hand_envs.live.policy import Policy
from hand_envs.poses.pnp import Intrinsics
from hand_envs.reconstruction.report import text
from hand_envs.reconstruction.run import DATASET, Wish
from hand_envs.reconstruction.run import reconstruct as made
from hand_envs.reconstruction.thing import Cutting
from hand_envs.reconstruction.told import Told
from hand_envs.reconstruction.tracked import read_tracked


@dataclass(frozen=True)
class Video:
    """What the files do not say."""

    convention: str = "mediapipe"
    """Order, unit and axes of the points: mediapipe, bighand, mano, ho3d, openxr, webxr, visionpro ..."""
    units: str | None = None
    """Of points and object poses: m, dm, cm or mm; by default the convention's."""
    side: str = "auto"
    """Which hand: right, left, or auto by how its fingers bend. Left ones are mirrored, with all they handle."""
    rate: float = 30.0
    """Frames a second, where the file has no times."""
    down: tuple[float, float, float] = (0.0, 1.0, 0.0)
    """The direction of gravity in the camera's frame (x right, y down, z forward); by default the camera is level."""
    intrinsics: tuple[float, float, float, float] | None = None
    """fx fy cx cy (pixels): place the hands by their points in the picture, the array `image` of --poses."""
    image_points: Path | None = None
    """Another file that has the array `image`."""
    palm: float | None = None
    """The person's hand from the wrist to the middle finger's knuckle (m): points are made that large."""


@dataclass(frozen=True)
class Acting:
    """Who acts."""

    user: str = "closing"
    """closing, which tightens the grasp, or ik, which does as was seen."""
    kappa: str = "closed"
    """How fingers are retargeted: closed or optimised."""
    agent: Path | None = None
    """The folder of a trained agent with its policy.npz (`python -m agents.common.export FOLDER`)."""


def reconstruct(
    poses: Path,
    object: str,
    object_poses: Path | None = None,
    start: tuple[float, float, float] | None = None,
    table: Literal["auto", "yes", "no"] = "auto",
    video: tyro.conf.OmitArgPrefixes[Video] = Video(),
    cutting: tyro.conf.OmitArgPrefixes[Cutting] = Cutting(),  # noqa: B008
    acting: tyro.conf.OmitArgPrefixes[Acting] = Acting(),
    film: str = "film.mp4",
    out: Path = Path("reconstruction"),
) -> None:
    """A hand and an object of a video as physics: a trajectory, a film and a report of contacts, in a new folder.

    Args:
        poses: the hand's points (.npz): `points` (T, k, 3), and if need be `times` (T,) and `image` (T, k, 2).
        object: one of `hand-envs object list`, juice_carton, or a mesh in metres that stands upright along z.
        object_poses: the object's poses (.npz): `objects` (T, 4, 4), its frame in the camera's.
        start: where the object's middle is at first, in the camera's frame (m), upright; without it and without poses
            it is put between the thumb and the other fingertips.
        table: whether the object stands on a table at first; by default it does if it is upright.
        video: what the files do not say.
        cutting: how a mesh becomes an object.
        acting: who acts.
        film: the film's name, .mp4 or .gif.
        out: the folder to make.
    """
    camera = None if video.intrinsics is None else Intrinsics(*video.intrinsics)
    told = Told(video.convention, video.units, video.side, video.rate, video.down, camera, video.palm)
    image = None if camera is None else (video.image_points or poses)
    policy = None if acting.agent is None else Policy.load(acting.agent)
    on_table = {"auto": None, "yes": True, "no": False}[table]
    wish = Wish(object, cutting, told, start, on_table, acting.user, acting.kappa, policy, film)
    report = made(read_tracked(poses, object_poses, image), wish, out)
    print(text(report))
    print(f"{out}: trajectory, film, report.\nhand-envs demos check {out / DATASET}  # plays the trajectory again")
