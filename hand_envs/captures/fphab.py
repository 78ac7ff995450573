"""F-PHAB (First-Person Hand Action) as its authors give it, and as `write_fphab` writes made sequences."""

from __future__ import annotations

import fnmatch
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from hand_envs.captures.capture import Capture, Captures
from hand_envs.captures.fphab_layout import SUBJECTS, Layout, Made, subject_of
from hand_envs.captures.fphab_lines import Listed, read_object_poses, read_skeleton, read_subject
from hand_envs.core.arrays import real_numbers
from hand_envs.errors import DatasetError, OptionError
from hand_envs.files.reading import reading

Array = np.ndarray

DOWN = (0.0, float(np.cos(np.radians(40))), float(np.sin(np.radians(40))))
"""Where gravity pulls if nothing says so: a camera on the shoulder that looks 40 degrees below the horizon."""
_PALM = (0.04, 0.18)  # m, between which wrist and middle knuckle of a person are apart


def read_fphab(
    folder: str | Path,
    action: str,
    *,
    validation: str | Collection[str] | None = None,
    down: Sequence[float] | None = None,
    up: Sequence[float] | None = None,
) -> Captures:
    """The sequences of an action, split one to one as F-PHAB's authors do; subjects beyond the sixth are `others`.

    Args:
        folder: what holds Hand_pose_annotation_v1 and data_split_action_recognition.txt.
        action: such as pour_juice_bottle.
        validation: which of the training sequences are for choosing recipes, by names with wildcards: `*/4` is
            everybody's fourth take. By default those that made sequences were made for; of recorded ones none.
        down: the direction of gravity in the camera's frame. By default what is noted of made sequences; or the
            object's axis that points up in its first frame; or `DOWN`.
        up: the axis of the object that points up when it stands, in its model's frame. By default the one of the six
            that is most upright in the first frames of all sequences, as `DOWN` has it.
    """
    layout = Layout(folder)
    listed = layout.sequences(action)
    made = layout.noted().get(action)
    read = [_read(layout, each) for each in listed]
    if made and validation is None:
        with reading(layout.made):
            chosen = _validation(read, made.validation)
    else:
        chosen = _validation(read, (validation,) if isinstance(validation, str) else validation or ())
    axis = _direction(up, "up") if up is not None else _upright([each.objects for each in read])
    given = None if down is None else _direction(down, "down")
    captures = tuple(
        Capture(
            name=each.name,
            subject=each.subject,
            split="validation" if each.name in chosen else each.split,
            points={"gt": each.hands},
            down=given if given is not None else _down(each, made, axis, layout),
            objects=each.objects,
        )
        for each in read
    )
    return Captures(action, captures, made.notes if made else {"layout": "F-PHAB", "synthetic": False})


@dataclass(frozen=True)
class _Read:
    """What the files of a sequence hold."""

    name: str
    subject: str
    split: str
    hands: Array
    objects: Array | None


def _read(layout: Layout, listed: Listed) -> _Read:
    subject = subject_of(listed.name)
    path = layout.skeleton(listed.name)
    hands = read_skeleton(path)
    _check_length(layout, listed.name, len(hands))
    palm = float(np.median(np.linalg.norm(hands[:, 9] - hands[:, 0], axis=-1)))
    if not _PALM[0] < palm < _PALM[1]:
        raise DatasetError(
            f"{path}: from the wrist to the middle knuckle it is {1000 * palm:.3g} mm, which is no hand's size: are "
            "its joints in mm, the roots first?"
        )
    poses = layout.object_pose(listed.name)
    return _Read(
        name=listed.name,
        subject=subject,
        split="others" if int(subject.removeprefix("Subject_")) > SUBJECTS else listed.part,
        hands=hands,
        objects=read_object_poses(poses, len(hands)) if poses.exists() else None,
    )


def _check_length(layout: Layout, name: str, frames: int) -> None:
    """That a skeleton has all the frames that Subjects_info says, where that is there."""
    subject, _, rest = name.partition("/")
    path = layout.subject(subject)
    expected = read_subject(path).get(rest, 0) if path.exists() else 0
    if frames < expected:
        raise DatasetError(
            f"{layout.skeleton(name)} has {frames} frames, and {path} says {expected}: it is cut off. Delete that line "
            "there to take the frames that are."
        )


def _validation(read: Sequence[_Read], patterns: Collection[str]) -> set[str]:
    """The names of the training sequences that any of the patterns means."""
    training = [each.name for each in read if each.split == "train"]
    chosen = {name for name in training if any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)}
    for pattern in patterns:
        if not fnmatch.filter(chosen, pattern):
            raise OptionError(f"validation={pattern!r} means none of the training sequences: {', '.join(training)}")
    return chosen


def _upright(poses: Sequence[Array | None]) -> Array:
    """The axis of an object, of six, that is most upright at the beginnings."""
    starts = np.array([each[0, :3, :3] for each in poses if each is not None]).reshape(-1, 3, 3)
    height = np.einsum("sij,i->j", starts, -np.array(DOWN))
    axis = int(np.abs(height).argmax())
    return np.eye(3)[axis] * (1.0 if height[axis] >= 0 else -1.0)


def _down(read: _Read, made: Made | None, axis: Array, layout: Layout) -> Array:
    if made and read.name in made.down:
        with reading(layout.made):
            return _direction(made.down[read.name], f"down of {read.name}")
    return _direction(DOWN if read.objects is None else -read.objects[0, :3, :3] @ axis, "down")


def _direction(given: Any, name: str) -> Array:
    """A vector of three numbers, made to be of unit length."""
    try:
        vector = real_numbers(given)
    except ValueError as error:
        raise OptionError(f"{name} must be a direction (x, y, z), and is {error}.") from error
    if vector.shape != (3,) or not 1e-6 < np.abs(vector).max() < 1e6:
        raise OptionError(f"{name} must be a direction (x, y, z), got {given!r}.")
    return vector / np.linalg.norm(vector)
