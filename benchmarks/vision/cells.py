"""The cells of all tables: encoders, features, and what is counted with them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from benchmarks.runner import Cell
from benchmarks.vision.presets import Preset
from benchmarks.vision.rows import ADAPTED, ADAPTED_FROM, CONTROLS, EXPERT, PRETRAINED, RANDOM
from benchmarks.vision.variants import Variant
from hand_envs.registry import ENTRIES, Entry
from hand_envs.tasks.views import PAPER_CAMERAS

Chain = list[Cell]
"""Cells each behind those it comes after; the last has the numbers."""
Chains = list[list[Chain]]
"""A chain a seed, for each number of a table."""

JOBS = "benchmarks.vision.jobs"
LEARNING = "benchmarks.vision.learning"
WEIGHTS = "weights.pt"
"""Of an encoder, in its folder."""


class Cells:
    """Makes cells, so that equal ones have equal names.

    Args:
        size: of the benchmark.
        given: folders of encoders that are there, by the names of their rows.
    """

    def __init__(self, size: Preset, given: Mapping[str, Path] | None = None) -> None:
        self.size, self.given = size, dict(given or {})

    # --- tables of frozen features ----------------------------------------------------------------------------------

    def cloned(self, rows: Iterable[str], background: int = 0, momentum: float = 0.0) -> Chains:
        """Cloning on frozen features: for each task and row a chain a seed."""
        return [
            [self.clone(task, row, seed, background, momentum) for seed in self.size.seeds]
            for task in self.size.tasks
            for row in rows
        ]

    def probed(self, rows: Iterable[str]) -> Chains:
        """What features of expert rollouts know."""
        return [
            [self.probe(task, row, seed) for seed in self.draws(row)]
            for task in self.size.tasks
            for row in rows
            if row != EXPERT
        ]

    def clone(self, task: str, row: str, seed: int, background: int = 0, momentum: float = 0.0) -> Chain:
        """The cell that clones and counts."""
        begins = {"env": plain(task).id, "seed": seed, "episodes": self.size.episodes}
        if row == EXPERT:
            return [Cell(f"{task}/{EXPERT}/seed-{seed}/cloned", f"{JOBS}:expert", begins)]
        before, sight = self.features(task, row, seed, background)
        options = {**begins, "sight": sight, "epochs": self.size.epochs, "momentum": momentum}
        name = f"{task}/{row}/seed-{seed}/{counted(background, momentum)}"
        return [*before, Cell(name, f"{JOBS}:clone", options, _all(before))]

    def probe(self, task: str, row: str, seed: int) -> Chain:
        """The cell that measures what features know."""
        before, _ = self.features(task, row, seed)
        name = f"{task}/{row}/seed-{seed}/probed"
        return [*before, Cell(name, f"{JOBS}:probe", {"env": plain(task).id}, (before[-1].name,))]

    def features(self, task: str, row: str, seed: int, background: int = 0) -> tuple[Chain, dict[str, Any]]:
        """The cell that shows rollouts of the expert to an encoder once, behind that encoder's.

        Also how episodes are seen by a policy that is cloned from them, with a background if they are to have one.
        """
        own = self.own(row, seed)
        before, encoder = self.encoder(row, own, task)
        seen: dict[str, Any] = {"row": row} if row in CONTROLS else {"encoder": encoder, "pixels": self.pixels(task)}
        options = {"env": plain(task).id, "episodes": self.size.demonstrations, "sight": seen, "seed": own}
        where = f"{row}/seed-{own}" if row in self._drawn else row
        cell = Cell(f"{task}/{where}/features", f"{JOBS}:features", options, _all(before))
        if background:
            seen = {**seen, "pixels": {**seen["pixels"], "background": background}}
        return [*before, cell], seen

    # --- encoders -------------------------------------------------------------------------------------------------

    def encoder(self, row: str, seed: int, task: str) -> tuple[Chain, dict[str, Any]]:
        """The cells that make the encoder of a row, and how jobs find it.

        Args:
            row: whose it is.
            seed: of what is drawn for it.
            task: whose pictures stage 2 adapts it to, if it does.
        """
        if row in CONTROLS:
            return [], {}
        if row in ADAPTED:
            before, _ = self.encoder(ADAPTED_FROM, seed, task)
            options = {
                **{"env": seen(task).id, "adapt": "all" if row == "adapted-all" else "affine", "seed": seed},
                **{"pixels": self.pixels(task), "changes": dict(self.size.keypoints)},
            }
            made = Cell(f"{task}/{row}/seed-{seed}/adapted", f"{LEARNING}:adapt", options, (before[-1].name,))
            return [*before, made], self._found(made)
        if row in self.given:
            made = Cell(f"encoders/{row}/given", f"{JOBS}:given", _told(self.given[row]))
        elif row in PRETRAINED:
            options = {"labels": row, "seed": seed, "changes": dict(self.size.pretraining)}
            made = Cell(f"encoders/{row}/seed-{seed}/pretrained", f"{LEARNING}:pretrain", options)
        else:
            return [], {"name": row, "seed": seed, "size": self.size.size, "precision": self.size.precision}
        return [made], self._found(made)

    def _found(self, made: Cell) -> dict[str, Any]:
        return {"cell": made.name, "precision": self.size.precision}

    def own(self, row: str, seed: int) -> int:
        """The seed of a row's encoder, for a seed of cloning or learning."""
        return seed if row in self._drawn else self.size.seeds[0]

    def draws(self, row: str) -> tuple[int, ...]:
        """The seeds for which a row has an encoder of its own."""
        return self.size.seeds if row in self._drawn else self.size.seeds[:1]

    @property
    def _drawn(self) -> set[str]:
        again = set(PRETRAINED) - set(self.given) if self.size.redrawn else set()
        return {RANDOM, *again, *(ADAPTED if ADAPTED_FROM in again else ())}

    def pixels(self, task: str) -> dict[str, Any]:
        """How pictures of a task are drawn."""
        return {
            "camera": PAPER_CAMERAS[plain(task).id],
            "width": self.size.size,
            "height": self.size.size,
            "light": True,
        }

    # --- reinforcement learning -----------------------------------------------------------------------------------

    def learned(self, task: str, variant: Variant, seed: int) -> Chain:
        """The cell that learns on an encoder's features, and counts."""
        before, encoder = self.encoder(variant.row, self.own(variant.row, seed), task)
        options = {
            **{"env": seen(task).id, "encoder": encoder, "pixels": self.pixels(task)},
            **{"method": variant.method, "momentum": variant.momentum, "changes": dict(self.size.learning)},
            **{"curve_points": self.size.curve_points, "episodes": self.size.episodes, "seed": seed},
        }
        name = f"{task}/{variant.row}/seed-{seed}/{variant.kind}"
        return [*before, Cell(name, f"{LEARNING}:learn", options, _all(before))]


def plain(task: str) -> Entry:
    """The row of a task observed by its state."""
    return next(entry for entry in ENTRIES if entry.name == task and entry.plain)


def seen(task: str) -> Entry:
    """The row of a task observed through pixels."""
    return next(entry for entry in ENTRIES if entry.name == task and entry.visual)


def counted(background: int = 0, momentum: float = 0.0) -> str:
    """The last part of the name of a cell that clones and counts."""
    where = f"background-{background}" if background else "cloned"
    return f"{where}-momentum-{momentum:g}" if momentum else where


def unique(chains: Iterable[Iterable[Chain]]) -> list[Cell]:
    """All cells of chains that share some."""
    return list({cell.name: cell for each in chains for chain in each for cell in chain}.values())


def _told(folder: Path) -> dict[str, str]:
    """What a cell is told of an encoder that is there: also what is in it, since another one is another cell."""
    return {"encoder": str(folder), "digest": hashlib.sha256((folder / WEIGHTS).read_bytes()).hexdigest()[:16]}


def _all(chain: Chain) -> tuple[str, ...]:
    return tuple(cell.name for cell in chain)
