"""Made sequences on disk, in the layout of F-PHAB. Their pictures are `hand_envs.images.fphab`'s."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from hand_envs.captures.capture import Capture, Captures
from hand_envs.captures.fphab_layout import SUBJECTS, Layout, Made, action_of
from hand_envs.captures.fphab_lines import (
    Listed,
    is_name,
    object_text,
    read_split,
    read_subject,
    skeleton_text,
    split_text,
    subject_text,
)
from hand_envs.errors import DatasetError, OptionError
from hand_envs.files.atomic import write_text

Array = np.ndarray

RATE = 30.0
"""Frames a second of F-PHAB."""
_LABELS = {"pour_juice_bottle": 2, "give_coin": 38}
_README = """SYNTHETIC: nobody was recorded. These sequences only have the layout of F-PHAB (First-Person Hand Action).
Subjects_info, data_split_action_recognition.txt, Hand_pose_annotation_v1, Object_6D_pose_annotation_v1, Object_models
and Video_files are as its authors describe them; made.json says how the sequences were made, which training sequences
are for validation and where gravity pulls. Subjects beyond the sixth are in no training, and listed with the test.
"""


def write_fphab(
    folder: str | Path,
    captures: Captures,
    *,
    label: int | None = None,
    model: tuple[Array, Array] | None = None,
) -> Path:
    """Write made sequences of an action, beside those of other actions; the list that has them is written last.

    Args:
        folder: where to; one with recordings, or with the same action made otherwise, is refused.
        captures: with `gt` points, named Subject_<number>/<action>/<repetition>, 30 frames a second. Their notes
            must say that they are synthetic.
        label: the action's number in F-PHAB; that of pour_juice_bottle and give_coin is known.
        model: corners (n, 3) in m and triangles (m, 3) of the object.
    """
    layout, action = Layout(folder), captures.action
    number = _LABELS.get(action) if label is None else label
    if number is None:
        raise OptionError(f"F-PHAB's number for {action} is not known here: give it as `label`.")
    for capture in captures:
        _check(capture, action)
    noted = _noted(layout, captures)
    layout.folder.mkdir(parents=True, exist_ok=True)
    write_text(layout.made, json.dumps(_about(noted), indent=1))
    write_text(layout.folder / "README.txt", _README)
    if model is not None:
        _write(layout.model(action), _ply(*model))
    for capture in captures:
        _write(layout.skeleton(capture.name), skeleton_text(capture.points["gt"]))
        if capture.objects is not None:
            _write(layout.object_pose(capture.name), object_text(capture.objects))
    _write_subjects(layout, captures)
    before = read_split(layout.split) if layout.split.exists() else []
    others = [each for each in before if action_of(each.name) != action]
    write_text(layout.split, split_text([*others, *(_listed(capture, number) for capture in captures)]))
    return layout.folder


def _check(capture: Capture, action: str) -> None:
    name = capture.name
    if not is_name(name) or name.split("/")[:2] != [capture.subject, action]:
        raise DatasetError(f"{name!r} should be called {capture.subject}/{action}/<repetition> in F-PHAB's layout.")
    if (int(capture.subject.removeprefix("Subject_")) > SUBJECTS) != (capture.split == "others"):
        raise DatasetError(f"{name} is of split {capture.split!r}; subjects beyond the {SUBJECTS}th are `others`.")
    if "gt" not in capture.points:
        raise DatasetError(f"{name} has no `gt` points.")
    if capture.rate != RATE:
        raise DatasetError(f"{name} has {capture.rate:g} frames/s, and F-PHAB's sequences have {RATE:g}.")


def _noted(layout: Layout, captures: Captures) -> dict[str, Made]:
    """What is noted of the folder's actions from now on."""
    noted = layout.expect_made()
    if captures.notes.get("synthetic") is not True:
        raise OptionError("Only made sequences are written in F-PHAB's layout: their notes must say synthetic=True.")
    notes = json.loads(json.dumps(dict(captures.notes)))
    old = noted.get(captures.action)
    if old is not None and old.notes != notes:
        raise OptionError(f"{layout.folder} has {captures.action} made by {old.notes}, not by {notes}. Choose another.")
    validation = tuple(each.name for each in captures if each.split == "validation")
    down = {each.name: [float(value) for value in each.down] for each in captures}
    return {**noted, captures.action: Made(notes, validation, down)}


def _about(noted: dict[str, Made]) -> dict[str, Any]:
    return {
        "made_by": "hand_envs",
        "synthetic": True,
        "actions": {
            action: {"notes": made.notes, "validation": list(made.validation), "down": dict(made.down)}
            for action, made in noted.items()
        },
    }


def _write_subjects(layout: Layout, captures: Captures) -> None:
    for subject in dict.fromkeys(each.subject for each in captures):
        path = layout.subject(subject)
        before = read_subject(path) if path.exists() else {}
        frames = {name: count for name, count in before.items() if name.split("/")[0] != captures.action}
        frames |= {each.name.partition("/")[2]: len(each) for each in captures if each.subject == subject}
        _write(path, subject_text(subject, frames))


def _listed(capture: Capture, label: int) -> Listed:
    return Listed(capture.name, "train" if capture.split in ("train", "validation") else "test", label, 0)


def _ply(points: Array, faces: Array) -> str:
    """A mesh as a PLY file of text."""
    head: Sequence[str] = (
        "ply",
        "format ascii 1.0",
        f"element vertex {len(points)}",
        *(f"property float {axis}" for axis in "xyz"),
        f"element face {len(faces)}",
        "property list uchar int vertex_indices",
        "end_header",
    )
    corners = (" ".join(f"{value:.6f}" for value in point) for point in points)
    triangles = (" ".join(map(str, (3, *face))) for face in faces)
    return "\n".join([*head, *corners, *triangles, ""])


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, text)
