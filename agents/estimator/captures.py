"""Captures with estimates: `python -m agents.estimator.captures --data FOLDER --action pour_juice_bottle --out x.npz`.

Reads the sequences of an action and their depth pictures from a folder in F-PHAB's layout, and writes down beside every
annotated hand what an estimator makes of the picture: 21 points (`est`) and features (phi).
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import tyro
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from agents.common.imports import need
from agents.estimator.protocol import Estimator, load
from hand_envs.captures import SPLITS, Capture, Captures, read_fphab, write_captures
from hand_envs.cli.guard import guarded
from hand_envs.errors import DatasetError, OptionError
from hand_envs.images.fphab import FPHAB
from hand_envs.poses.metrics import joint_errors

Array = np.ndarray

_BATCH = 64


@dataclass(frozen=True)
class Command:
    """Which sequences, which estimator, and where to."""

    data: Path
    """A folder of F-PHAB, or of sequences made in its layout."""
    action: str
    """Such as pour_juice_bottle."""
    out: Path
    """The .npz file to write."""
    estimator: str = "shipped-fphab"
    """One that comes with the suite (`shipped`, `shipped-fphab`), a training's folder, or "package.module:factory"."""
    centring: float = 0.007
    """Standard deviation (m), each axis, of the crops' centres about the annotated knuckle of the middle finger. A new
    one is drawn for every frame."""
    seed: int = 0
    """Of these."""
    validation: tuple[str, ...] = ()
    """Which training sequences are for choosing recipes, see `hand_envs.captures.read_fphab`."""


def estimated(
    captures: Captures,
    frames: FPHAB,
    estimator: Estimator,
    centring: float = 0.007,
    seed: int = 0,
    watch: Callable[[], None] = lambda: None,
) -> Captures:
    """The captures with `est` points and features of their depth pictures.

    Args:
        captures: of an action.
        frames: the pictures of the same folder.
        estimator: who looks at them.
        centring: see `Command`.
        seed: likewise.
        watch: hears of every sequence.
    """
    found = []
    for capture in captures:
        found.append(_estimated(capture, frames, estimator, centring, seed))
        watch()
    notes: dict[str, Any] = {**captures.notes, "centring_m": centring, "centring_seed": seed}
    return Captures(captures.action, tuple(found), notes)


def _estimated(capture: Capture, frames: FPHAB, estimator: Estimator, centring: float, seed: int) -> Capture:
    numbers = frames.of_sequences(capture.name)
    if len(numbers) != len(capture):
        raise DatasetError(f"{capture.name} has {len(capture)} annotated hands and {len(numbers)} frames.")
    crops = frames.crops(_BATCH, numbers, cube=estimator.side, centre_noise=centring, seed=seed)
    points, features = map(np.concatenate, zip(*(estimator(crop.depth, crop.centre) for crop in crops), strict=True))
    kept = features.astype(np.float32) if features.shape[1] else None
    return replace(capture, points={**capture.points, "est": points}, features=kept)


def errors(captures: Captures) -> dict[str, Array]:
    """Distances (m) of the estimated from the annotated joints, (frames, 21), by split."""
    splits = [split for split in SPLITS if any(each.split == split for each in captures)]
    return {split: np.concatenate([_errors(each) for each in captures.of_split(split)]) for split in splits}


def _errors(capture: Capture) -> Array:
    return joint_errors(capture.points["est"], capture.points["gt"])


def main(command: Command) -> int:
    """Read, estimate, write; returns the exit status."""
    if command.out.suffix != ".npz":
        raise OptionError(f"Captures are written to an .npz file, got --out {command.out}.")
    if not 0.0 <= command.centring <= 0.1 or command.seed < 0:
        raise OptionError(f"--centring is 0 to 0.1 m and --seed 0 or more, got {command.centring} and {command.seed}.")
    console, estimator = Console(), load(command.estimator)
    need("torch").set_num_threads(1)
    captures = read_fphab(command.data, command.action, validation=command.validation or None)
    frames = FPHAB(command.data, command.action)
    with Progress(console=console, transient=True) as progress:
        bar = progress.add_task(command.action, total=len(captures))
        seen = estimated(captures, frames, estimator, command.centring, command.seed, lambda: progress.advance(bar))
    off = errors(seen)
    measured = {split: round(1e3 * float(each.mean()), 2) for split, each in off.items()}
    notes = {**seen.notes, "estimator": command.estimator, "estimator_error_mm": measured}
    path = write_captures(replace(seen, notes=notes), command.out)
    console.print(_table(seen, off))
    console.print(f"The captures are in {path}", soft_wrap=True)
    return 0


def _table(captures: Captures, off: dict[str, Array]) -> Table:
    made = "synthetic" if captures.notes.get("synthetic") else "recorded"
    table = Table("split", "sequences", "frames", "mean error (mm)", title=f"{captures.action} ({made})")
    for split, each in off.items():
        table.add_row(split, f"{len(captures.of_split(split))}", f"{len(each)}", f"{1e3 * each.mean():.2f}")
    return table


if __name__ == "__main__":
    sys.exit(guarded(lambda: main(tyro.cli(Command, description=__doc__))))
