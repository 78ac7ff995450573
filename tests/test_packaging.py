"""A wheel built from the repository works outside it, and takes no name that others have."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
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

ENABLED = """
import subprocess, sys
from hand_envs.files import bundled
bundled.enable()
import agents, benchmarks
child = [sys.executable, "-P", "-c", "import agents; print(agents.__file__)"]
assert subprocess.check_output(child, text=True).strip() == agents.__file__
print(agents.__file__)
"""

TOO_LATE = """
import agents
from hand_envs.files import bundled
bundled.enable()
"""

OWN_JOBS = """
from benchmarks.runner import Cell


def where(folder):
    import agents
    return {"agents": agents.__file__}


def cells():
    return [Cell("one", "own_jobs:where")]
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return next(out.glob("*.whl"))


@pytest.fixture(scope="module")
def place(wheel, tmp_path_factory) -> Path:
    """An environment with the wheel in it; what it depends on is borrowed from ours by a path file."""
    place = tmp_path_factory.mktemp("installed") / "venv"
    venv.create(place, with_pip=False)
    pip = [sys.executable, "-m", "pip", "--quiet", "--python", place / "bin" / "python", "install"]
    done = subprocess.run([*pip, "--no-deps", "--no-index", wheel], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    borrowed = [path for path in sys.path if path.endswith("site-packages")]
    (packages_of(place) / "borrowed.pth").write_text("\n".join(borrowed))
    return place


def packages_of(place: Path) -> Path:
    return next((place / "lib").glob("python*")) / "site-packages"


@pytest.fixture
def theirs(place):
    """A package of somebody's, called `agents` too."""
    package = packages_of(place) / "agents"
    package.mkdir()
    (package / "__init__.py").write_text("")
    yield package
    shutil.rmtree(package)


def python(place: Path, code: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return run(folder, place / "bin" / "python", "-I", "-c", code)


def run(folder: Path, *command: str | Path) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": "/usr/bin:/bin"}
    return subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=folder, env=environment)


def test_the_wheel_holds_the_suite_its_assets_and_no_tests(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    for name in (
        "hand_envs/py.typed",
        "hand_envs/assets/README.md",
        "hand_envs/hands/profiles/dash.toml",
        "hand_envs/hands/profiles/leap.toml",
        "hand_envs/shipped/agents/common/sb3.py",
        "hand_envs/shipped/benchmarks/throughput.py",
    ):
        assert name in names
    assert not [name for name in names if name.startswith("tests") or "__pycache__" in name]


def test_the_wheel_installs_one_package(wheel):
    """Other projects have packages named agents and benchmarks."""
    tops = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"hand_envs"}


def test_the_long_description_links_to_nothing_that_is_not_there(wheel):
    files = zipfile.ZipFile(wheel)
    metadata = files.read(next(name for name in files.namelist() if name.endswith("METADATA"))).decode()
    links = re.findall(r"\]\(([^)]*)\)", metadata)
    assert "# hand_envs" in metadata
    assert [link for link in links if not link.startswith(("https://", "#"))] == []
    assert "docs/architecture.md" in metadata  # the words of a link stay


@pytest.mark.slow
def test_the_wheel_is_installed_and_used_elsewhere(place, tmp_path):
    done = python(place, USE, tmp_path)
    assert done.stdout.strip().endswith("works"), done.stderr
    done = run(tmp_path, place / "bin" / "hand-envs", "list", "--json")
    assert "HandRelocate-v0" in done.stdout, done.stderr


def test_an_installed_suite_runs_its_agents_by_name(place, tmp_path):
    pytest.importorskip("imitation", reason="agents need the extra, and imitation")
    assert "No module named 'agents'" in python(place, "import agents", tmp_path).stderr
    command = place / "bin" / "hand-envs"
    for name, option in (("run agents.ppo_gail", "--method"), ("bench", "--rounds")):
        done = run(tmp_path, command, *name.split(), "--help")
        assert option in done.stdout, done.stderr
    assert "agents.dapg.play" in run(tmp_path, command, "run").stdout
    done = run(tmp_path, command, "run", "agents.dagp")
    assert done.returncode == 2
    assert "did you mean 'agents.dapg'" in done.stderr


def test_processes_that_an_installed_benchmark_starts_find_the_agents(place, tmp_path):
    (tmp_path / "own_jobs.py").write_text(OWN_JOBS)
    runner = ("run", "benchmarks.runner", "own_jobs:cells", "--out", "out")
    done = run(tmp_path, place / "bin" / "hand-envs", *runner)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "shipped/agents" in (tmp_path / "out" / "results.jsonl").read_text()


def test_a_package_of_the_same_name_stays_what_it_is(place, theirs, tmp_path):
    assert python(place, "import agents; print(agents.__file__)", tmp_path).stdout.startswith(str(theirs))
    ours = python(place, ENABLED, tmp_path)
    assert "hand_envs/shipped/agents" in ours.stdout, ours.stderr
    assert "imported already" in python(place, TOO_LATE, tmp_path).stderr


def test_the_lock_has_what_the_project_asks_for():
    """An extra added to pyproject.toml alone would be missing from a new environment."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    locked = {line.split("==")[0] for line in (ROOT / "requirements.lock").read_text().splitlines() if "==" in line}
    wanted = {re.split(r"[\[<>=;]", line)[0] for line in project["dependencies"] + extras["agents"] + extras["dev"]}
    plain = {re.sub("[-_.]+", "-", name).lower() for name in locked}
    assert {re.sub("[-_.]+", "-", name).lower() for name in wanted} - plain == {"torch"}  # goes in first: see Makefile
