"""What tests share: the data folder, and a look whether pictures can be drawn here."""

from __future__ import annotations

import ctypes
import functools
import gc
import os
import resource
import signal
from collections.abc import Iterator
from pathlib import Path

# Workers share the cores, and threads that wait for each other spin. NumPy and torch read it when they are imported.
os.environ.update({f"{name}_NUM_THREADS": "1" for name in ("OMP", "MKL", "OPENBLAS")})

import pytest

from hand_envs.cli.doctor import _gl
from hand_envs.registry import ENTRIES

# Tests press Ctrl+C on processes they start. A shell in the background ignores it, and children inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)

ROOT = Path(__file__).parent.parent


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--deep", type=int, default=1, help="multiply the mutants of the fuzz tests")


STATE_IDS = [entry.id for entry in ENTRIES if not entry.visual]
VISUAL_IDS = [entry.id for entry in ENTRIES if entry.visual]


@functools.cache
def can_draw() -> bool:
    return _gl().fine is True


needs_gl = pytest.mark.skipif(not can_draw(), reason="no picture can be drawn here: run `hand-envs doctor`")


def ids() -> list:
    """Every registered id; those that need pictures are skipped where none can be drawn."""
    return [pytest.param(entry.id, marks=needs_gl) if entry.visual else entry.id for entry in ENTRIES]


def _first_of_their_kind() -> set[str]:
    """Of each family the first id seen by its state, the first seen by pixels, and the first with a user."""
    first: dict[tuple, str] = {}
    for entry in ENTRIES:
        first.setdefault((entry.family, entry.visual, entry.has_user), entry.id)
    return set(first.values())


def slow_but(params: list, *quick: object) -> list:
    """The same parameters, slow but for a few that stand for the others; a path goes by the name of its file."""
    marked = []
    for param in params:
        (value,), marks = (param.values, param.marks) if hasattr(param, "values") else ((param,), ())
        name = value.name if isinstance(value, Path) else value
        marked.append(pytest.param(value, marks=[*marks, *([] if name in quick else [pytest.mark.slow])]))
    return marked


def slow_but_first(env_ids: list) -> list:
    """The ids as parameters, slow but for the first of each family and kind."""
    return slow_but(env_ids, *_first_of_their_kind())


class Memory:
    """Gives back what tests leave: trainings are cycles of objects, and glibc keeps pieces of what each batch had."""

    MOST = 200 << 20  # bytes that are left before that is worth it

    def __init__(self) -> None:
        self.held = self.resident()
        self.trim = getattr(ctypes.CDLL(None), "malloc_trim", lambda _: None)

    def resident(self) -> int:
        statm = Path("/proc/self/statm")
        return int(statm.read_text().split()[1]) * resource.getpagesize() if statm.exists() else 0

    def give_back(self) -> None:
        if self.resident() > self.held + self.MOST:
            gc.collect()
            self.trim(0)
            self.held = self.resident()


MEMORY = Memory()


@pytest.fixture(autouse=True)
def _memory_is_given_back() -> Iterator[None]:
    yield
    MEMORY.give_back()


def shared_data(name: str) -> Path:
    """A file from the user's data or from `shared/data` beside the project; skips what needs it where it is absent."""
    for folder in (os.environ.get("HAND_ENVS_DATA"), ROOT.parent / "shared" / "data"):
        if folder and (Path(folder) / name).exists():
            return Path(folder) / name
    pytest.skip(f"{name} is absent: set HAND_ENVS_DATA to a folder that has it")


@pytest.fixture
def human_door() -> Path:
    """DAPG's human demonstrations of the door."""
    return shared_data("dapg/door-v0_demos.pickle")


@pytest.fixture
def deep(request: pytest.FixtureRequest) -> int:
    """By how much the mutants of fuzz tests are multiplied."""
    return request.config.getoption("--deep")


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test runs in a new folder, so that nothing it writes to the current one or to Minari's lands among ours."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MINARI_DATASETS_PATH", str(tmp_path / "minari"))
