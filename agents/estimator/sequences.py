"""Make pose sequences: `python -m agents.estimator.sequences --env HandDoor-v0`, for users who are seen by a camera.

For every step of every demonstration the most alike hands are looked up in a pool of images of one person, whom the
estimator never saw; the estimator's points of those images are what the user's hand seems to do.
"""

from __future__ import annotations

import hashlib
import sys
from abc import ABC, abstractmethod
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tyro
from rich.console import Console
from rich.progress import Progress

from agents.estimator.protocol import Estimator, load
from agents.estimator.scheme import Scheme, generate
from hand_envs.cli.guard import guarded
from hand_envs.datasets.pose_sequences import SPLITS
from hand_envs.datasets.shipped import HELD_OUT, demonstrations_of, planned
from hand_envs.errors import DatasetError, OptionError
from hand_envs.images import HandImages
from hand_envs.images.cropping import Crop
from hand_envs.images.opening import open_images
from hand_envs.poses.retrieval import PosePool, described
from hand_envs.registry import entry
from hand_envs.users.poses import posed_demonstrations

Array = np.ndarray

PERSON = 777
"""Of whom the pool's images are: nobody whom an estimator trained on made images has seen."""

VIEW, CENTRING = "frontal", 0.007
"""From where the pool's hands are seen, and how far (m) crops are off: as in the estimator's validation images."""
CUBE = 0.25
"""Side of the crops (m) where no estimator asks for another."""

_BATCH, _POSED = 256, 4096


@dataclass(frozen=True)
class Command:
    """What to make, and from which images."""

    env: str
    """The environment of the demonstrations, such as HandDoor-v0."""
    out: Path | None = None
    """The file to write; by default assets/poses/<task>.npz."""
    demonstrations: str | None = None
    """Others than the suite's own: two of three train, and of the others every second one validates."""
    estimator: str = "shipped"
    """`shipped`, a training's folder, "package.module:factory", or `none` for true poses alone."""
    data: str = "made"
    """`made` for images of a virtual person, or a folder of BigHand2.2M, HANDS'17, HO-3D or F-PHAB."""
    subject: str | None = None
    """Whose images of the folder, such as Subject_1: somebody whom the estimator has not seen."""
    images: int = 200_000
    """In the pool, at most."""
    pool: Path = Path("outputs/pose-pool")
    """Where the pool is kept; tasks share it."""
    scheme: tyro.conf.OmitArgPrefixes[Scheme] = Scheme()  # noqa: RUF009
    features: bool = False
    """Keep what the estimator says of the images besides (phi), for users with features=True: some ten megabytes."""


class Images(ABC):
    """Images of one person, each with a number."""

    numbers: Array
    """Of all images that may be found."""
    name: str
    """What the pool is called in its folder."""
    notes: dict[str, Any]
    """Where they are from."""

    @abstractmethod
    def points(self, numbers: Array) -> Array:
        """The true points of images, (n, 21, 3) in the camera's frame (m)."""

    @abstractmethod
    def crops(self, numbers: Array) -> Crop:
        """Images, cut out."""

    def seen(self, estimator: Estimator, numbers: Array) -> tuple[Array, Array]:
        """What an estimator makes of images."""
        crops = (self.crops(batch) for batch in np.array_split(numbers, -(-len(numbers) // _BATCH)))
        found = [estimator(crop.depth, crop.centre) for crop in crops]
        points, features = (np.concatenate(part) for part in zip(*found, strict=True))
        return points, features


class MadeImages(Images):
    """Images of a virtual person, seen as people hold hands to a camera."""

    def __init__(self, count: int, person: int = PERSON, cube: float = CUBE) -> None:
        self.images = HandImages(seed=person, subjects=[person], cube=cube, view=VIEW, centre_noise=CENTRING)
        self.numbers, self.name = np.arange(count), f"person-{person}-{VIEW}-{count}"
        self.notes = {"pool": "synthetic", "person": person, "pool_images": count}

    def points(self, numbers: Array) -> Array:
        parts = np.array_split(numbers, -(-len(numbers) // _POSED))
        return np.concatenate([self.images.poses(part).points for part in parts])

    def crops(self, numbers: Array) -> Crop:
        return self.images[numbers]


class FolderImages(Images):
    """Images of a folder, of one of its subjects if one is named."""

    def __init__(self, folder: str, subject: str | None, most: int, cube: float = CUBE) -> None:
        self.frames, self.cube = open_images(folder), cube
        numbers = np.arange(len(self.frames)) if subject is None else self.frames.of(subject)
        self.numbers = numbers[:most]
        place = hashlib.sha256(str(Path(folder).resolve()).encode()).hexdigest()[:8]
        self.name = f"{Path(folder).name}-{place}-{subject or 'all'}-{len(self.numbers)}"
        self.notes = {"pool": Path(folder).name, "subject": subject, "pool_images": len(self.numbers)}

    def points(self, numbers: Array) -> Array:
        return np.stack([self.frames.points(int(number)) for number in numbers])

    def crops(self, numbers: Array) -> Crop:
        return next(self.frames.crops(len(numbers), numbers, cube=self.cube, centre_noise=CENTRING))


def pool_of(images: Images, folder: Path) -> PosePool:
    """The pool of these images, kept in a folder."""
    kept = folder / images.name
    if not kept.exists():
        PosePool.of(images.points(images.numbers), images.numbers).save(kept)
    pool = PosePool.open(kept)
    some = pool.numbers[:: max(1, len(pool) // 50)]
    if not np.allclose(described(images.points(some))[1], pool.poses[:: max(1, len(pool) // 50)], atol=1e-4):
        raise DatasetError(f"{kept} is of other images than there are now: delete it, or choose another --pool.")
    return pool


def splits_of(command: Command, count: int) -> Array:
    """The number in `SPLITS` of each demonstration."""
    number = np.arange(count)
    held_out = _before_practice(command)
    if held_out is not None:  # nothing was chosen by those held out; behind them come those for practice
        shown = len(demonstrations_of(command.env))
        return np.where(number < shown, number % 2, np.where(number < held_out, SPLITS.index("test"), 0))
    return np.where(number % 3 < 2, 0, 1 + number // 3 % 2)


def _before_practice(command: Command) -> int | None:
    """How many demonstrations there are without those for practice, which move nothing of the others' sequences."""
    if command.demonstrations is not None:
        return None
    return sum(len(demonstrations_of(command.env, each)) for each in (None, planned(command.env, HELD_OUT)))


def main(command: Command) -> int:
    """Find images, estimate, write; returns the exit status."""
    console = Console()
    if command.images < command.scheme.among:
        raise OptionError(f"--images must be at least {command.scheme.among}, got {command.images}.")
    own = command.demonstrations
    shown = posed_demonstrations(command.env) if own is None else demonstrations_of(command.env, own)
    out = _out(command)
    estimator = None if command.estimator == "none" else load(command.estimator)
    cube = CUBE if estimator is None else estimator.side
    images: Images = MadeImages(command.images, cube=cube)
    if command.data != "made":
        images = FolderImages(command.data, command.subject, command.images, cube)
    with console.status(f"A pool of {len(images.numbers):,} images"):
        pool = pool_of(images, command.pool)
    with Progress(console=console, transient=True) as progress:
        bar = progress.add_task(command.env, total=len(shown))
        sequences = generate(
            command.env,
            shown,
            splits_of(command, len(shown)),
            pool,
            images.points,
            None if estimator is None else lambda numbers: images.seen(estimator, numbers),
            command.scheme,
            command.features,
            images.notes | {"estimator": command.estimator, **asdict(command.scheme)},
            lambda: progress.advance(bar),
            _before_practice(command),
        )
    console.print(f"{sequences.write(out)}: {sequences.frames.shape} frames, {sequences.notes}", soft_wrap=True)
    return 0


def _out(command: Command) -> Path:
    """The file to write, which is made sure of before the work."""
    usual = Command(command.env, scheme=command.scheme, features=command.features, pool=command.pool)
    if command.out is None and (command != usual or command.features):
        raise OptionError("These are not the suite's own sequences: say where they go (--out FILE.npz).")
    out = command.out or Path(f"assets/poses/{entry(command.env).name}.npz")
    if out.suffix != ".npz":
        raise OptionError(f"Pose sequences are written to an .npz file, got {out}.")
    out.parent.mkdir(parents=True, exist_ok=True)
    return out


if __name__ == "__main__":
    sys.exit(guarded(lambda: main(tyro.cli(Command, description=__doc__))))
