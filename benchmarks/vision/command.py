"""What the commands have in common."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Literal

import tyro

from benchmarks.command import TableCommand, those_of
from benchmarks.runner.cells import PART
from benchmarks.vision.cells import WEIGHTS, Cells
from benchmarks.vision.paper import TASKS
from benchmarks.vision.presets import PRESETS, Preset
from benchmarks.vision.rows import ADAPTED, CONTROLS, EXPERT, RANDOM, ROWS
from hand_envs.errors import OptionError

NOT_GIVEN = {RANDOM, EXPERT, *CONTROLS, *ADAPTED}


@dataclass(frozen=True)
class VisionCommand(TableCommand):
    """How large, on which tasks, with whose features."""

    name = "vision"
    preset: Literal["smoke", "quick", "laptop", "paper"] = "laptop"  # type: ignore[assignment]
    """smoke: does it run; quick: four tasks, three seeds, an hour of a core with encoders that are there;
    laptop: twelve tasks, three seeds, a night; paper: for a GPU, with everybody's encoders."""
    tasks: tuple[str, ...] = ()
    """door, hammer, pen, pour, place-inside, relocate-mug and so on; none means the preset's."""
    rows: tuple[str, ...] = ()
    """3d, 2d, objects, random; adapted, adapted-all (stage 2); those of the catalogue, whose files are then needed;
    blind, state. None means the preset's."""
    encoders: Annotated[tuple[str, ...], tyro.conf.arg(metavar="NAME=FOLDER ...")] = ()
    """Encoders that are there, instead of training some: 3d=runs/3d/encoder. A name of your own is a row of its own."""

    @property
    def given(self) -> dict[str, Path]:
        """Folders of encoders that are there, by row."""
        return dict(_named(text) for text in self.encoders)

    @property
    def size(self) -> Preset:
        """The preset, with changes."""
        preset = PRESETS[self.preset]
        those_of("the paper", "--tasks", self.tasks, TASKS)
        those_of("this benchmark", "--rows", self.rows, (*ROWS, *self.given))
        own = tuple(name for name in self.given if name not in ROWS)
        learning = {**preset.learning, **({"steps": self.steps} if self.steps else {})}
        return replace(
            preset,
            tasks=self.tasks or preset.tasks,
            learned=self.tasks or preset.learned,
            rows=self.rows or (*own, *preset.rows),
            seeds=self.seeds or preset.seeds,
            learning=learning,
        )

    @property
    def cells(self) -> Cells:
        """What makes cells of this size."""
        return Cells(self.size, self.given)


def _named(text: str) -> tuple[str, Path]:
    name, equals, folder = text.partition("=")
    if not equals or not PART.fullmatch(name) or not folder:
        raise OptionError(f"--encoders are written NAME=FOLDER, as 3d=runs/3d/encoder; got {text!r}.")
    if name in NOT_GIVEN:
        raise OptionError(
            f"--encoders cannot say what {name} is, which is made for each seed or task: choose another name."
        )
    if not (Path(folder) / WEIGHTS).is_file():
        raise OptionError(f"--encoders {text}: there is no {WEIGHTS} in that folder. `Encoder.save` writes one.")
    return name, Path(folder)
