"""What a grasp is learned from: a picture without a hand, where it was touched, and the hand that touched it.

On disk a label is what DEFT released (`deft-data`, CC BY-NC 4.0: read from the user's disk, never passed on): one
pickle each, in folders named `labels` or `labels_obj_bbox`, a dict of

- `img` (h, w, 3) uint8, the frame before the hand comes; `narration`, text;
- `contact_object_det`, a dict with `bbox`: left, top, right, bottom of the object (px);
- `contact` (k, 3): the centres of the contact's mixture, x and y (px); the third is a centre's weight in ours, and
  unknown in theirs;
- `contact_grasp`, a list whose first dict has `right_hand`, whose `pred_hand_pose` (48,) or (1, 48) is the wrist's
  orientation in the camera's frame and MANO's 45 numbers, all rotation vectors (rad).

Keys besides these (`H`, `traj`) are not read. Whether the 45 are relative to a flat hand is said nowhere; they are
taken so.
"""

from __future__ import annotations

import pickle
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from agents.cem.affordance.mixture import MOST
from hand_envs.core.arrays import real_numbers
from hand_envs.datasets.formats.pickles import load_pickle
from hand_envs.errors import DatasetError
from hand_envs.files import atomic
from hand_envs.files.reading import check_file, reading

Array = np.ndarray

POSE = 48
"""Numbers of a hand: 3 of the wrist, 45 of the fingers."""
_MOST_BYTES = 2**26
_MOST_SIDE = 4096
_LONGEST = 1000  # letters of a narration


@dataclass(frozen=True)
class Label:
    """A grasp as a clip shows it."""

    image: Array
    """(h, w, 3) uint8, before the hand comes."""
    box: Array
    """(4,) left, top, right, bottom of the object (px)."""
    text: str
    contact: Array
    """(k, 2) px, k from 1 to 5: centres of the contact's mixture."""
    hand: Array
    """(48,) rad: the wrist in the camera's frame, then MANO's joints."""
    weights: Array | None = None
    """(k,) of the centres; None where they are not known."""


def write_label(path: Path, label: Label) -> None:
    """Write a label as DEFT's are."""
    weights = np.ones(len(label.contact)) if label.weights is None else label.weights
    data = {
        "img": np.ascontiguousarray(label.image, np.uint8),
        "narration": label.text,
        "contact_object_det": {"bbox": np.asarray(label.box, np.float64), "label": label.text.split()[-1]},
        "contact": np.column_stack([label.contact, weights]).astype(np.float64),
        "contact_grasp": [{"right_hand": {"pred_hand_pose": np.asarray(label.hand, np.float64)[None]}}],
        "H": np.eye(3),
    }
    atomic.write_bytes(path, pickle.dumps(data, protocol=2))


def read_label(path: str | Path) -> Label | None:
    """The label in a file that may be anybody's; None if it is of a left hand alone."""
    path = Path(path)
    with reading(path):
        if (size := check_file(path)) > _MOST_BYTES:
            raise DatasetError(f"It has {size} bytes, more than the {_MOST_BYTES} that are read.")
        data = load_pickle(path)
        hands = _part(_part(data, "contact_grasp", list)[:1], 0, dict)
        if "right_hand" not in hands and "left_hand" in hands:
            return None
        image = _image(data.get("img"))
        box = _numbers(_part(data, "contact_object_det", dict).get("bbox"), "bbox", (4,))
        contact = _contact(data.get("contact"))
        hand = _numbers(_part(hands, "right_hand", dict).get("pred_hand_pose"), "pred_hand_pose", (POSE,), (1, POSE))
        text = _part(data, "narration", str)[:_LONGEST]
        return Label(image, _box(box, image), text, contact, hand.reshape(POSE))


def read_labels(folder: str | Path) -> list[Label]:
    """All right hands' labels in a folder and those in it, by name."""
    folder = Path(folder).expanduser()
    files = sorted(folder.rglob("*.pkl")) if folder.is_dir() else []
    found = [label for file in files if (label := read_label(file)) is not None]
    if not found:
        raise DatasetError(
            f"{folder} holds no labels of right hands (*.pkl). DEFT's are unpacked from its release; "
            "`python -m agents.cem.affordance make` makes some."
        )
    return found


def _part(data: Any, key: str | int, kind: type) -> Any:
    try:
        found = data[key]
    except (KeyError, IndexError, TypeError):
        raise DatasetError(f"It has no {key!r}, which a label needs.") from None
    if not isinstance(found, kind):
        raise DatasetError(f"{key!r} is {type(found).__name__}, and should be {kind.__name__}.")
    return found


def _numbers(given: Any, name: str, *shapes: tuple[int, ...]) -> Array:
    try:
        array = real_numbers(given).astype(np.float64)
    except ValueError as error:
        raise DatasetError(f"{name!r} is {error}.") from error
    if array.shape not in shapes:
        raise DatasetError(f"{name!r} is {array.shape}, and should be {' or '.join(map(str, shapes))}.")
    if not (np.abs(array) < 1e5).all():
        raise DatasetError(f"{name!r} holds what is not finite, or beyond any picture.")
    return array


def _image(given: Any) -> Array:
    if not isinstance(given, np.ndarray) or given.dtype != np.uint8 or given.ndim != 3 or given.shape[2] != 3:
        raise DatasetError("'img' should be an array (h, w, 3) of uint8.")
    if not 1 <= min(given.shape[:2]) <= max(given.shape[:2]) <= _MOST_SIDE:
        raise DatasetError(f"'img' is {given.shape}; pictures of 1 to {_MOST_SIDE} pixels a side are read.")
    return given


def _contact(given: Any) -> Array:
    shape = np.shape(given) if isinstance(given, np.ndarray | list) else ()
    if len(shape) != 2 or not 1 <= shape[0] <= 1000 or shape[1] not in (2, 3):
        raise DatasetError(f"'contact' is {shape}, and should be (k, 3): k points, at least one.")
    return _numbers(given, "contact", shape)[:MOST, :2]


def _box(box: Array, image: Array) -> Array:
    height, width = image.shape[:2]
    inside = np.clip(box, 0, [width, height, width, height])
    if inside[2] - inside[0] < 1 or inside[3] - inside[1] < 1:
        raise DatasetError(f"'bbox' is {box.tolist()}: no part of it lies in a picture of {width} x {height}.")
    return inside
