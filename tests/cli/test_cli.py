"""The command line, as a user types it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time

import imageio.v3 as imageio
import numpy as np
import pytest
from conftest import ROOT, needs_gl

import hand_envs
from hand_envs.cli import main

COMMANDS = ("list", "info", "view", "record", "demos", "hand", "bench", "run", "doctor")


def run(capsys, *arguments: str) -> str:
    main(list(arguments))
    return capsys.readouterr().out


def fails(capsys, *arguments: str) -> str:
    with pytest.raises(SystemExit) as stopped:
        main(list(arguments))
    assert stopped.value.code not in (0, None)
    return capsys.readouterr().err


def test_help_names_every_command(capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["--help"])
    assert stopped.value.code == 0
    shown = capsys.readouterr().out
    assert all(command in shown for command in COMMANDS)


@pytest.mark.parametrize(
    "command", [*COMMANDS[:5], "doctor", "demos show", "demos check", "demos convert", "demos install"]
)
def test_every_command_has_help(capsys, command):
    with pytest.raises(SystemExit) as stopped:
        main([*command.split(), "--help"])
    assert stopped.value.code == 0
    assert "usage: hand-envs" in capsys.readouterr().out


def test_bench_help_is_that_of_the_benchmark():
    done = subprocess.run(
        [sys.executable, "-m", "hand_envs.cli", "bench", "--help"], capture_output=True, text=True, timeout=60, cwd=ROOT
    )
    assert "--rounds" in done.stdout


def test_run_lists_agents_and_benchmarks_and_refuses_others(capsys):
    names = run(capsys, "run").split()
    assert {"agents.ppo_gail", "agents.dapg.play", "benchmarks.throughput"} <= set(names)
    assert "did you mean 'agents.planner'" in fails(capsys, "run", "agents.planer")


def test_help_does_not_import_what_is_slow():
    code = (
        "import sys, hand_envs.cli as cli\n"
        "try: cli.main(['--help'])\n"
        "except SystemExit: pass\n"
        "print([m for m in ('torch', 'minari', 'imageio', 'matplotlib', 'stable_baselines3') if m in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout.splitlines()[-1] == "[]", done.stderr


def test_list(capsys):
    found = json.loads(run(capsys, "list", "--json"))
    assert [each["id"] for each in found] == list(hand_envs.IDS)
    assert "HandDoor-v0" in run(capsys, "list")


@pytest.mark.parametrize("env_id", hand_envs.IDS)
def test_info(capsys, env_id):
    shown = run(capsys, "info", env_id)
    assert "float64[" in shown
    actuator = {"mpl": "A_index_MCP", "dash": "index_curl"}.get(hand_envs.registry.entry(env_id).hand, "A_FFJ3")
    assert actuator in shown
    found = json.loads(run(capsys, "info", env_id, "--json"))
    assert found["id"] == env_id
    assert len(found["actuators"]) == found["actions"]
    assert "## Rewards" in found["documentation"]
    assert "docs/environments" in run(capsys, "info", env_id)


def test_unknown_ids_are_answered_with_the_nearest(capsys):
    assert "did you mean 'HandDoor-v0'" in fails(capsys, "info", "HandDor-v0")
    assert "HandDoor" in fails(capsys, "record", "HandDor-v0", "a.mp4")


@needs_gl
def test_doctor_finds_this_machine_well(capsys):
    findings = {each["what"]: each for each in json.loads(run(capsys, "doctor", "--json"))}
    assert findings["GL"]["fine"]
    assert findings["mujoco"]["detail"].startswith("4")


def test_doctor_tells_what_is_broken(capsys, monkeypatch):
    monkeypatch.setenv("MUJOCO_GL", "nonsense")
    with pytest.raises(SystemExit) as stopped:
        main(["doctor", "--json"])
    assert stopped.value.code == 1
    findings = {each["what"]: each for each in json.loads(capsys.readouterr().out)}
    assert findings["GL"]["fine"] is False
    assert "osmesa" in findings["GL"]["remedy"]


@pytest.mark.parametrize("backend", ["nonsense", "osmesa"])
def test_doctor_says_what_is_wrong_with_gl_from_the_start(backend):
    """MuJoCo cannot even be imported with a backend that it does not know or find."""
    command = [sys.executable, "-m", "hand_envs.cli", "doctor", "--gl", "--json"]
    environment = {**os.environ, "MUJOCO_GL": backend, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120)
    assert "Traceback" not in done.stderr
    (finding,) = json.loads(done.stdout)
    if backend == "nonsense":
        assert done.returncode == 1
        assert "Unknown MUJOCO_GL" in finding["remedy"]
    else:  # it may be installed
        assert finding["fine"] or "libosmesa6" in finding["remedy"]


def test_doctor_looks_at_the_data_folder(capsys, monkeypatch, tmp_path):
    (tmp_path / "dapg").mkdir()
    (tmp_path / "dapg" / "pen-v0_demos.pickle").touch()
    monkeypatch.setenv("HAND_ENVS_DATA", str(tmp_path))
    from hand_envs.cli.doctor import _data

    assert "dapg/pen-v0_demos.pickle" in _data()[-1].detail
    monkeypatch.setenv("HAND_ENVS_DATA", str(tmp_path / "absent"))
    assert _data()[-1].fine is False


@needs_gl
@pytest.mark.parametrize("policy", ["random", "zero", "file", "module"])
def test_record_a_policy(capsys, tmp_path, policy, monkeypatch):
    (tmp_path / "mine.py").write_text("import numpy as np\ndef act(observation): return np.full(24, 0.1)\n")
    monkeypatch.syspath_prepend(tmp_path)
    chosen = {"file": str(tmp_path / "mine.py"), "module": "mine:act"}.get(policy, policy)
    small = ("--width", "32", "--height", "32", "--no-pretty", "--every", "20")
    shown = run(capsys, "record", "HandPen-v0", str(tmp_path / "pen.mp4"), "--policy", chosen, *small)
    assert "success at the end" in shown
    assert imageio.imread(tmp_path / "pen.mp4").shape[1:] == (32, 32, 3)


def test_policies_that_are_not_there(capsys, tmp_path):
    for policy in ("nonsense", "absent.py", "numpy:no_such_function"):
        assert "No policy" in fails(capsys, "record", "HandPen-v0", "a.mp4", "--policy", policy)


@needs_gl
def test_videos_that_cannot_be_written_are_not_claimed(capsys, tmp_path):
    small = ("--width", "32", "--height", "32", "--no-pretty", "--every", "50")
    assert ".mp4 or .gif" in fails(capsys, "record", "HandPen-v0", str(tmp_path / "video"), *small)
    (tmp_path / "file").touch()
    assert "cannot be written" in fails(capsys, "record", "HandPen-v0", str(tmp_path / "file" / "a.mp4"), *small)
    assert "at least 1" in fails(capsys, "record", "HandPen-v0", "a.mp4", "--episodes", "0")
    assert "not both" in fails(capsys, "record", "HandPen-v0", "a.mp4", "--policy", "zero", "--demos", "x")


@needs_gl
def test_demonstrations_from_the_first_look_to_a_video(capsys, tmp_path, human_door):
    assert "25 demonstrations of HandDoor-v0, 6729 steps" in run(capsys, "demos", "show", str(human_door))
    with pytest.raises(SystemExit):
        main(["demos", "check", str(human_door), "--reward", "paper"])
    assert "0 of 25 reproduced, 20 of 25 successful at the end" in capsys.readouterr().out
    converted = ("demos", "convert", str(human_door), "hand/door-human-v0", "--root", str(tmp_path), "--resimulate")
    assert "25 demonstrations" in run(capsys, *converted)
    folder = str(tmp_path / "hand" / "door-human-v0")
    assert "25 of 25 reproduced" in run(capsys, "demos", "check", folder)
    small = ("--width", "32", "--height", "32", "--no-pretty", "--every", "50", "--reward", "paper")
    shown = run(capsys, "record", "HandDoor-v0", str(tmp_path / "d.mp4"), "--demos", folder, *small)
    assert "success at the end: yes" in shown


def test_view_needs_a_display(capsys, monkeypatch):
    if not sys.platform.startswith("linux"):
        pytest.skip("only Linux can lack a display")
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    assert "needs a display" in fails(capsys, "view", "HandDoor-v0")


def test_view_shows_every_step(monkeypatch):
    """With a stand-in for the window: what it is shown, and that closing it ends the command."""
    shown = []

    class Pane:
        def __init__(self, sim):
            self.sim = sim

        def show(self, index):
            shown.append(self.sim.qpos[index].copy())

        @property
        def is_open(self):
            return len(shown) < 20

        def close(self):
            shown.append("closed")

    monkeypatch.setattr("hand_envs.cli.watch.Window", Pane)
    monkeypatch.setattr(time, "sleep", lambda seconds: None)
    main(["view", "HandDoor-v0"])
    assert shown.pop() == "closed"
    assert len(np.unique(np.stack(shown), axis=0)) == 20
