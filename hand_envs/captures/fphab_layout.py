"""Where things lie in a folder of F-PHAB, and what we note beside what we made in its layout."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hand_envs.captures.fphab_lines import Listed, is_name, read_split
from hand_envs.errors import DatasetError, OptionError, choices
from hand_envs.files.reading import read_json, reading

SPLIT = "data_split_action_recognition.txt"
MADE = "made.json"
"""A file beside made sequences, which says how they were made."""
BROKEN = ("Subject_2/close_milk/4", "Subject_2/put_tea_bag/2", "Subject_4/flip_sponge/2")
"""Sequences that the authors of F-PHAB tell to ignore."""
SUBJECTS = 6
"""People in F-PHAB; who comes after them is in no split."""
_HANDS = ("Hand_pose_annotation_v1_1", "Hand_pose_annotation_v1")
_OBJECTS = ("Object_6D_pose_annotation_v1_1", "Object_6D_pose_annotation_v1")


@dataclass(frozen=True)
class Made:
    """What is noted of the made sequences of an action."""

    notes: dict[str, Any]
    validation: tuple[str, ...] = ()
    down: Mapping[str, list[float]] = field(default_factory=dict)


class Layout:
    """The paths in a folder. A sequence's name is its path within the folders: `Subject_1/pour_juice_bottle/2`."""

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder).expanduser()
        self.split = self.folder / SPLIT
        self.made = self.folder / MADE

    def skeleton(self, name: str) -> Path:
        """The hand's joints."""
        return self._one_of(_HANDS) / name / "skeleton.txt"

    def object_pose(self, name: str) -> Path:
        """The object's poses; of most actions there are none."""
        return self._one_of(_OBJECTS) / name / "object_pose.txt"

    def subject(self, subject: str) -> Path:
        """How many frames the sequences of a subject have."""
        return self.folder / "Subjects_info" / f"{subject}_info.txt"

    def depth(self, name: str) -> Path:
        """The folder of a sequence's depth pictures."""
        return self.folder / "Video_files" / name / "depth"

    def model(self, action: str) -> Path:
        """The mesh (m) of the object that an action is of."""
        thing = object_of(action)
        return self.folder / "Object_models" / f"{thing}_model" / f"{thing}_model.ply"

    def sequences(self, *actions: str) -> list[Listed]:
        """The sequences of some actions, or of all, as the split lists them without the broken ones."""
        listed = [each for each in read_split(self.split) if each.name not in BROKEN]
        there = sorted({action_of(each.name) for each in listed})
        for action in actions:
            if action not in there:
                raise DatasetError(f"{self.split} lists no sequence of that action: {choices(action, there)}")
        return [each for each in listed if not actions or action_of(each.name) in actions]

    def is_empty(self) -> bool:
        """Whether nothing of F-PHAB is in the folder."""
        names = (SPLIT, "Subjects_info", "Video_files", "Object_models", *_HANDS, *_OBJECTS)
        return not any((self.folder / name).exists() for name in names)

    def noted(self) -> dict[str, Made]:
        """What is noted of each action that was made; nothing where people were recorded."""
        if not self.made.exists():
            return {}
        with reading(self.made):
            about = read_json(self.made)
            return {action: _made(said) for action, said in about["actions"].items()}

    def expect_made(self) -> dict[str, Made]:
        """`noted`, of a folder that may be written to: one without recordings."""
        noted = self.noted()
        if not noted and not self.is_empty():
            raise OptionError(f"{self.folder} holds sequences that were not made here. Choose another folder.")
        return noted

    def _one_of(self, names: tuple[str, ...]) -> Path:
        """The newer of two versions where there is one, the name of the older otherwise."""
        return next((self.folder / name for name in names if (self.folder / name).is_dir()), self.folder / names[-1])


def subject_of(name: str) -> str:
    """Whose hand a sequence is of: Subject_1."""
    return name.split("/")[0]


def action_of(name: str) -> str:
    """What is done in a sequence: pour_juice_bottle."""
    return name.split("/")[1]


def object_of(action: str) -> str:
    """What an action is done with, as F-PHAB's models are called: juice_bottle for pour_juice_bottle."""
    return action.partition("_")[2] or action


def _made(said: dict[str, Any]) -> Made:
    notes, validation, down = said["notes"], said["validation"], said["down"]
    named = isinstance(validation, list) and all(isinstance(each, str) and is_name(each) for each in validation)
    if not isinstance(notes, dict) or not isinstance(down, dict) or not named:
        raise DatasetError("An action has notes, names of sequences for validation, and directions by sequence.")
    return Made(notes, tuple(validation), down)
