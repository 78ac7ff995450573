"""The rules of the house that a machine can check: which way imports run, and what `hand_envs` does without."""

from __future__ import annotations

import ast
import inspect
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from conftest import ROOT

from hand_envs import HandEnv, HandVectorEnv
from hand_envs.tasks.entry import FACE_OPTIONS

SUITE = ROOT / "hand_envs"

PAGE = (ROOT / "docs" / "architecture.md").read_text()
# From what a user names down to what moves bodies, as the page draws them. A room may import what is on the floors
# below it, and itself.
FLOORS = tuple(set(floor.split(", ")) for floor in PAGE.split("```")[3].strip().splitlines())
NEVER = {"torch", "stable_baselines3", "sb3_contrib", "imitation", "agents", "benchmarks"}


def imported(path: Path) -> set[str]:
    """Modules a file names in its imports, wherever in it they are."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def room(path: Path) -> str:
    return path.relative_to(SUITE).parts[0].removesuffix(".py")


FILES = [path for path in SUITE.rglob("*.py") if room(path) != "__init__"]


def below(room: str) -> set[str]:
    """The rooms that a room may import from."""
    floor = next(number for number, rooms in enumerate(FLOORS) if room in rooms)
    return {room}.union(*FLOORS[floor + 1 :])


@pytest.mark.parametrize("path", FILES, ids=[str(path.relative_to(ROOT)) for path in FILES])
def test_imports_run_one_way(path):
    ours = {name.split(".")[1] for name in imported(path) if name.startswith("hand_envs.")}
    beyond = ours - below(room(path))
    assert not beyond, f"{path.name} is in {room(path)}, which may not import {beyond}"


@pytest.mark.parametrize("path", FILES, ids=[str(path.relative_to(ROOT)) for path in FILES])
def test_the_suite_never_imports_an_agent(path):
    assert not {name.split(".")[0] for name in imported(path)} & NEVER


def test_the_suite_imports_without_torch_or_a_display():
    code = (
        "import sys\n"
        "for name in ('torch', 'stable_baselines3', 'sb3_contrib', 'imitation'): sys.modules[name] = None\n"
        "import gymnasium as gym, hand_envs\n"
        "env = gym.make('HandDoor-v0'); env.reset(seed=0); env.step(env.action_space.sample())\n"
        "assert 'gymnasium_robotics' not in sys.modules, 'only its files are used: importing it prints notices'\n"
    )
    environment = {"PATH": "/usr/bin:/bin", "MUJOCO_GL": "disable"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, timeout=120)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "", "importing the suite prints nothing"


def test_a_gl_backend_that_is_not_there_is_told_with_the_first_picture():
    code = (
        "import os, gymnasium as gym, hand_envs\n"
        "env = gym.make('HandDoor-v0', render_mode='rgb_array'); env.reset(seed=0)\n"
        "env.step(env.action_space.sample())\n"
        "assert os.environ['MUJOCO_GL'] == 'nonsense'\n"
        "env.render()\n"
    )
    environment = {"PATH": "/usr/bin:/bin", "MUJOCO_GL": "nonsense", "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, timeout=120)
    assert "RenderingError: Unknown MUJOCO_GL: got 'nonsense'. Valid: glfw, egl, osmesa" in done.stderr


def test_no_task_reaches_an_environment():
    """A user is in a task, and reads demonstrations; who plays these again stands above."""
    reached = {path: {name for name in imported(path) if name.startswith("hand_envs.")} for path in FILES}
    of_tasks = [path for path in FILES if room(path) in {"tasks", "users", "datasets", "registry", "objects"}]
    for path in of_tasks:
        rooms = {name.split(".")[1] for name in reached[path]}
        assert not rooms & {"faces", "env", "replay"}, path


def test_the_registry_knows_the_options_of_both_faces():
    names = {name for face in (HandEnv, HandVectorEnv) for name in inspect.signature(face).parameters}
    assert names - {"task_options"} == FACE_OPTIONS


def test_files_stay_short():
    everywhere = [
        path for folder in ("agents", "benchmarks", "tests", "docs") for path in (ROOT / folder).rglob("*.py")
    ]
    lengths = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in [*FILES, *everywhere]}
    assert {name: length for name, length in lengths.items() if length > 400} == {}


def test_architecture_page_names_every_module():
    modules = {path.stem for path in SUITE.glob("*.py")} - {"__init__"}
    folders = {path.name for path in SUITE.iterdir() if (path / "__init__.py").exists()}
    tree = PAGE.split("```")[1]
    missing = [name for name in sorted(modules | folders) if not re.search(rf"^  {name}\b", tree, re.M)]
    assert not missing


def test_no_two_files_of_tests_have_one_name():
    """Which would stop a run of all of them before it begins, and none of a single folder."""
    names = Counter(path.name for path in (ROOT / "tests").rglob("test_*.py"))
    assert {name for name, count in names.items() if count > 1} == set()
