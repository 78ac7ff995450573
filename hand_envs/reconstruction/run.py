"""From files of poses to a folder with the physical reconstruction: trajectory, film, report."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from hand_envs.captures import Capture, Captures, write_captures
from hand_envs.core.simulation import Simulation
from hand_envs.datasets import write_minari
from hand_envs.errors import HandEnvsError, OptionError
from hand_envs.files.atomic import write_text
from hand_envs.hands.mpl import MPL, mpl_scene
from hand_envs.live.policy import Policy
from hand_envs.reconstruction.performing import Performance, perform
from hand_envs.reconstruction.picture import draw_contacts
from hand_envs.reconstruction.report import bones_report, contact_report, text
from hand_envs.reconstruction.seen import MIRROR, Seen, seen
from hand_envs.reconstruction.start import Start, start_of
from hand_envs.reconstruction.thing import Cutting, Thing, thing_of
from hand_envs.reconstruction.told import RATE, Told
from hand_envs.reconstruction.tracked import Tracked
from hand_envs.rendering import Camera, Look, Video, strip

Array = np.ndarray

CAPTURES, OBJECT, DATASET = "captures.npz", "object", "trajectory-v0"
REPORT, PAGE, TIMELINE, FILM = "report.json", "report.txt", "contacts.png", "film.mp4"
VIEWS = ("wearer", "overview")


@dataclass(frozen=True)
class Wish:
    """What is to be made.

    Args:
        object: a name, or a mesh file.
        cutting: of a mesh.
        told: what the files do not say.
        start: of the object's middle in the camera's frame (m), if its poses do not say it.
        table: whether it stands on one at first; None to have it told.
        user: `closing` or `ik`.
        kappa: `closed` or `optimised`.
        policy: an agent that helps.
        film: the name of the film, .mp4 or .gif.
    """

    object: str
    cutting: Cutting = field(default_factory=Cutting)
    told: Told = field(default_factory=Told)
    start: tuple[float, float, float] | None = None
    table: bool | None = None
    user: str = "closing"
    kappa: str = "closed"
    policy: Policy | None = None
    film: str = FILM


def reconstruct(tracked: Tracked, wish: Wish, out: Path) -> dict[str, Any]:
    """Play the clip and write all there is to it to a new folder; returns the report.

    What fails or is interrupted leaves no folder.
    """
    out = out.expanduser().resolve()
    if out.exists():
        raise OptionError(f"{out} exists: choose another folder (--out), or delete it.")
    hand = seen(tracked, wish.told)
    try:
        out.mkdir(parents=True)
        return _made(hand, wish, out)
    except BaseException:
        shutil.rmtree(out, ignore_errors=True)
        raise


def _made(hand: Seen, wish: Wish, out: Path) -> dict[str, Any]:
    thing = thing_of(wish.object, out / OBJECT, wish.cutting)
    shape = thing.shape.mirrored() if hand.mirrored else thing.shape
    hand = _of_shape(hand, thing)
    start = start_of(hand, shape, wish.start, wish.table)
    write_captures(_captures(hand, start), out / CAPTURES)
    options = {
        "captures": str(out / CAPTURES),
        "split": "all",
        "object": thing.option,
        "table": start.table,
        "mirrored": hand.mirrored,
        "scatter": 0.0,
        "ends_early": False,
    }
    played = perform(options, wish.user, wish.kappa, wish.policy)
    write_minari(played.demonstrations, DATASET, out)
    notes = [*hand.notes, _of_object(shape), start.note]
    report: dict[str, Any] = {
        "notes": notes,
        "contacts": contact_report(played.course),
        "bones": bones_report(hand.points, _model_points()),
        "object_error_mm": _object_error(played, start),
    }
    notes += _drawn(played, wish, out)
    played.env.close()
    write_text(out / PAGE, text(report))
    write_text(out / REPORT, json.dumps(report, indent=1))
    return report


def _of_shape(hand: Seen, thing: Thing) -> Seen:
    """With poses of the shape's own frame."""
    if hand.objects is None:
        return hand
    middle = thing.middle * (MIRROR if hand.mirrored else 1.0)
    objects = hand.objects.copy()
    objects[:, :3, 3] += objects[:, :3, :3] @ middle
    return Seen(hand.points, objects, hand.down, hand.mirrored, hand.notes)


def _captures(hand: Seen, start: Start) -> Captures:
    """The clip, its first wrist at the origin: files keep what is near."""
    points = hand.points[start.first :]
    origin = points[0, 0]
    poses = start.poses.copy()
    poses[:, :3, 3] -= origin
    clip = Capture("clip", "somebody", "train", {"est": points - origin}, hand.down, poses, None, RATE)
    return Captures("reconstruction", (clip,), {"notes": list(hand.notes), "object": start.note})


def _drawn(played: Performance, wish: Wish, out: Path) -> list[str]:
    """The film and the picture of contacts; what cannot be drawn is said."""
    notes = []
    try:
        _film(played, out / wish.film)
    except HandEnvsError as error:
        notes.append(f"No film was made: {error}")
    if not draw_contacts(played.course, out / TIMELINE):
        notes.append("No picture of the contacts was made: pip install matplotlib")
    return notes


def _film(played: Performance, path: Path) -> None:
    """Through the eyes of who wears the hand, and from the side."""
    sim = played.env.episode.sim
    views = [Camera(sim, Look(camera=name, width=480, height=480)) for name in VIEWS]
    try:
        with Video(path, fps=RATE) as video:
            for state in played.states:
                sim.put_back(0, state)
                video.add(strip([view.picture(0) for view in views]))
    finally:
        for view in views:
            view.close()


def _object_error(played: Performance, start: Start) -> float | None:
    """How far the object is from where it was seen, on average (mm); None where nobody saw it."""
    if not start.known:
        return None
    clips, course = played.env.task.clips, played.course  # type: ignore[attr-defined]
    poses = start.poses[:, :3, 3] - start.poses[0, :3, 3]
    seen_at = clips.object_pos[0] + poses @ clips.turn[0].T
    in_clip = course.times > 0
    frames = np.minimum(np.rint(course.times[in_clip] * RATE).astype(int), len(seen_at) - 1)
    away = np.linalg.norm(course.world[in_clip] - seen_at[frames], axis=1)
    return round(1e3 * float(away.mean()), 3)


def _of_object(shape: Any) -> str:
    low, high = shape.bounds()
    x, y, z = 1e3 * (high - low)
    return f"The object is {x:.0f} x {y:.0f} x {z:.0f} mm and weighs {shape.mass:.3f} kg."


def _model_points() -> Array:
    """The 21 points of the hand model (m)."""
    sim = Simulation(mpl_scene())
    MPL.keypoints(sim)
    sim.forward()
    points: Array = MPL.keypoints(sim)[0]
    return points
