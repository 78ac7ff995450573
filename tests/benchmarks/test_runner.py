"""Cells run once, resume, and fail alone."""

from __future__ import annotations

import errno
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from contextlib import suppress

import pytest
from cell_commands import command, wait_for
from conftest import ROOT

from benchmarks.runner import Cell, Options, run
from benchmarks.runner import results as results_module
from benchmarks.runner.folders import pack, prepare, unpack
from benchmarks.runner.progress import CellProgress
from hand_envs.errors import DatasetError, HandEnvsError, OptionError
from hand_envs.files.lock import alone_in

ADD = Cell("sum/one", "cell_jobs:add", {"a": 1, "b": 2})


@pytest.fixture
def options(tmp_path) -> Options:
    return Options(out=tmp_path / "out", workers=2)


def lines(options) -> list[dict]:
    return [json.loads(line) for line in (options.out / "results.jsonl").read_text().splitlines()]


def calls(options, name: str) -> int:
    return len((options.out / "cells" / name / "calls.txt").read_text().splitlines())


def test_finished_cells_are_not_run_again(options):
    first = run([ADD], options)
    again = run([ADD, Cell("sum/two", "cell_jobs:add", {"a": 1, "b": 3})], options)
    assert first.exit_code == again.exit_code == 0
    assert again.results == {"sum/one": {"sum": 3}, "sum/two": {"sum": 4}}
    assert calls(options, "sum/one") == 1
    assert [line["name"] for line in lines(options)] == ["sum/one", "sum/two"]


def test_a_line_says_how_its_result_came_about(options):
    run([ADD], options)
    (line,) = lines(options)
    assert (line["job"], line["options"], line["result"]) == (ADD.job, {"a": 1, "b": 2}, {"sum": 3})
    assert line["attempts"] == 1
    assert 0 <= line["seconds"] < 60
    assert {"mujoco", "numpy"} <= line["versions"].keys()
    head = subprocess.run(["git", "-C", ROOT, "rev-parse", "HEAD"], capture_output=True, text=True).stdout.strip()
    assert (line["commit"] or "").rstrip("+") == head


def test_of_options_within_options_only_those_that_differ_are_named():
    before = {"config": {"steps": 7, "options": {"noise": 0.1, "split": "test"}}, "episodes": 3}
    record = results_module.Record("x", ADD.job, before, {}, {}, 0.0, {}, None, "")
    now = {"config": {"steps": 8, "options": {"noise": 0.2, "split": "test"}}, "episodes": 3}
    change = record.changed(Cell("x", ADD.job, now), {})
    assert change == "config.options.noise was 0.1, is 0.2; config.steps was 7, is 8"


def test_changed_options_are_run_anew_and_their_checkpoints_kept_aside(options, capsys):
    run([ADD], options)
    changed = run([Cell(ADD.name, ADD.job, {"a": 1, "b": 5})], options)
    assert changed.results == {"sum/one": {"sum": 6}}
    assert "sum/one runs anew: b was 2, is 5." in capsys.readouterr().out
    assert calls(options, "sum/one") == 1, "the new run found the old one's files"
    assert (options.out / "replaced" / "sum/one" / "1" / "calls.txt").exists()
    assert len(run([Cell(ADD.name, ADD.job, {"a": 1, "b": 5})], options).results) == 1
    assert len(lines(options)) == 2


def chain(seed: int) -> list[Cell]:
    return [
        Cell("evaluate", "cell_jobs:evaluate", {"episodes": 2}, after=("train/a", "train/b")),
        Cell("train/a", "cell_jobs:train", {"seed": seed}),
        Cell("train/b", "cell_jobs:train", {"seed": 2}),
    ]


def test_a_cell_has_results_and_files_of_those_it_comes_after_in_any_order(options, tmp_path):
    expected = {"weights": {"train/a": "10", "train/b": "20"}, "seeds": 6}
    summary = run(chain(1), options)
    assert summary.results["evaluate"] == expected
    assert summary.results["train/a"]["mean"] == 0.5, "NumPy's numbers are written as JSON's"
    reverse = run(chain(1)[::-1], Options(out=tmp_path / "reverse", workers=1))
    assert reverse.results == summary.results


def test_what_ends_something_begun_comes_first(tmp_path):
    alone = Options(out=tmp_path, workers=1)
    run([ADD, *chain(1), Cell("sum/two", ADD.job, {"a": 1, "b": 3})], alone)
    order = [line["name"] for line in lines(alone)]
    assert order.index("evaluate") < order.index("sum/two")


def test_a_cell_follows_those_it_comes_after_when_they_change(options):
    run(chain(1), options)
    changed = run(chain(7), options)
    assert changed.results["evaluate"]["weights"] == {"train/a": "70", "train/b": "20"}
    assert [line["name"] for line in lines(options)].count("train/b") == 1


def test_a_torn_line_is_cut_off_and_its_cell_runs_again(options, capsys):
    cells = [ADD, Cell("sum/two", "cell_jobs:add", {"a": 1, "b": 3})]
    run(cells, Options(out=options.out, workers=1))
    path = options.out / "results.jsonl"
    path.write_bytes(path.read_bytes()[:-20])
    assert run(cells, options).results == {"sum/one": {"sum": 3}, "sum/two": {"sum": 4}}
    assert "torn by a crash" in capsys.readouterr().out
    assert [line["name"] for line in lines(options)] == ["sum/one", "sum/two"], "every line is whole"
    assert (calls(options, "sum/one"), calls(options, "sum/two")) == (1, 2)


def test_a_last_line_without_its_end_is_whole(options):
    run([ADD], options)
    path = options.out / "results.jsonl"
    path.write_bytes(path.read_bytes()[:-1])
    run([ADD, Cell("sum/two", "cell_jobs:add", {"a": 1, "b": 3})], options)
    assert [line["name"] for line in lines(options)] == ["sum/one", "sum/two"]


def test_a_line_of_something_else_is_named(options):
    options.out.mkdir()
    (options.out / "results.jsonl").write_text('{"name": "x"}\n')
    with pytest.raises(DatasetError, match=r"Line 1 of .*results.jsonl is not a cell's result"):
        run([ADD], options)


def test_a_killed_cell_is_run_again_with_its_checkpoints(options):
    summary = run([Cell("killed", "cell_jobs:once_killed"), ADD], options)
    assert summary.results == {"killed": {"resumed": True}, "sum/one": {"sum": 3}}
    assert {name: record.attempts for name, record in summary.records.items()} == {"killed": 2, "sum/one": 1}


def test_a_cell_killed_every_time_is_given_up(options):
    summary = run([Cell("killed", "cell_jobs:always_killed")], options)
    assert summary.exit_code == 1
    assert "Given up after 3 attempts. It was killed (SIGKILL)" in summary.failed["killed"]
    assert summary.failed["killed"].count("a few words before the end") == 3


def test_a_failing_cell_stops_only_those_after_it(tmp_path):
    with command("cells_with_a_failure", tmp_path) as process:
        printed = process.communicate(timeout=60)[0]
    assert process.returncode == 1
    traceback = (tmp_path / "failures" / "bad" / "one.txt").read_text()
    assert 'raise ValueError("no such door")' in traceback
    assert "bad/one failed: ValueError: no such door" in printed
    assert "then was not run: it comes after bad/one." in printed
    assert "at-last was not run: it comes after then." in printed
    assert "1 of 4 cells are done" in printed
    assert "-m benchmarks.runner cell_jobs:cells_with_a_failure --workers 2" in printed, "how to run the rest"
    assert [json.loads(line)["name"] for line in (tmp_path / "results.jsonl").open()] == ["fine"]


def test_a_cell_that_no_longer_fails_leaves_no_traceback(options):
    run([Cell("x", "cell_jobs:fail")], options)
    assert (options.out / "failures" / "x.txt").exists()
    assert run([Cell("x", "cell_jobs:add", {"a": 1, "b": 1})], options).exit_code == 0
    assert not (options.out / "failures" / "x.txt").exists()


def test_what_a_job_must_not_return_and_a_job_that_is_not_there(options):
    summary = run([Cell("odd", "cell_jobs:odd"), Cell("absent", "cell_jobs:ad")], options)
    assert "What cell_jobs:odd returned cannot be written as JSON" in summary.failed["odd"]
    assert "No such function in cell_jobs: got 'ad'; did you mean 'add'?" in summary.failed["absent"]


def test_ctrl_c_lets_jobs_write_checkpoints_and_the_same_command_goes_on(tmp_path):
    with command("cells_to_interrupt", tmp_path) as process:
        pids = [int(wait_for(tmp_path / name, process)) for name in ("one", "two")]
        process.send_signal(signal.SIGINT)
        printed = process.communicate(timeout=30)[0]
    assert process.returncode == 130
    assert "Interrupted. What is finished is kept.\nTo run the rest: " in printed
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
    assert [json.loads(line)["name"] for line in (tmp_path / "results.jsonl").open()] == ["quick"]
    with command("cells_to_interrupt", tmp_path) as again:
        again.communicate(timeout=60)
    assert again.returncode == 0
    results = {line["name"]: line["result"] for line in map(json.loads, (tmp_path / "results.jsonl").open())}
    assert results == {"quick": {"sum": 3}, "long/one": {"resumed": True}, "long/two": {"resumed": True}}


def test_jobs_stop_when_the_runner_is_killed(tmp_path):
    with command("cells_to_interrupt", tmp_path) as process:
        wait_for(tmp_path / "one", process)
        with pytest.raises(OptionError, match="Another run is at work"):
            run([ADD], Options(out=tmp_path))
        process.kill()
        process.communicate()
    checkpoint, until = tmp_path / "cells" / "long" / "one" / "checkpoint", time.monotonic() + 30
    while not checkpoint.exists():
        assert time.monotonic() < until, "the job did not notice"
        time.sleep(0.05)


def test_a_job_has_one_thread_unless_it_asks_how_many_are_its_own(tmp_path):
    cell = Cell("where", "cell_jobs:surroundings")
    summary = run([cell], Options(out=tmp_path, workers=1, nthread=3))
    assert summary.results["where"] == {"nthread": 3, "omp": "1"}


def test_a_full_disk_is_said_and_loses_nothing(options, monkeypatch):
    run([ADD], options)

    def full(descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    cells = [ADD, Cell("sum/two", "cell_jobs:add", {"a": 1, "b": 3})]
    with monkeypatch.context() as patch:
        patch.setattr(results_module.os, "fsync", full)
        with pytest.raises(HandEnvsError, match="Cannot write .*results.jsonl: No space left on device"):
            run(cells, options)
    assert [line["name"] for line in lines(options)] == ["sum/one"]
    assert len(run(cells, options).results) == 2


def test_a_second_run_in_a_folder_is_refused(options):
    with alone_in(options.out, ""), pytest.raises(OptionError, match="Another run is at work in"):
        run([ADD], options)


def test_a_machine_without_locks_runs_cells(options, monkeypatch):
    monkeypatch.setitem(sys.modules, "fcntl", None)  # as on Windows
    assert len(run([], options).results) == 0


def test_a_folder_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(HandEnvsError, match="file cannot be written to: "):
        run([ADD], Options(out=tmp_path / "file"))


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        (lambda: [Cell("../up", "m:f")], "cannot be a file's"),
        (lambda: [Cell("a//b", "m:f")], "cannot be a file's"),
        (lambda: [Cell("a", "m.f")], "package.module:function"),
        (lambda: [Cell("a", "m:f", {"folder": 1})], "the runner itself passes 'folder'"),
        (lambda: [Cell("a", "m:f", {"x": {1, 2}})], "options of cell a cannot be written as JSON"),
        (lambda: [Cell("a", "m:f"), Cell("a", "m:g")], "Two cells have the name 'a'"),
        (lambda: [Cell("a", "m:f"), Cell("a/b", "m:f")], "within that of cell 'a'"),
        (lambda: [Cell("a", "m:f", after=("b",)), Cell("bb", "m:f")], "did you mean 'bb'"),
        (lambda: [Cell("a", "m:f", after=("b",)), Cell("b", "m:f", after=("a",))], "circle: .* -> "),
    ],
)
def test_cells_that_cannot_be_run_are_refused(cells, message, options):
    with pytest.raises(OptionError, match=message):
        run(cells(), options)


def test_a_folder_travels_whole_and_no_further(tmp_path):
    source, target = tmp_path / "source", tmp_path / "target"
    (source / "deep").mkdir(parents=True)
    (source / "deep" / "file").write_bytes(b"\x00\xff")
    (source / "link").symlink_to("/etc/passwd")
    target.mkdir()
    (target / "old").touch()
    unpack(pack(source, 1), target, 1)
    assert [str(path.relative_to(target)) for path in sorted(target.rglob("*"))] == ["deep", "deep/file"]
    assert (target / "deep" / "file").read_bytes() == b"\x00\xff"
    (source / "large").write_bytes(bytes(2**20))
    with pytest.raises(DatasetError, match="holds 1.0 MiB, and at most 1 travel"):
        pack(source, 1)
    with pytest.raises(DatasetError, match="more than 1 MiB: refused"):
        unpack(pack(source, 2), target, 1)


@pytest.mark.parametrize("at", range(12))
def test_a_kill_while_a_folder_comes_back_leaves_what_was_there(at, tmp_path, monkeypatch):
    """At any change of the disk: the cell that runs again finds its last checkpoint, or the one that came back."""

    class KilledError(BaseException):
        pass

    source, calls = tmp_path / "source", []
    source.mkdir()
    (source / "checkpoint").write_text("new")
    folder = prepare(tmp_path, ADD, {})
    shutil.copy(folder / "cell.json", source)
    packed = pack(source, 1)
    (folder / "checkpoint").write_text("old")

    def dying(original):
        def call(*args, **options):
            calls.append(original)
            if len(calls) > at:
                raise KilledError
            return original(*args, **options)

        return call

    with monkeypatch.context() as patch:
        for module, name in ((os, "replace"), (os, "mkdir"), (os, "fsync"), (os, "unlink"), (shutil, "rmtree")):
            patch.setattr(module, name, dying(getattr(module, name)))
        with suppress(KilledError):
            unpack(packed, folder, 1)
    assert (prepare(tmp_path, ADD, {}) / "checkpoint").read_text() in ("old", "new")


@pytest.mark.parametrize("name", ["../outside", "/outside", "a/../../outside", "C:outside", "..\\outside"])
def test_packed_files_do_not_leave_their_folder(name, tmp_path):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(name, "x")
    with pytest.raises(DatasetError, match="lies outside of it"):
        unpack(packed.getvalue(), tmp_path / "in" / "cell", 1)
    assert not list(tmp_path.rglob("outside"))


def test_progress_tells_done_running_and_left(monkeypatch):
    from rich.console import Console

    now = [100.0]
    monkeypatch.setattr("benchmarks.runner.progress.time.monotonic", lambda: now[0])
    plain = CellProgress(5, 1, Console(file=io.StringIO(), width=100))
    with plain:
        now[0] += 10
        plain.finished("door/seed-1", 9.5, ["door/seed-2"])
    assert plain.console.file.getvalue() == "[2/5] door/seed-1: 9.5 s, about 0:00:30 left\n"
    terminal = CellProgress(5, 1, Console(file=io.StringIO(), width=100, force_terminal=True))
    with terminal:
        now[0] += 10
        terminal.finished("door/seed-1", 9.5, ["door/seed-2", "door/seed-3"])
        terminal._bar.refresh()
    shown = terminal.console.file.getvalue()
    assert "running: door/seed-2, door/seed-3" in shown
    assert "2/5" in shown
    assert "about 0:00:30 left" in shown
