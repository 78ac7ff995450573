"""The tables and figures of the residual paper, as commands run them, at their smallest size."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from types import SimpleNamespace

import pytest
from conftest import can_draw

pytest.importorskip("imitation", reason="agents need the extra, and imitation")
pytest.importorskip("matplotlib")

from benchmarks.command import complete
from benchmarks.residual import ablation, curves, forces, pose_tables, table1, table2, table5, tables
from benchmarks.residual.cells import Cells, Command
from benchmarks.residual.output import side_by_side
from benchmarks.residual.paper import METHODS, NOISES, TABLE_1, TABLE_2, TASKS
from benchmarks.residual.pose_cells import PosesCommand
from benchmarks.runner import Cell, Options
from hand_envs.cli.guard import guarded
from hand_envs.errors import OptionError


def smoke(out: Path, kind: type = Command, **options):
    return kind(preset="smoke", film=False, run=Options(out, workers=2), **options)


def results(out: Path) -> dict[str, dict]:
    return {line["name"]: line for line in map(json.loads, (out / "results.jsonl").read_text().splitlines())}


def rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.read_text().splitlines()))


@pytest.mark.slow
def test_table_1_and_the_others_which_share_its_cells(tmp_path):
    out = tmp_path / "tables"
    assert table1.main(smoke(out)) == 0
    found = rows(out / "table1.csv")
    assert {row["row"] for row in found} == {"trained at 0.05", "trained at 0.10", "user alone"}
    assert [row["column"] for row in found if row["row"] == "user alone"] == list(NOISES)
    assert [float(row["paper"]) for row in found if row["row"] == "user alone"] == pytest.approx(
        [each / 100 for each in TABLE_1["user"]]
    )
    assert "trained at 0.05" in (out / "table1.md").read_text()
    agent = out / "cells" / "door" / "ours" / "noise-0.05" / "seed-1" / "train" / "agent"
    assert (agent / "policy.pt").exists()
    before = results(out)
    assert ablation.main(smoke(out)) == 0
    assert {row["row"] for row in rows(out / "ablation.csv")} == set(tables.ABLATED.values())
    assert table2.main(smoke(out)) == 0
    found = rows(out / "table2.csv")
    assert {row["row"] for row in found} == set(METHODS.values())
    assert {row["column"] for row in found} == {"door train", "door test"}
    after = results(out)
    assert {name: after[name] for name in before} == before  # nothing ran twice
    assert curves.main(smoke(out, curves.CurvesCommand)) == 0
    assert forces.main(smoke(out, forces.ForcesCommand)) == 0
    assert results(out) == after
    lines = [json.loads(line) for line in (out / "curves.jsonl").read_text().splitlines()]
    assert {line["method"] for line in lines} == set(METHODS) - {"ik"}
    assert all(line["steps"][-1] == 64 for line in lines)
    played = [json.loads(line) for line in (out / "forces.jsonl").read_text().splitlines()]
    assert [each["name"] for each in played] == ["user alone", "with agent"]
    assert max(played[0]["forces"]) > 1  # N: the user does touch the door
    for picture in ("curves.png", "forces.png"):
        assert (out / picture).stat().st_size > 5000
    if can_draw():
        command = smoke(out)
        chains = table2.cells(command, ("ours",))
        summary = command.go(cell for chain in chains[("ours", "door")] for cell in chain)
        side_by_side(out, Cells(command), summary, "door", "0.05", size=64)
        assert (out / "door.mp4").stat().st_size > 1000


def test_numbers_of_several_seeds_are_added_up():
    found = {
        f"door/ours/noise-0.05/seed-{seed}/table2": {"successes": {"test": seed, "train": 0}, "episodes": 10 * seed}
        for seed in (1, 2)
    }
    assert tables.counted(found, "door", "ours", "0.05", "table2", "test") == (3, 30)
    assert tables.counted(found, "door", "ours", "0.05", "table1", "test") is None
    assert tables.table2(found).rows["Ours"]["door test"].ours == 0.1


def test_a_group_of_seeds_with_one_missing_is_not_counted():
    whole, torn = ([[Cell(f"{row}/seed-{seed}", "m:f")] for seed in (1, 2)] for row in "ab")
    summary = SimpleNamespace(results={"a/seed-1": {}, "a/seed-2": {}, "b/seed-1": {}})
    assert set(complete([whole, torn], summary)) == {"a/seed-1", "a/seed-2"}


def test_papers_numbers_have_the_shape_of_the_tables():
    assert all(len(row) == len(NOISES) for row in TABLE_1.values())
    assert all(len(row) == len(TASKS) for row in TABLE_2.values())
    assert set(TABLE_2) == set(METHODS)


def test_demonstrations_of_unknown_tasks_are_refused(tmp_path):
    with pytest.raises(OptionError, match="did you mean 'door'"):
        Cells(smoke(tmp_path, demonstrations=("dor=x.pickle",)))
    assert guarded(lambda: table1.main(smoke(tmp_path, demonstrations=("dor=x.pickle",)))) == 2


@pytest.mark.slow
def test_table_5_counts_all_rows_on_the_same_episodes(tmp_path):
    out = tmp_path / "poses"
    command = PosesCommand(preset="smoke", run=Options(out, workers=2))
    assert table5.main(command) == 0
    found = rows(out / "table5.csv")
    assert {row["row"] for row in found} == {"user alone (IK)", "Ours (experiment A.1)", "Ours (Est.)"}
    assert {row["column"] for row in found} == {"pen GT", "pen Est."}
    assert [float(row["paper"]) for row in found[:2]] == [0.0, 0.203]
    lines = results(out)
    counted = [line["result"] for name, line in lines.items() if name.endswith("/table5")]
    assert all(len(each) == 3 for result in counted for each in result["outcomes"].values())
    assert all(set(point) >= {"train", "test"} for point in lines["pen/ours/poses-est/seed-1/train"]["result"]["curve"])
    before = results(out)
    assert table5.main(command) == 0
    assert results(out) == before


def test_tables_of_poses_from_outcomes():
    made = {
        "pen/ik/poses-est/seed-1/table5": {"outcomes": {"gt": "0011", "est": "0001"}, "episodes": 4},
        "pen/ours/poses-est/seed-1/table5": {"outcomes": {"gt": "1111", "est": "0110"}, "episodes": 4},
        "pen/draws/seed-1": {kind: {"sequence": [0, 0, 1, 1]} for kind in ("gt", "est")},
        "pen/sequences": {"images": 9, "error_mm": 8.5, "gt_step_mm": 2.0, "est_step_mm": 3.0},
    }
    table = pose_tables.table5(made)
    assert table.rows["user alone (IK)"]["pen Est."].ours == 0.25
    assert table.rows["Ours (Est.)"]["pen GT"].ours == 1.0
    gain = pose_tables.gains(made).rows["Ours (Est.)"]["pen Est."]
    assert gain.ours == 0.25  # two gained, one lost, of four
    assert gain.interval.low < 0 < gain.interval.high
    assert pose_tables.errors(made).rows["pen"]["estimator's error (mm)"].paper == 7.74
    assert "to" in pose_tables.gains(made).markdown()
