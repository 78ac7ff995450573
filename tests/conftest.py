"""What tests share: the data folder, and a look whether pictures can be drawn here."""

from __future__ import annotations

import functools
import os
import signal
from pathlib import Path

import pytest

from hand_envs.cli.doctor import _gl
from hand_envs.registry import ENTRIES

# Tests press Ctrl+C on processes they start. A shell in the background ignores it, and children inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)

ROOT = Path(__file__).parent.parent
STATE_IDS = [entry.id for entry in ENTRIES if not entry.visual]
VISUAL_IDS = [entry.id for entry in ENTRIES if entry.visual]


@functools.cache
def can_draw() -> bool:
    return _gl().fine is True


def ids() -> list:
    """Every registered id; those that need pictures are skipped where none can be drawn."""
    no_gl = pytest.mark.skipif(not can_draw(), reason="no picture can be drawn here: run `hand-envs doctor`")
    return [pytest.param(entry.id, marks=no_gl) if entry.visual else entry.id for entry in ENTRIES]


needs_gl = pytest.mark.skipif(not can_draw(), reason="no picture can be drawn here: run `hand-envs doctor`")


@pytest.fixture
def human_door() -> Path:
    """DAPG's human demonstrations of the door, from the user's data or from `shared/data` beside the project."""
    name = "dapg/door-v0_demos.pickle"
    for folder in (os.environ.get("HAND_ENVS_DATA"), ROOT.parent / "shared" / "data"):
        if folder and (Path(folder) / name).exists():
            return Path(folder) / name
    pytest.skip(f"{name} is absent: set HAND_ENVS_DATA to a folder that has it")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--deep", type=int, default=1, help="multiply the mutants of the fuzz tests")


@pytest.fixture
def deep(request: pytest.FixtureRequest) -> int:
    """By how much the mutants of fuzz tests are multiplied."""
    return request.config.getoption("--deep")


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests write to a folder of their own: MuJoCo logs to the current one, Minari to its home."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MINARI_DATASETS_PATH", str(tmp_path / "minari"))
