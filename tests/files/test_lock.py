"""One process at a time in a folder."""

from __future__ import annotations

import subprocess
import sys

import pytest
from conftest import ROOT

from hand_envs.errors import DatasetError, OptionError
from hand_envs.files.lock import alone_in


def test_a_second_one_is_refused_until_the_first_has_gone(tmp_path):
    folder = tmp_path / "deep" / "run"
    code = f"from hand_envs.files.lock import alone_in\nwith alone_in({str(folder)!r}, 'Wait.'): pass"
    with alone_in(folder, "Wait."):
        with pytest.raises(OptionError, match="Wait."), alone_in(folder, "Wait."):
            pass
        other = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120)
        assert "OptionError: Wait." in other.stderr
    with alone_in(folder, "Wait."):
        pass


def test_an_error_within_goes_through_and_gives_the_lock_back(tmp_path):
    with pytest.raises(BlockingIOError), alone_in(tmp_path, "Wait."):
        raise BlockingIOError
    with alone_in(tmp_path, "Wait."):
        pass


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "file", tmp_path / "file" / "run"):
        with (
            pytest.raises(DatasetError, match=f"{folder} cannot be written to: .* Choose another"),
            alone_in(folder, ""),
        ):
            pass


def test_a_file_system_without_locks_is_told(tmp_path, monkeypatch):
    fcntl = pytest.importorskip("fcntl")

    def refused(file, how):
        raise OSError(37, "No locks available")

    monkeypatch.setattr(fcntl, "flock", refused)
    with pytest.raises(DatasetError, match="No locks available"), alone_in(tmp_path, ""):
        pass


def test_where_the_system_has_no_such_locks_there_is_none(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "fcntl", None)
    with alone_in(tmp_path / "run", "Wait."), alone_in(tmp_path / "run", "Wait."):
        assert (tmp_path / "run").is_dir()
