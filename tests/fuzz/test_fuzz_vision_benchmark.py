"""Whatever is written after --encoders, --rows and --tasks makes cells with names, or is refused in our words."""

from __future__ import annotations

import string

import numpy as np

from benchmarks.runner.cells import in_order
from benchmarks.vision.cells import WEIGHTS, unique
from benchmarks.vision.command import VisionCommand
from benchmarks.vision.paper import TASKS
from benchmarks.vision.rows import ROWS
from hand_envs.errors import OptionError

TRIALS = 300
LETTERS = [*string.ascii_letters, *string.digits, *"=./ -_\\\0\n\u2603", "..", "3d", "random", "expert"]


def test_what_is_asked_for(tmp_path, deep):
    """Half of the folders are there; names are those of rows, and others."""
    rng, made = np.random.default_rng(0), 0
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / WEIGHTS).write_bytes(b"x")
    names = [*ROWS, "expert", "own", "a/b", "-", ""]

    def name() -> str:
        return str(rng.choice(names)) if rng.random() < 0.6 else "".join(rng.choice(LETTERS, rng.integers(0, 9)))

    for _ in range(TRIALS * deep):
        folder = tmp_path / "there" if rng.random() < 0.5 else name()
        encoders = (f"{name()}={folder}",) if rng.random() < 0.9 else (name(),)
        rows = tuple(name() for _ in range(rng.integers(0, 3)))
        tasks = (str(rng.choice(TASKS)),) if rng.random() < 0.8 else (name(),)
        command = VisionCommand(preset="quick", encoders=encoders, rows=rows, tasks=tasks)
        try:
            size = command.size
        except OptionError:
            continue
        cells = in_order(unique(command.cells.cloned(size.rows)))
        assert {cell.name.split("/")[0] for cell in cells} <= {*TASKS, "encoders"}
        assert all(row in {*ROWS, *command.given} for row in size.rows)
        made += 1
    assert made > TRIALS / 20
