"""A folder of made sequences in F-PHAB's layout: takes are planned one by one, and each is kept when it is finished."""

from __future__ import annotations

import functools
import itertools
import multiprocessing
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from agents.planner.captures.action import action_of
from agents.planner.captures.rollout import Stage
from agents.planner.captures.take import PEOPLE, RECORDED, Wanted, make
from hand_envs.captures import Captures
from hand_envs.captures.files import read_captures, write_captures
from hand_envs.captures.fphab_layout import Layout
from hand_envs.captures.fphab_writing import write_fphab
from hand_envs.errors import DatasetError, OptionError
from hand_envs.files.atomic import replacing_folder
from hand_envs.files.lock import alone_in
from hand_envs.images.filming import HandCamera
from hand_envs.images.png import write_depth

Array = np.ndarray

KEPT = "takes"
"""The folder, beside F-PHAB's own, of finished takes."""
MOST_TAKES = 99
OTHERS_TAKES = 4  # of subjects beyond F-PHAB's six


@dataclass(frozen=True)
class Recipe:
    """What to make.

    Args:
        action: `pour_juice_bottle` or `give_coin`.
        seed: of the plans, the cameras and their noise.
        tries: how many are simulated together.
        enough: tries that hold, of which the one that suits the person is taken.
    """

    action: str
    seed: int = 0
    tries: int = 64
    enough: int = 6

    def __post_init__(self) -> None:
        action_of(self.action)
        for name, low, high in (("seed", 0, 2**32 - 1), ("tries", 1, 4096), ("enough", 1, 64)):
            if not low <= getattr(self, name) <= high:
                raise OptionError(f"{name} must be a whole number from {low} to {high}, got {getattr(self, name)}.")

    def wanted(self, subjects: int, takes: int) -> list[Wanted]:
        """So many takes of so many subjects, subject by subject; those beyond the sixth have four at most."""
        if not 1 <= subjects <= len(PEOPLE) or not 1 <= takes <= MOST_TAKES:
            raise OptionError(
                f"There are 1 to {len(PEOPLE)} subjects with 1 to {MOST_TAKES} takes each; got {subjects} and {takes}."
            )
        return [
            Wanted(self.action, number, take, self.seed)
            for number in range(1, subjects + 1)
            for take in range(1, (takes if number <= RECORDED else min(takes, OTHERS_TAKES)) + 1)
        ]

    def notes(self) -> dict[str, Any]:
        """What is noted of the sequences."""
        return {"synthetic": True, "made_by": "agents.planner.captures", **asdict(self)}


@dataclass(frozen=True)
class Finished:
    """A take that lies in the folder, and how near the person's hand came to the planned one (mm)."""

    name: str
    fit: float
    fit_tips: float
    filmed: bool = False


def make_captures(
    folder: Path, recipe: Recipe, wanted: list[Wanted], *, pictures: bool = True, workers: int = 2
) -> Iterator[Finished]:
    """Make of the wanted takes what the folder does not have.

    Yields each when it is planned. When all are, the files that list them are written; then each is drawn, and yielded
    again.
    """
    with alone_in(folder, f"Another process is writing to {folder}. Wait for it, or choose another folder."):
        Layout(folder).expect_made()
        yield from _each(functools.partial(planned, folder, recipe), wanted, workers)
        _list(folder, recipe, wanted)
        if pictures:
            yield from _each(functools.partial(filmed, folder, recipe), wanted, workers)


def _each(work: Callable[[Wanted], Finished], wanted: list[Wanted], workers: int) -> Iterator[Finished]:
    if workers == 1:
        yield from map(work, wanted)
        return
    with ProcessPoolExecutor(workers, multiprocessing.get_context("spawn")) as pool:
        yield from pool.map(work, wanted)


def planned(folder: Path, recipe: Recipe, wanted: Wanted) -> Finished:
    """Plan a take, unless it is there."""
    path = _path(folder, wanted)
    if not path.exists():
        made = make(wanted, action_of(recipe.action), _stage(recipe.action, recipe.tries), recipe.enough)
        path.parent.mkdir(parents=True, exist_ok=True)
        notes = {**recipe.notes(), "fit": made.fit, "fit_tips": made.fit_tips}
        write_captures(Captures(recipe.action, (made.capture,), notes), path)
    notes = dict(read_captures(path).notes)
    if {**notes, **recipe.notes()} != notes:
        raise DatasetError(f"{path} was made otherwise, by {notes}: choose another folder, or delete it.")
    return Finished(wanted.name, notes["fit"], notes["fit_tips"])


def filmed(folder: Path, recipe: Recipe, wanted: Wanted) -> Finished:
    """Draw a take's depth pictures, unless they are there."""
    depth = Layout(folder).depth(wanted.name)
    if not depth.exists():
        _film(depth, wanted, read_captures(_path(folder, wanted)))
    return replace(planned(folder, recipe, wanted), filmed=True)


def _list(folder: Path, recipe: Recipe, wanted: list[Wanted]) -> None:
    """Write F-PHAB's text files, and the model of what is handled."""
    action = action_of(recipe.action)
    takes = [read_captures(_path(folder, each))[0] for each in wanted]
    if not action.annotated:
        takes = [replace(take, objects=None) for take in takes]
    captures = Captures(recipe.action, tuple(takes), recipe.notes())
    write_fphab(folder, captures, model=_box_mesh(action.thing.pieces[0].size) if action.annotated else None)


@functools.cache
def _stage(name: str, tries: int) -> Stage:
    """A process's own."""
    return Stage(action_of(name).task(), tries)


@functools.cache
def _camera(name: str) -> HandCamera:
    return HandCamera([action_of(name).thing])


def _film(folder: Path, wanted: Wanted, kept: Captures) -> None:
    """The depth pictures of a take."""
    (take,) = kept
    assert take.objects is not None
    folder.parent.mkdir(parents=True, exist_ok=True)
    seed = [wanted.seed, wanted.subject, wanted.take]
    with replacing_folder(folder) as making:
        camera = _camera(wanted.action)
        for some in np.array_split(np.arange(len(take)), max(1, len(take) // 10)):
            depth, _ = camera.frames(
                wanted.person, take.points["gt"][some], take.objects[some, None], seed=[*seed, int(some[0])]
            )
            for number, picture in zip(some, depth, strict=True):
                write_depth(making / f"depth_{number:04d}.png", picture)


def _path(folder: Path, wanted: Wanted) -> Path:
    return folder / KEPT / wanted.action / f"Subject_{wanted.subject}-{wanted.take}.npz"


def _box_mesh(half: tuple[float, ...]) -> tuple[Array, Array]:
    """Corners (8, 3) and triangles (12, 3) of a box, seen from outside anticlockwise."""
    corners = np.array(list(itertools.product(*((-side, side) for side in half))))
    sides = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    return corners, np.array([triangle for a, b, c, d in sides for triangle in ((a, b, c), (a, c, d))])
