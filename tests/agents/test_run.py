"""A run in a folder: killed or out of disk at any write, or shared by two processes; nothing noted is lost."""

from __future__ import annotations

import errno
import json
import os
import random
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import gymnasium as gym
import numpy as np
import pytest
from conftest import ROOT

pytest.importorskip("stable_baselines3", reason="agents need the extra: pip install 'hand-envs[agents]'")
import tiny_agent

from agents.common import checkpoints
from agents.common.agent import SavedPolicy
from agents.common.evaluation import Outcome
from agents.common.run import RunFolder
from hand_envs.errors import DatasetError, HandEnvsError, OptionError
from hand_envs.files import atomic

PARTS = {"config.json": {}}
SUCCESS = {step: success for step, success in enumerate([0.2, 0.8, 0.5, 0.8, 0.1])}


class Killed(BaseException):
    """Stands for the end of the process: from then on it does nothing to the disk any more."""


def interrupt(monkeypatch, at: int, error: BaseException) -> list[str]:
    """Have the `at`-th change of the disk fail, and all that come after; returns what was called."""
    called: list[str] = []

    def guarded(name, original):
        def call(*args, **options):
            called.append(name)
            if len(called) > at:
                raise error
            return original(*args, **options)

        return call

    for name in ("replace", "mkdir"):
        monkeypatch.setattr(os, name, guarded(name, getattr(os, name)))
    monkeypatch.setattr(os, "fsync", guarded("fsync", lambda descriptor: None))  # slow, and of no matter here
    if isinstance(error, Killed):  # a full disk still deletes
        for module, name in ((os, "rmdir"), (os, "unlink"), (shutil, "rmtree")):
            monkeypatch.setattr(module, name, guarded(name, getattr(module, name)))
    return called


@pytest.fixture(autouse=True)
def _no_flushing(monkeypatch):
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)


def attempt(change: Callable[[], object]) -> None:
    """Change the folder, or be stopped by what is an error of this project if it is one at all."""
    try:
        change()
    except Killed:
        return
    except HandEnvsError as error:
        cause = str(error)
    else:
        return
    assert "No space left" in cause


def note(step: int) -> dict:
    return {"steps": step, "test": {"success": SUCCESS[step]}}


def go_on(folder: Path, until: int, config) -> None:
    """What a training does to its folder, from where it was."""
    run = RunFolder(folder)
    with run.alone():
        run.check(config, resume=True)
        latest = run.latest()
        step = int(latest.name) if latest else -1
        notes = run.notes(step)
        run.write_config(config)
        run.write_progress(notes)
        run.prepared("pairs", lambda: {"states": np.ones(3)})
        while step < until:
            step += 1
            parts = {"config.json": config.as_data(), "progress.json": {"steps": step}}
            run.keep_best(SUCCESS[step], step, parts, notes)
            notes = [*notes, note(step)]
            run.keep(step, parts, notes)


def noted(folder: Path) -> list[int]:
    path = folder / "progress.jsonl"
    return [json.loads(line)["steps"] for line in path.read_text().splitlines()] if path.exists() else []


def best(folder: Path) -> float:
    run = RunFolder(folder)
    with run.alone():
        path = run.best / "outcome.json"
        return json.loads(path.read_text())["success"] if path.exists() else -1.0


@pytest.mark.parametrize("error", [Killed(), OSError(errno.ENOSPC, "No space left on device")], ids=["kill", "disk"])
def test_an_interruption_at_any_write_loses_nothing_that_was_noted(tmp_path, error):
    config, at = tiny_agent.Config(), 0
    while True:
        folder = tmp_path / str(at)
        go_on(folder, 1, config)
        before = noted(folder)
        with pytest.MonkeyPatch.context() as patch:
            called = interrupt(patch, at, error)
            attempt(partial(go_on, folder, 3, config))
        after = noted(folder)
        assert after[: len(before)] == before
        assert best(folder) >= max(SUCCESS[step] for step in after)
        go_on(folder, 4, config)
        assert noted(folder) == [0, 1, 2, 3, 4]
        assert best(folder) == max(SUCCESS.values())
        assert [path.name for path in folder.rglob(".*")] == [], "nothing half done stays"
        if len(called) <= at:
            break
        shutil.rmtree(folder)
        at += 1
    assert at > 30


def test_torn_lines_of_older_runs_are_dropped(tmp_path):
    lines = [json.dumps(note(0)), '{"steps": 1, "test": {"succ}', json.dumps(note(2)), '{"steps": "3"}', "[1]", '{"st']
    (tmp_path / "progress.jsonl").write_text("\n".join(lines))
    assert [each["steps"] for each in RunFolder(tmp_path).notes(10)] == [0, 2]
    assert [each["steps"] for each in RunFolder(tmp_path).notes(1)] == [0]


def test_a_second_process_is_refused(tmp_path):
    first, second = RunFolder(tmp_path), RunFolder(tmp_path)
    with first.alone():
        code = f"from agents.common.run import RunFolder\nwith RunFolder({str(tmp_path)!r}).alone(): pass"
        other = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120)
        assert "Another process is training in" in other.stderr
        with pytest.raises(OptionError, match="Another process is training in"), second.alone():
            pass
    with second.alone():
        pass


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(DatasetError, match=r"file/run cannot be written to: .* Choose another folder"):
        tiny(tmp_path / "file" / "run").run()


# --- whole trainings, on an environment that costs nothing -----------------------------------------------------------


class Point(gym.Env):
    """To hold a point at 0."""

    observation_space = gym.spaces.Box(-10.0, 10.0, (1,), np.float32)
    action_space = gym.spaces.Box(-1.0, 1.0, (1,), np.float32)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.at, self.left = np.float32(self.np_random.uniform(-1, 1)), 5
        return np.array([self.at], np.float32), {}

    def step(self, action):
        self.at, self.left = np.float32(self.at + 0.5 * action[0]), self.left - 1
        near = bool(abs(self.at) < 0.4)
        return np.array([self.at], np.float32), -abs(float(self.at)), False, self.left == 0, {"is_success": near}


@pytest.fixture(autouse=True, scope="module")
def point():
    gym.register("Point-v0", Point)
    yield
    gym.registry.pop("Point-v0")


def tiny(folder: Path, **changes) -> tiny_agent.Training:
    config = tiny_agent.Config.configured(**{**tiny_agent.Config.tiny, "env": "Point-v0", **changes})
    return tiny_agent.Training(config, folder, True, evaluate_every=16, episodes=4)


@pytest.mark.parametrize("error", [Killed(), OSError(errno.ENOSPC, "No space left on device")], ids=["kill", "disk"])
def test_a_training_interrupted_at_some_writes_always_goes_on(tmp_path, error):
    with pytest.MonkeyPatch.context() as patch:
        writes = len(interrupt_and_train(patch, tmp_path / "whole", 10**9, error))
    for at in random.Random(1).sample(range(writes), 8):
        folder = tmp_path / str(at)
        for later in (0, 7):  # the second time within the resumed run
            before, good = noted(folder), best(folder)
            with pytest.MonkeyPatch.context() as patch:
                interrupt_and_train(patch, folder, at + later, error)
            assert noted(folder)[: len(before)] == before
            assert best(folder) >= good
        good = best(folder)
        training = tiny(folder)
        training.run()
        assert training.steps == 32
        assert noted(folder) == [16, 32]
        assert best(folder) >= max(each["test"]["success"] for each in training.notes) >= good - 1
        tiny_agent.Agent.load(folder / "agent"), tiny_agent.Agent.load(folder / "best")


def interrupt_and_train(patch, folder: Path, at: int, error: BaseException) -> list[str]:
    training = tiny(folder)
    called = interrupt(patch, at, error)
    attempt(training.run)
    return called


@pytest.mark.slow
def test_a_real_kill_at_any_time(tmp_path):
    code = (
        f"import sys; sys.path[:0] = [{str(Path(__file__).parent)!r}, {str(Path(__file__).parents[1])!r}]\n"
        "import test_run, gymnasium as gym; gym.register('Point-v0', test_run.Point)\n"
        f"run = test_run.tiny(test_run.Path({str(tmp_path)!r}), steps=100_000)\n"
        "run.watch = lambda batch: print(batch['steps'], flush=True)\nrun.run()"
    )
    draw, steps = random.Random(0), 0
    for _ in range(12):
        with subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True) as run:
            for _ in range(draw.randrange(1, 5)):  # batches, and a part of one
                assert run.stdout.readline()
            with pytest.raises(subprocess.TimeoutExpired):
                run.wait(draw.uniform(0.0, 0.02))
            run.send_signal(signal.SIGKILL)
        before, good = noted(tmp_path), best(tmp_path)
        with tiny(tmp_path, steps=100_000).open():
            assert noted(tmp_path)[: len(before)] == before
            assert len(noted(tmp_path)) >= steps
            steps = len(before)
        assert best(tmp_path) >= good
    assert steps > 0


def test_an_agent_is_read_after_a_kill_between_the_two_renames(tmp_path):
    best = tiny(tmp_path).run().with_name("best")
    observation = np.linspace(-1, 1, 5)[:, None]
    before = tiny_agent.Agent.load(best)(observation)
    with pytest.MonkeyPatch.context() as patch:
        replace = os.replace

        def until_the_second(source, target):
            if ".making" in str(source):
                raise Killed
            replace(source, target)

        patch.setattr(os, "replace", until_the_second)
        patch.setattr(atomic, "recover_folder", Path)  # the process is no more
        patch.setattr(shutil, "rmtree", lambda *_, **__: None)
        with pytest.raises(Killed):
            checkpoints.write(best, {"config.json": {}})
    assert not best.exists()
    np.testing.assert_array_equal(tiny_agent.Agent.load(best)(observation), before)
    np.testing.assert_array_equal(SavedPolicy.load(best)(observation), before)
    assert checkpoints.read(best, "outcome.json")["steps"] > 0
    assert not best.exists(), "only who has the lock moves it back"
    with RunFolder(tmp_path).alone():
        assert best.exists()


def test_what_was_prepared_is_not_prepared_again(tmp_path, monkeypatch):
    made = []

    def teach(self):
        made.append("taught")

    def prepare(self):
        self.records.prepared("pairs", lambda: made.append("prepared") or {"states": np.ones(3)})

    monkeypatch.setattr(tiny_agent.Training, "prepare", prepare)
    monkeypatch.setattr(tiny_agent.Training, "teach", lambda self: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        tiny(tmp_path).run()
    monkeypatch.setattr(tiny_agent.Training, "teach", teach)
    with tiny(tmp_path).open():
        pass
    tiny(tmp_path).run()
    assert made == ["prepared", "taught"]


def test_the_best_agent_stays_where_a_later_one_is_worse(tmp_path, monkeypatch):
    rates = iter([0.5, 0.9, 0.1, 0.3])

    def run(self, act):
        return Outcome(np.array([next(rates)]), np.zeros(1), np.zeros(1), np.zeros(1), np.zeros(1, bool))

    monkeypatch.setattr("agents.common.evaluation.Evaluation.run", run)
    tiny(tmp_path).run()
    assert best(tmp_path) == 0.9
    (tmp_path / "progress.jsonl").unlink()
    tiny(tmp_path, steps=64).run()
    assert best(tmp_path) == 0.9
    assert noted(tmp_path) == [16, 32, 48, 64], "the checkpoint has the notes too"
