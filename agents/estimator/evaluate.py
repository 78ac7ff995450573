"""python -m agents.estimator.evaluate FOLDER: errors on images of hands that an estimator never saw, and pictures."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import tyro
from rich.console import Console
from rich.table import Table

from agents.common.blocks import TEST, TRAIN, VALIDATION
from agents.common.imports import need
from agents.estimator.config import EstimatorConfig
from agents.estimator.crops import Crops
from agents.estimator.errors import Errors, measured
from agents.estimator.protocol import Estimator, load
from hand_envs.cli.guard import guarded
from hand_envs.files import atomic
from hand_envs.files.reading import read_json, reading
from hand_envs.poses.conventions import JOINTS

_MEASURED = 1.0  # s that a speed is measured in


@dataclass(frozen=True)
class Command:
    """Which estimator, and on which images."""

    estimator: Annotated[str, tyro.conf.Positional]
    """A training's folder `agent`, or "package.module:factory" of anybody's."""
    data: str | None = None
    """`made`, or a folder of BigHand2.2M, HANDS'17, HO-3D or F-PHAB; None for what it was trained on."""
    split: Literal["test", "validation", "train"] = "test"
    """Recipes are chosen on validation; test is counted once."""
    frames: int = 4096
    centring: float | None = None
    """Standard deviation (m) of the crops' centres about the knuckle; None for that of the training."""
    picture: Path | None = None
    """Draw crops with true and estimated skeletons there, and how many joints are within which error beside them."""
    out: Path | None = None
    """Write all numbers there, as JSON."""
    card: bool = False
    """Write them to the card in the estimator's folder."""


def main(arguments: list[str] | None = None) -> int:
    """Evaluate; returns the exit status."""
    return guarded(lambda: _evaluate(tyro.cli(Command, description=__doc__, args=arguments), Console()))


def _evaluate(command: Command, console: Console) -> None:
    need("torch").set_num_threads(1)
    estimate = load(command.estimator)
    crops = images(estimate, command)
    errors = measured(estimate, crops)
    speeds = {f"batch {size}": speed(estimate, crops, size) for size in (1, 64)}
    _print(errors, speeds, command, console)
    joints = dict(zip(JOINTS, np.round(1e3 * errors.per_joint, 2).tolist(), strict=True))
    numbers = {**errors.summary(), "joints_mm": joints, "images/s": speeds}
    if command.out:
        atomic.write_text(command.out, json.dumps({**numbers, "split": command.split}, indent=2) + "\n")
    if command.card:
        card = Path(command.estimator) / "card.json"
        with reading(card):
            kept = {**read_json(card), command.split: numbers}
        atomic.write_text(card, json.dumps(kept, indent=2) + "\n")
    if command.picture:
        from agents.estimator.pictures import draw

        draw(command.picture, estimate, crops, errors)
        console.print(f"The picture is in {command.picture}")


def images(estimate: Estimator, command: Command) -> Crops:
    """The images that an estimator is measured on."""
    from agents.estimator.sources import opened

    config = getattr(estimate, "config", EstimatorConfig(side=estimate.side))
    changes: dict[str, Any] = {"made_share": 0.0} if command.data is None else {"made_share": 0.0, "data": command.data}
    if command.centring is not None:
        changes["centring"] = command.centring
    split = {"test": TEST, "validation": VALIDATION, "train": TRAIN}[command.split]
    return opened(replace(config, **changes)).block(0, command.frames, split)


def speed(estimate: Estimator, crops: Crops, size: int) -> float:
    """Images in batches of this size a second of processor time: what one core does that has nothing else to do."""
    some = crops[np.arange(size) % len(crops)]
    estimate(some.depth, some.centre)
    began, done = time.process_time(), 0
    while time.process_time() - began < _MEASURED:
        estimate(some.depth, some.centre)
        done += size
    return round(done / (time.process_time() - began), 1)


def _print(errors: Errors, speeds: dict[str, float], command: Command, console: Console) -> None:
    summary = errors.summary()
    table = Table(title=f"{command.estimator} on {summary['frames']} images ({command.split})", show_header=False)
    for name, value in {**summary, **{f"images/s, {name}": value for name, value in speeds.items()}}.items():
        table.add_row(name, f"{value:g}")
    console.print(table)
    joints = Table("joint", "mean error (mm)")
    for name, error in zip(JOINTS, 1e3 * errors.per_joint, strict=True):
        joints.add_row(name, f"{error:.1f}")
    console.print(joints)


if __name__ == "__main__":
    sys.exit(main())
