"""Outcomes stay as they were found, without the machine, and documents follow them."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, replace

import pytest
from conftest import ROOT
from PIL import Image

from benchmarks import documents, published, shipped
from benchmarks.command import CellsCommand, TableCommand
from benchmarks.documents import filled, made
from benchmarks.runner import Cell, Options
from benchmarks.runner.results import Record
from hand_envs.errors import DatasetError, HandEnvsError, OptionError

COMMIT = "0123456789abcdef0123456789abcdef01234567"
RECORD = Record("b", "m:f", {"x": 1}, {}, {"n": 2}, 3.5, {"numpy": "2"}, COMMIT, "2026-01-01", 2, "a-host, node 1")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(published, "FOLDER", tmp_path)
    (tmp_path / "without_outcome.csv").write_text("table,row,column,ours,paper\n")
    return tmp_path


def residual(method: str, seed: int, successes: int, steps: int = 10) -> Record:
    name = f"door/{method}/noise-0.05/seed-{seed}/table1"
    options = {"config": {"seed": seed, "steps": steps}, "seed": 10_000 * seed}
    counts = {noise: successes for noise in ("0.00", "0.01", "0.05", "0.10", "0.15", "0.20")}
    return replace(RECORD, name=name, options=options, result={"successes": counts, "episodes": 100})


def test_records_come_back_in_order_and_without_the_machine(folder):
    path = published.publish("x", [RECORD, replace(RECORD, name="a")])
    assert list(published.published("x")) == ["a", "b"]
    assert published.published("x")["b"] == replace(RECORD, where="", attempts=1)
    assert "host" not in path.read_text()
    again = path.read_bytes()
    published.publish("x", [replace(RECORD, name="a"), RECORD])
    assert path.read_bytes() == again, "whatever the order they are given in"
    assert {each.suffix for each in folder.iterdir()} == {".csv", ".jsonl"}, "nothing is left beside it"


def test_paths_of_a_machine_do_not_leave_it(folder):
    options = {"demonstrations": "/home/me/door.pickle", "b": "../data/pen.pickle", "c": ["C:\\x\\y.h5"], "d": "a/b"}
    published.publish("x", [replace(RECORD, options=options)])
    kept = published.published("x")["b"].options
    assert kept == {"demonstrations": "door.pickle", "b": "pen.pickle", "c": ["y.h5"], "d": "a/b"}


def test_others_stay_and_equal_names_are_replaced(folder):
    published.publish("x", [RECORD, replace(RECORD, name="a")])
    published.publish("x", [replace(RECORD, result={"n": 7})])
    assert {name: each.result["n"] for name, each in published.published("x").items()} == {"a": 2, "b": 7}


def test_seeds_that_were_run_differently_do_not_stay_beside_new_ones(folder):
    published.publish("x", [residual("ours", 1, 50), residual("ours", 2, 60), residual("ik", 1, 10)])
    published.publish("x", [residual("ours", 3, 70)])
    assert len(published.published("x")) == 4, "another seed of the same"
    published.publish("x", [residual("ours", 1, 90, steps=20)])
    assert [name.split("/")[1:4:2] for name in published.published("x")] == [["ik", "seed-1"], ["ours", "seed-1"]]


@pytest.mark.parametrize(("commit", "state"), [(COMMIT + "+", "not committed"), (None, "outside of a repository")])
def test_what_no_commit_gives_again_is_refused_unless_allowed(commit, state, folder):
    dirty = replace(RECORD, commit=commit)
    with pytest.raises(OptionError, match=f"b was made .*{state}"):
        published.publish("x", [dirty])
    assert published.published("x") == {}
    published.publish("x", [dirty], uncommitted=True)
    assert published.published("x")["b"].commit == commit


def test_a_file_that_was_damaged_is_named(folder):
    (folder / "x.jsonl").write_text(json.dumps(asdict(RECORD)) + "\n{torn")
    with pytest.raises(DatasetError, match=r"Line 2 of .*x\.jsonl"):
        published.published("x")


def test_a_folder_that_cannot_be_written_is_said(folder, monkeypatch):
    monkeypatch.setattr(published, "FOLDER", folder / "absent")
    with pytest.raises(HandEnvsError, match="could not be written"):
        published.publish("x", [RECORD])


def test_a_command_publishes_what_it_has_finished(folder, tmp_path, monkeypatch):
    class Mine(CellsCommand):
        name = "mine"

    monkeypatch.setattr(published, "commit", lambda: COMMIT)
    monkeypatch.setattr("benchmarks.runner.schedule.commit", lambda: COMMIT)
    Mine(run=Options(tmp_path / "out"), publish=True).go([Cell("sum/one", "cell_jobs:add", {"a": 1, "b": 2})])
    assert published.published("mine")["sum/one"].result == {"sum": 3}
    monkeypatch.setattr(published, "commit", lambda: COMMIT + "+")
    with pytest.raises(OptionError, match="commit and run it anew"):
        Mine(run=Options(tmp_path / "never"), publish=True).go([])
    assert not (tmp_path / "never").exists(), "refused before anything runs"
    with pytest.raises(OptionError, match="smoke only shows"):
        TableCommand(preset="smoke", publish=True, uncommitted=True).go([])


def test_documents_say_what_was_published(folder):
    published.publish("residual", [residual("ours", seed, successes) for seed, successes in ((1, 80), (2, 91))])
    text = filled("above\n<!-- results: residual/table1 -->\ntyped by hand\n<!-- end -->\nbelow\n")
    assert "| trained at 0.05 | 86 (80-90) / 100 |" in text
    assert "at 0123456, seed 1, 2." in text
    assert text.startswith("above\n")
    assert text.endswith("<!-- end -->\nbelow\n")
    assert "typed by hand" not in text
    assert filled(text) == text
    published.publish("residual", [residual("ours", 1, 70), residual("ours", 2, 91)])
    assert filled(text) != text


def test_numbers_without_outcome_are_marked_until_there_is_one(folder):
    lines = "table,row,column,ours,paper\nresidual/table1,trained at 0.01,0.00,0.81,0.71\n"
    (folder / "without_outcome.csv").write_text(lines + "residual/table1,trained at 0.05,0.00,0.99,1\n")
    before = made("residual/table1")
    assert "| trained at 0.01 | **81**† / 71 |" in before
    assert "99† / 100" in before
    assert "† Only the number is kept" in before
    published.publish("residual", [residual("ours", 1, 80)])
    after = made("residual/table1")
    assert "**81**†" in after
    assert "99" not in after.split("†")[1].split("|")[0]
    assert "80 (71-87) / 100" in after


def test_what_was_never_counted_is_said():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(published, "FOLDER", ROOT / "tests")
        patch.setattr(documents, "_lost", lambda name: [])
        assert made("residual/table1") == (
            "Not in `benchmarks/results`: residual/table1. Run `python -m benchmarks.residual.table1 "
            "--demonstrations door=door-v0_demos.pickle --publish`."
        )


def test_an_agent_that_is_replaced_is_to_be_counted_again(folder):
    door = next(cell for cell in shipped.cells(shipped.Command()) if cell.name == "users/door/agent")
    result = {"successes": 9, "episodes": 10}
    same = replace(RECORD, name=door.name, job=door.job, options=dict(door.options), result=result)
    published.publish("shipped", [same])
    assert "| with agent | 90.0 (59.6-98.2) |" in made("shipped/users")
    assert "users/door/agent" not in made("shipped/users")
    published.publish("shipped", [replace(same, options={**door.options, "files": "others"})])
    assert "90.0" not in made("shipped/users")
    assert "Not in `benchmarks/results`: users/door/alone, users/door/agent" in made("shipped/users")


def test_marks_that_are_unknown_or_open_are_refused():
    with pytest.raises(DatasetError, match="did you mean 'residual/table1'"):
        filled("<!-- results: residual/tabel1 -->\n<!-- end -->")
    with pytest.raises(DatasetError, match="without '<!-- end -->'"):
        filled("<!-- results: residual/table1 -->\n")


def test_figures_are_drawn_anew_when_results_change(folder, tmp_path):
    pytest.importorskip("matplotlib")
    figure = documents.BLOCKS["throughput/speeds"]
    assert not figure.stale(tmp_path), "without results it stays as it is"
    assert "no longer kept" in made("throughput/speeds")
    (tmp_path / "docs").mkdir()
    result = {"env_id": "HandDoor-v0", "speeds": {"HandEnv": [1.0, 2.0]}, "memory_kib": 7.0, "targets": []}
    published.publish("throughput", [replace(RECORD, name="HandDoor-v0", result=result)])
    Image.new("RGB", (4, 4)).save(tmp_path / "docs" / "throughput.png")
    assert figure.stale(tmp_path)
    figure.redraw(tmp_path)
    assert not figure.stale(tmp_path)
    published.publish("throughput", [replace(RECORD, name="HandDoor-v0", result=result, finished="later")])
    assert figure.stale(tmp_path)
    assert "no longer kept" not in made("throughput/speeds")


def test_curves_are_not_drawn_of_users_alone(folder, tmp_path):
    published.publish("residual", [replace(residual("ik", 1, 60), name="door/ik/noise-0.05/seed-1/table2")])
    assert not documents.BLOCKS["residual/curves"].stale(tmp_path)
    assert "no longer kept" in made("residual/curves")


def test_what_is_published_here_is_whole():
    """Every line of the tracked results: from a commit, and with nothing of a machine."""
    for path in (ROOT / "benchmarks" / "results").glob("*.jsonl"):
        for record in published.published(path.stem).values():
            assert re.fullmatch("[0-9a-f]{40}", record.commit or ""), record.name
            assert record.where == ""
            assert record.versions
