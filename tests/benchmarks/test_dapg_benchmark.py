"""The benchmark of DAPG, as its commands run it, at its smallest size."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

pytest.importorskip("sb3_contrib", reason="needs hand-envs[agents]")
pytest.importorskip("imitation", reason="agents need the extra, and imitation")
pytest.importorskip("matplotlib")

from PIL import Image

from benchmarks.dapg import curves, table
from benchmarks.dapg.cells import Command, cells
from benchmarks.dapg.tables import TITLES
from benchmarks.runner import Options, Summary
from hand_envs.errors import OptionError


def smoke(out: Path, **options) -> Command:
    return Command(preset="smoke", run=Options(out, workers=2), **options)


def test_table_and_curves_share_their_cells(tmp_path):
    out = tmp_path / "out"
    assert table.main(smoke(out)) == 0
    rows = list(csv.DictReader((out / "table.csv").read_text().splitlines()))
    assert [(row["row"], row["column"]) for row in rows] == [("HandDoor-v0", title) for title in TITLES.values()]
    assert rows[0]["paper"] == "1.0"
    before = (out / "results.jsonl").read_text()
    assert curves.main(smoke(out)) == 0
    assert (out / "results.jsonl").read_text() == before
    found = [json.loads(line) for line in (out / "curves.jsonl").read_text().splitlines()]
    assert {each["method"]: each["steps"][-1] for each in found} == {"dapg": 64, "npg": 64, "bc": 0}
    assert {each["seed"] for each in found} == {1}
    assert (out / "curves.png").stat().st_size > 5000


def test_only_dapg_and_cloning_see_demonstrations():
    found = {method: chain[0].options["config"] for (method, _), chain in cells(Command()).items()}
    assert found["npg"]["demonstrations"] is None
    assert found["npg"]["bc_epochs"] == 0
    assert found["bc"]["steps"] == 0
    assert found["dapg"]["steps"] > 0


def test_a_preset_gives_some_tasks_more_samples_unless_steps_are_given():
    def steps(**options) -> dict[str, int]:
        found = cells(Command(methods=("dapg",), **options))
        return {task: chain[0].options["config"]["steps"] for (_, task), chain in found.items()}

    own = steps()
    assert own["HandDoor-v0"] > own["HandHammer-v0"]
    assert set(steps(steps=640).values()) == {640}


def test_more_tasks_than_columns_go_below(tmp_path):
    points = {"steps": [0, 10], "success": [0.1, 0.5], "return": [1.0, 2.0], "seed": 0}
    found = [{"task": f"Hand{name}-v0", "method": "dapg", **points} for name in "ABCDEFG"]
    wide, high = (Image.open(curves.draw(tmp_path / f"{count}.png", found[:count])).size for count in (5, 7))
    assert wide[0] == high[0]
    assert high[1] > 1.7 * wide[1]


def test_curves_of_nothing_are_not_drawn(tmp_path, monkeypatch):
    monkeypatch.setattr(Command, "go", lambda command, found: Summary(interrupted=True))
    (tmp_path / "out").mkdir()
    curves.main(smoke(tmp_path / "out"))
    assert not (tmp_path / "out" / "curves.png").exists()


def test_tasks_without_demonstrations_and_unknown_ones_are_named(monkeypatch):
    monkeypatch.setattr("benchmarks.dapg.cells.has_planned", lambda task: task != "HandPour-v0")
    with pytest.raises(OptionError, match="did you mean 'HandDoor-v0'"):
        cells(Command(tasks=("HandDor-v0",)))
    with pytest.raises(OptionError, match="no demonstrations of HandPour-v0"):
        cells(Command(tasks=("HandPour-v0",)))
    with pytest.raises(OptionError, match="HandDoor-v0, which is not among --tasks"):
        cells(Command(tasks=("HandPen-v0",), demonstrations=("HandDoor-v0=door.pickle",)))
    with pytest.raises(OptionError, match="did you mean 'dapg'"):
        cells(Command(methods=("dpag",)))
