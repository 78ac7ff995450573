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


def test_the_wheel_is_installed_and_used_elsewhere(wheel, tmp_path):
    """pip installs it without its dependencies, which are borrowed from this environment by a path file."""
    place = tmp_path / "venv"
    venv.create(place, with_pip=True)
    python = place / "bin" / "python"
    command = [python, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", str(wheel)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    packages = next((place / "lib").glob("python*")) / "site-packages"
    borrowed = [path for path in sys.path if path.endswith("site-packages")]
    (packages / "borrowed.pth").write_text("\n".join(borrowed))
    done = subprocess.run([python, "-I", "-c", USE], capture_output=True, text=True, timeout=120, cwd=tmp_path)
    assert done.stdout.strip().endswith("works"), done.stderr
    command = [place / "bin" / "hand-envs", "list", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=tmp_path)
    assert "HandRelocate-v0" in done.stdout, done.stderr
