"""A wheel built from the repository works outside it."""

from __future__ import annotations

import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest
from conftest import ROOT

pytest.importorskip("build")
pytest.importorskip("hatchling")

USE = """
import pathlib, sys
import gymnasium as gym, hand_envs
assert pathlib.Path(hand_envs.__file__).is_relative_to(sys.prefix), hand_envs.__file__
assert (pathlib.Path(hand_envs.__file__).parent / "assets" / "README.md").exists()
assert (pathlib.Path(hand_envs.__file__).parent / "py.typed").exists()
for env_id in hand_envs.IDS:
    if "Visual" not in env_id:
        env = gym.make(env_id)
        env.reset(seed=0)
        env.step(env.action_space.sample())
envs = gym.make_vec("HandDoor-v0", num_envs=4)
envs.reset(seed=0)
envs.step(envs.action_space.sample())
print("works")
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return next(out.glob("*.whl"))


def test_the_wheel_holds_the_suite_its_assets_and_no_tests(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    for name in (
        "hand_envs/py.typed",
        "hand_envs/assets/README.md",
        "agents/common/sb3.py",
        "benchmarks/throughput.py",
    ):
        assert name in names
    assert not [name for name in names if name.startswith("tests") or "__pycache__" in name]


def test_the_wheel_is_used_from_another_environment(wheel, tmp_path):
    """Installed without its dependencies, which are borrowed from this environment by a path file."""
    place = tmp_path / "venv"
    venv.create(place, with_pip=False)
    python = place / "bin" / "python"
    packages = next((place / "lib").glob("python*")) / "site-packages"
    with zipfile.ZipFile(wheel) as archive:  # what pip does with a pure wheel
        archive.extractall(packages)
    borrowed = [path for path in sys.path if path.endswith("site-packages")]
    code = f"import sys; sys.path += {borrowed!r}\n{USE}"
    done = subprocess.run([python, "-I", "-c", code], capture_output=True, text=True, timeout=120, cwd=tmp_path)
    assert done.stdout.strip().endswith("works"), done.stderr
    entry_points = next(packages.glob("hand_envs-*.dist-info")) / "entry_points.txt"
    assert "hand-envs = hand_envs.cli:main" in entry_points.read_text()
