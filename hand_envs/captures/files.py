"""Captures in an .npz file: small enough to ship, and read with care, since it may be anybody's."""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from hand_envs.captures.capture import KINDS, Capture, Captures
from hand_envs.captures.rigid import rigid
from hand_envs.errors import DatasetError
from hand_envs.files import atomic
from hand_envs.files.reading import json_in, printable, read_npz, reading
from hand_envs.poses.packing import packed_points, unpacked_points

Array = np.ndarray

_LARGEST = 2**27  # bytes; features are most of it
_MOST_FRAMES = 100_000
_LONGEST_TEXT = 200
_STEPS = 255  # in which a feature is stored


def write_captures(captures: Captures, path: str | Path) -> Path:
    """Write captures to an .npz file.

    Points are kept to 0.025 mm, features to a 510th of the range each of them has.
    """
    path = Path(path)
    if path.suffix != ".npz":
        raise DatasetError(f"Captures are written to an .npz file, got {path}.")
    first = captures[0]
    if any(each.points.keys() != first.points.keys() for each in captures):
        raise DatasetError(
            f"Captures in a file all need the same kinds of points: give each {', '.join(first.points)}."
        )
    parts = {kind: packed_points(np.concatenate([each.points[kind] for each in captures])) for kind in first.points}
    if poses := [each.objects for each in captures if each.objects is not None]:
        parts["objects"] = np.concatenate(poses)[:, :3].astype(np.float32)
    if features := [each.features for each in captures if each.features is not None]:
        parts.update(_packed_features(features, len(captures)))
    about = {
        "action": captures.action,
        "notes": dict(captures.notes),
        "captures": [_described(each) for each in captures],
    }
    text = np.frombuffer(json.dumps(about).encode(), np.uint8)
    with atomic.replacing(path) as beside:
        np.savez_compressed(beside, allow_pickle=False, about=text, **parts)
    return path


def read_captures(path: str | Path) -> Captures:
    """Captures from a file that `write_captures` made."""
    path = Path(path)
    with reading(path, ". Make it anew with `write_captures`."):
        parts = read_npz(path, _LARGEST)
        about = json_in(parts["about"])
        entries = about["captures"]
        if not isinstance(entries, list) or not isinstance(about["notes"], dict):
            raise DatasetError("What it says about its captures is no list, or its notes are no dict.")
        frames = [_frames(entry) for entry in entries]
        if sum(frames) > _MOST_FRAMES:
            raise DatasetError(f"It has {sum(frames):,} frames, more than the {_MOST_FRAMES:,} that are read.")
        points = {kind: _split(kind, unpacked_points(parts[kind]), frames) for kind in KINDS if kind in parts}
        features: Sequence[Array | None] = [None] * len(entries)
        if "features" in parts:
            features = _split("features", _unpacked_features(parts), frames)
        objects = _objects(parts, entries, frames)
        return Captures(
            action=_text(about, "action"),
            captures=tuple(
                Capture(
                    name=_text(entry, "name"),
                    subject=_text(entry, "subject"),
                    split=_text(entry, "split"),
                    points={kind: of_kind[at] for kind, of_kind in points.items()},
                    down=np.array(entry["down"], np.float64),
                    objects=objects[at],
                    features=features[at],
                    rate=float(entry["rate"]),
                )
                for at, entry in enumerate(entries)
            ),
            notes=about["notes"],
        )


def _described(capture: Capture) -> dict[str, Any]:
    return {
        "name": capture.name,
        "subject": capture.subject,
        "split": capture.split,
        "frames": len(capture),
        "down": [float(value) for value in capture.down],
        "rate": float(capture.rate),
        "objects": capture.objects is not None,
    }


def _frames(entry: dict[str, Any]) -> int:
    frames = entry["frames"]
    if type(frames) is not int or frames < 1:
        raise DatasetError(f"A capture has at least one frame, here it has {str(frames)[:_LONGEST_TEXT]}.")
    return frames


def _text(entry: dict[str, Any], name: str) -> str:
    text = entry[name]
    if not isinstance(text, str) or len(text) > _LONGEST_TEXT or printable(text) != text:
        raise DatasetError(f"{name} should be a line of text of at most {_LONGEST_TEXT} letters.")
    return text


def _split(name: str, array: Array, frames: Sequence[int]) -> list[Array]:
    if len(array) != sum(frames):
        raise DatasetError(f"{name} has {len(array)} rows, and there are {sum(frames)} frames.")
    return np.split(array, np.cumsum(frames)[:-1])


def _objects(parts: dict[str, Array], entries: list[dict[str, Any]], frames: list[int]) -> list[Array | None]:
    """The object's poses of each capture, or None."""
    having = [entry["objects"] is True for entry in entries]
    if not any(having):
        return [None] * len(entries)
    stored = parts["objects"]
    if stored.ndim != 3 or stored.shape[1:] != (3, 4) or stored.dtype != np.float32:
        raise DatasetError(f"objects should be float32 (frames, 3, 4), here they are {stored.dtype} {stored.shape}.")
    poses = np.zeros((len(stored), 4, 4))
    poses[:, :3], poses[:, 3, 3] = stored, 1.0
    found = iter(_split("objects", rigid(poses), list(itertools.compress(frames, having))))
    return [next(found) if there else None for there in having]


def _packed_features(features: list[Array], captures: int) -> dict[str, Array]:
    """Eight bits a feature, between the least and the most that it is in any frame."""
    if len(features) != captures or len({each.shape[1:] for each in features}) != 1 or features[0].ndim != 2:
        raise DatasetError("Either all captures of a file have features (frames, width) of one width, or none has.")
    with np.errstate(over="ignore", invalid="ignore"):
        together = np.concatenate(features).astype(np.float32)
        least = together.min(axis=0)
        step = (together.max(axis=0) - least) / np.float32(_STEPS)
    if not np.isfinite(step).all():
        raise DatasetError("Features are stored in 32 bits, which some of these are too large for.")
    stored = np.rint((together - least) / np.where(step > 0, step, 1)).astype(np.uint8)
    return {"features": stored, "least": least, "step": step}


def _unpacked_features(parts: dict[str, Array]) -> Array:
    stored, least, step = parts["features"], parts["least"], parts["step"]
    if stored.dtype != np.uint8 or stored.ndim != 2 or not least.shape == step.shape == stored.shape[1:]:
        raise DatasetError("features should be uint8 (frames, width), with the least and the step of each column.")
    if least.dtype != np.float32 or step.dtype != np.float32:
        raise DatasetError("The least and the step of features should be float32.")
    with np.errstate(over="ignore", invalid="ignore"):  # a capture refuses what is not finite
        return stored * step + least
