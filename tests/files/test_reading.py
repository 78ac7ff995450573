"""One boundary for files that may be anybody's."""

from __future__ import annotations

import os
import zipfile

import numpy as np
import pytest

from hand_envs.datasets.formats.hdf5 import plain_file
from hand_envs.errors import DatasetError, MissingDependencyError, StateError
from hand_envs.files.reading import read_json, read_npz, reading


def fails(path, error: BaseException) -> None:
    with reading(path, "; make it anew"):
        raise error


@pytest.mark.parametrize(
    "error", [ValueError("odd"), KeyError("x"), RecursionError(), MemoryError(), StateError("bad")]
)
def test_whatever_happens_names_the_file(tmp_path, error):
    with pytest.raises(DatasetError, match=r"a\.npz.*; make it anew"):
        fails(tmp_path / "a.npz", error)


@pytest.mark.parametrize("error", [KeyboardInterrupt(), MissingDependencyError("needs x")])
def test_what_is_not_the_files_fault_passes(tmp_path, error):
    with pytest.raises(type(error)):
        fails(tmp_path / "a.npz", error)


def test_messages_are_short_and_plain(tmp_path):
    with pytest.raises(DatasetError) as error:
        fails(tmp_path / "a", ValueError("\x1b[2J" + "x" * 10_000))
    assert len(str(error.value)) < 600
    assert "\x1b" not in str(error.value)


def opened(path) -> None:
    with plain_file(path):
        pass


@pytest.mark.parametrize("read", [read_json, lambda path: read_npz(path, 1000), opened])
@pytest.mark.parametrize("kind", ["pipe", "device", "folder", "nothing"])
def test_only_files_are_read(tmp_path, read, kind):
    """A pipe would be waited for, and a device read, for ever."""
    path = tmp_path / "a"
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "device":
        path.symlink_to("/dev/zero")
    elif kind == "folder":
        path.mkdir()
    with pytest.raises(DatasetError, match="There is no file"):
        read(path)


def test_arrays_come_back_as_they_were_saved(tmp_path):
    arrays = {
        "a": np.arange(6.0).reshape(2, 3),
        "b": np.asfortranarray(np.arange(6).reshape(2, 3)),
        "c": np.array(True),
    }
    for save in (np.savez, np.savez_compressed):
        save(tmp_path / "a.npz", **arrays)
        read = read_npz(tmp_path / "a.npz", 1000)
        assert all((read[name] == arrays[name]).all() and read[name].dtype == arrays[name].dtype for name in arrays)


def test_archives_that_are_none_of_numpys(tmp_path):
    path = tmp_path / "a.npz"
    np.savez(path, a=np.zeros(1000))
    with pytest.raises(DatasetError, match="more than the 100 allowed"):
        read_npz(path, 100)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("a.npy", b"x" * 100)
    with pytest.raises(DatasetError, match="does not use"):
        read_npz(path, 1000)
    np.savez(path, a=np.array(["text"]))
    with pytest.raises(DatasetError, match="only arrays of numbers"):
        read_npz(path, 1000)


def test_text_in_arrays_is_read_where_it_is_asked_for(tmp_path):
    path = tmp_path / "a.npz"
    np.savez(path, words=np.array(["one", "three"]))
    with pytest.raises(DatasetError, match="only arrays of numbers"):
        read_npz(path, 1000)
    assert read_npz(path, 1000, kinds="U")["words"].tolist() == ["one", "three"]
