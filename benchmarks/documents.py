"""What documents say of results: between `<!-- results: NAME -->` and `<!-- end -->` stands what this makes.

Numbers and figures come from `benchmarks/results`. A number whose outcome is no longer kept (`without_outcome.csv`) is
shown with a mark, until its benchmark is run again with `--publish`.
"""

from __future__ import annotations

import csv
import functools
import hashlib
import os
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from benchmarks import live, published, shipped, throughput
from benchmarks.dapg import tables as dapg
from benchmarks.deft import figures as deft_figures
from benchmarks.deft import tables as deft
from benchmarks.reconstruction import tables as reconstruction
from benchmarks.reconstruction.paper import TABLE_4
from benchmarks.report import Comparison, Number
from benchmarks.residual import figures, pose_figures, pose_tables
from benchmarks.residual import tables as residual
from benchmarks.retargeting import tables as retargeting
from benchmarks.runner import Cell
from benchmarks.runner.results import Record
from benchmarks.vision import (
    adapted_tables,
    background_tables,
    learned_tables,
    probe_tables,
    speed_tables,
)
from benchmarks.vision import figures as vision_figures
from benchmarks.vision import tables as vision
from benchmarks.vision.variants import LEARNED, MOMENTUMS, STAGES
from hand_envs.errors import DatasetError, choices

LOST = "†"
BLOCK = re.compile(r"<!-- results: (?P<name>\S+) -->\n.*?<!-- end -->", re.DOTALL)
BEGIN = "<!-- results: "
DIGEST = "Results"  # in a picture's metadata: of the records it was drawn from

Results = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Made:
    """What is made of some of a benchmark's results."""

    benchmark: str
    command: str
    """Counts them, after `python -m`."""
    kinds: str = ""
    """Which of the benchmark's cells: a pattern of their names."""

    def records(self) -> dict[str, Record]:
        """What it is made of, by name."""
        found = published.published(self.benchmark)
        return {name: record for name, record in found.items() if re.search(self.kinds, name)}

    @property
    def again(self) -> str:
        """The command that counts and publishes."""
        return f"`python -m {self.command} --publish`"

    def origin(self, records: Iterable[Record]) -> str:
        """Where the numbers are from."""
        records = list(records)
        commits = sorted({(each.commit or "no commit")[:7] + (each.commit or "")[40:] for each in records})
        seeds = sorted({int(seed) for each in records for seed in re.findall(r"seed-(\d+)", each.name)})
        runs = f", seed {', '.join(map(str, seeds))}" if seeds else ""
        return f"From `benchmarks/results/{self.benchmark}.jsonl`: {self.again} at {', '.join(commits)}{runs}."


@dataclass(frozen=True)
class Table(Made):
    """A table in a document."""

    make: Callable[[Results], Comparison] = residual.table1
    cells: Callable[[], Iterable[Cell]] = tuple
    """Those it ought to have, where that does not depend on how it was run."""

    def text(self, name: str) -> str:
        """What stands between the marks."""
        records = self.records()
        wanted = [cell for cell in self.cells() if re.search(self.kinds, cell.name)]
        missing = [cell.name for cell in wanted if cell.name not in records or records[cell.name].changed(cell, {})]
        records = {name: record for name, record in records.items() if name not in missing}
        table = self.make({name: record.result for name, record in records.items()})
        lost = _put_lost(name, table)
        parts = [table.markdown_table(), _legend(table)] if table.rows else []
        if records:
            parts.append(self.origin(records.values()))
        if lost:
            parts.append(f"{LOST} Only the number is kept, its outcome is not: {self.again} counts it anew.")
        if missing or not table.rows:
            parts.append(f"Not in `benchmarks/results`: {', '.join(missing) or name}. Run {self.again}.")
        return "\n\n".join(part for part in parts if part)


@dataclass(frozen=True)
class Figure(Made):
    """A figure in a document."""

    title: str = ""
    path: str = ""
    """Of the picture, from the root."""
    draw: Callable[[Path, Results, dict[str, str]], object] = figures.draw
    needs: str = ""
    """Cells without which there is nothing to draw: a pattern of their names."""
    folder: str = "."
    """Of the document that shows the picture, from the root."""

    def records(self) -> dict[str, Record]:
        """What it is drawn from, by name."""
        found = super().records()
        return found if any(re.search(self.needs, name) for name in found) else {}

    def text(self, name: str) -> str:
        """What stands between the marks."""
        records = self.records()
        picture = f"![{self.title}]({os.path.relpath(self.path, self.folder)})"
        if records:
            return f"{picture}\n\n{self.origin(records.values())}"
        return f"{picture}\n\n{LOST} The outcomes it was drawn from are no longer kept: {self.again} counts them anew."

    def stale(self, root: Path) -> bool:
        """Whether the picture is of other results than are published."""
        records = self.records()
        drawn = Image.open(root / self.path).info.get(DIGEST) if (root / self.path).exists() else None
        return bool(records) and drawn != _digest(records)

    def redraw(self, root: Path) -> None:
        """Draw it from what is published."""
        records = self.records()
        results = {name: record.result for name, record in records.items()}
        self.draw(root / self.path, results, {DIGEST: _digest(records)})


_LEARNED = "/((bc|dapg)-momentum-[0-9.]+|expert/seed-[0-9]+/cloned)$"
_BEFORE = "/(cloned|background-[0-9]+)(-momentum-[0-9.]+)?$"
_VISION: tuple[tuple[str, str, str, Callable[[Results], Comparison]], ...] = (
    *(
        (f"probes-{asked}", "probes", "/probed$", functools.partial(probe_tables.errors, measure=asked))
        for asked in probe_tables.MEASURES
    ),
    ("cloning", "cloning", "/cloned$", vision.success),
    ("cloning-returns", "cloning", "/cloned$", vision.earned),
    ("cloning-gains", "cloning", "/cloned$", vision.gains),
    ("dapg", "dapg", _LEARNED, functools.partial(learned_tables.success, variants=LEARNED)),
    ("dapg-returns", "dapg", _LEARNED, functools.partial(learned_tables.earned, variants=LEARNED)),
    ("stages", "ablations", _LEARNED, functools.partial(learned_tables.success, variants=STAGES)),
    ("momenta", "ablations", _LEARNED, functools.partial(learned_tables.success, variants=MOMENTUMS)),
    ("backgrounds", "backgrounds", _BEFORE, background_tables.success),
    ("keypoints", "keypoints", "/adapted$", adapted_tables.keypoints),
    ("affine", "affine", "/adapted$", adapted_tables.affine),
    ("speed", "speed", "^speed/", speed_tables.speeds),
)
_HUMAN = "--demonstrations door=door-v0_demos.pickle"
_SHIPPED = ("shipped", "benchmarks.shipped")


def _shipped_cells() -> list[Cell]:
    return shipped.cells(shipped.Command())


def _live_cells() -> list[Cell]:
    return live.cells(live.Command())


BLOCKS: dict[str, Table | Figure] = {
    "shipped/users": Table(*_SHIPPED, "^users/", shipped.users_table, _shipped_cells),
    "shipped/alone": Table(*_SHIPPED, "^alone/", shipped.agents_table, _shipped_cells),
    "residual/table1": Table("residual", f"benchmarks.residual.table1 {_HUMAN}", "/table1$", residual.table1),
    "residual/table2": Table("residual", f"benchmarks.residual.table2 {_HUMAN}", "/table2$", residual.table2),
    "residual/ablation": Table(
        "residual", f"benchmarks.residual.ablation {_HUMAN}", "^door/ours.*/table2$", residual.ablation
    ),
    "residual/curves": Figure(
        "residual",
        f"benchmarks.residual.curves {_HUMAN}",
        "/(train|table2)$",
        "Success on test sequences while learning",
        "docs/residual_curves.png",
        figures.draw,
        "/train$",
    ),
    "poses/errors": Table("poses", "benchmarks.residual.table5", "/sequences$", pose_tables.errors),
    "poses/table5": Table("poses", "benchmarks.residual.table5", "/table5$|/draws/", pose_tables.table5),
    "poses/gains": Table("poses", "benchmarks.residual.table5", "/table5$|/draws/", pose_tables.gains),
    "poses/convergence": Table("poses", "benchmarks.residual.table5", "/train$", pose_figures.convergence),
    "poses/curves": Figure(
        "poses",
        "benchmarks.residual.table5",
        "/train$",
        "Success on validation sequences while learning",
        "docs/pose_curves.png",
        draw=pose_figures.draw,
        needs="/train$",
        folder="docs",
    ),
    "dapg/table": Table("dapg", "benchmarks.dapg.table", "", dapg.table),
    **{
        f"retargeting/{name}": Table(
            "retargeting",
            "benchmarks.retargeting --poses FRAMES --network NETWORK",
            f"^{name}$",
            functools.partial(retargeting.of, name=name),
        )
        for name in ("tracked", "made", "reachable")
    },
    **{
        f"reconstruction/{task}": Table(
            "reconstruction",
            "benchmarks.reconstruction.table4",
            f"^{task}/.*/table4$",
            functools.partial(reconstruction.table4, task=task),
        )
        for task in TABLE_4
    },
    "reconstruction/gains": Table(
        "reconstruction", "benchmarks.reconstruction.table4", "/table4$", reconstruction.gains
    ),
    **{
        f"deft/{name}": Table("deft", f"benchmarks.deft.{command}", kinds, make)
        for name, command, kinds, make in (
            ("table1", "table1", "/trials$", deft.table1),
            ("gains", "table1", "/trials$", deft.gains),
            ("table2", "table2", "/trials$", deft.table2),
            ("figure4", "curves", r"/after-\d+$", deft_figures.table),
        )
    },
    **{
        f"vision/{name}": Table("vision", f"benchmarks.vision.{command}", kinds, make)
        for name, command, kinds, make in _VISION
    },
    "vision/affine-figure": Figure(
        "vision",
        "benchmarks.vision.affine",
        "/adapted$",
        "Scales and offsets of BatchNorm before stage 2 and after, by depth",
        "docs/vision_affine.png",
        vision_figures.affine,
        "/adapted/",
        "docs",
    ),
    "live/successes": Table("live", "benchmarks.live", "(?<!/latency)$", live.successes, _live_cells),
    "live/delays": Table("live", "benchmarks.live", "/latency$", live.delays, _live_cells),
    "throughput/ratios": Table("throughput", "benchmarks.throughput", "", throughput.ratios_of),
    "throughput/speeds": Figure(
        "throughput",
        "benchmarks.throughput",
        "",
        "Steps per second",
        "docs/throughput.png",
        throughput.draw,
    ),
}


def filled(text: str) -> str:
    """A document with what stands between its marks made anew."""
    if text.count(BEGIN) != len(BLOCK.findall(text)):
        raise DatasetError(f"A document has '{BEGIN}NAME -->' on a line of its own without '<!-- end -->' below it.")
    return BLOCK.sub(lambda found: f"{BEGIN}{found['name']} -->\n\n{made(found['name'])}\n\n<!-- end -->", text)


def made(name: str) -> str:
    """What stands between the marks of a name."""
    if name not in BLOCKS:
        raise DatasetError(f"No such results: {choices(name, BLOCKS)}")
    return BLOCKS[name].text(name)


def drawings() -> list[Figure]:
    """The figures that are drawn from results."""
    return [block for block in BLOCKS.values() if isinstance(block, Figure)]


def _put_lost(name: str, table: Comparison) -> bool:
    """Put numbers without outcome where there is none with one, in the order they had; whether there were any."""
    order, any_put = [], False
    for row, column, ours, paper in _lost(name):
        order.append(row)
        if column in table.notes:
            if column not in table.texts.get(row, {}):
                table.note(row, column, f"{ours}{LOST}")
            continue
        if column not in table.columns:
            table.columns = [*table.columns, column]
        if column not in table.rows.get(row, {}):
            table.put(row, column, Number(float(ours), paper=float(paper) if paper else None, mark=LOST))
            any_put = True
    rows = dict.fromkeys([*order, *table.rows])
    table.rows = {row: table.rows[row] for row in rows if row in table.rows}
    return any_put


def _lost(name: str) -> list[tuple[str, str, str, str]]:
    with (published.FOLDER / "without_outcome.csv").open(newline="") as file:
        lines = [line for line in csv.DictReader(file) if line["table"] == name]
    return [(line["row"], line["column"], line["ours"], line["paper"]) for line in lines]


def _legend(table: Comparison) -> str:
    """How to read a cell, of what is in this table."""
    numbers = [number for row in table.rows.values() for number in row.values()]
    how = [f"in {table.unit}"] if table.unit else []
    if any(each.interval for each in numbers):
        how.append(f"with the {table.confidence * 100:g} % interval")
    if any(each.paper is not None for each in numbers):
        how.append("ours / the paper's, bold where ours is at least as good")
    return f"{', '.join(how).capitalize()}." if how else ""


def _digest(records: Mapping[str, Record]) -> str:
    lines = "".join(f"{name} {records[name].finished}\n" for name in sorted(records))
    return hashlib.sha256(lines.encode()).hexdigest()[:16]
