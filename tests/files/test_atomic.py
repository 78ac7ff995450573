"""A kill or a full disk at any moment leaves the old file or folder, or the new one, and never half of it."""

from __future__ import annotations

import errno
import os
import shutil
from contextlib import suppress

import numpy as np
import pytest

from hand_envs.errors import DatasetError
from hand_envs.files import atomic
from hand_envs.rendering import Video

CALLS = ("replace", "fsync", "open", "mkdir", "rmdir", "unlink")


class Killed(BaseException):
    """Stands for the end of the process: from then on it does nothing to the disk any more."""


def interrupt(monkeypatch, at: int, error: BaseException, for_good: bool) -> list[str]:
    """Have the `at`-th change of the disk fail, and all after it if `for_good`; returns what was called."""
    called: list[str] = []

    def guarded(name, original):
        def call(*args, **options):
            called.append(name)
            if len(called) == at + 1 or (for_good and len(called) > at):
                raise error
            return original(*args, **options)

        return call

    for name in CALLS:
        monkeypatch.setattr(os, name, guarded(name, getattr(os, name)))
    rmtree = guarded("rmtree", shutil.rmtree)
    monkeypatch.setattr(shutil, "rmtree", rmtree)
    return called


def write(root, content: str) -> None:
    atomic.write_text(root / "note.txt", content)


def fill(root, content: str) -> None:
    with atomic.replacing_folder(root / "folder") as making:
        for name in "ab":
            (making / f"{name}.txt").write_text(content)


def seen(root) -> set[str]:
    """What a reader finds, of the file and of the folder."""
    atomic.recover_folder(root / "folder")
    paths = [root / "note.txt", *sorted((root / "folder").glob("*"))]
    return {path.read_text() for path in paths if path.exists()}


@pytest.mark.parametrize("change", [write, fill])
@pytest.mark.parametrize("error", [Killed(), OSError(errno.ENOSPC, "No space left on device")])
def test_an_interruption_anywhere_leaves_the_old_or_the_new(tmp_path, change, error):
    killed, outcomes = isinstance(error, Killed), set()
    for at in range(100):
        root = tmp_path / str(at)
        root.mkdir()
        change(root, "old")
        with pytest.MonkeyPatch.context() as patch:
            called = interrupt(patch, at, error, killed)
            outcome = attempt(change, root)
        content = seen(root)
        assert content in ({"old"}, {"new"}), f"after call {at}, {called[-1]}"
        assert outcome or content == {"new"}, "what is not told has been done"
        if len(called) <= at:
            break
        outcomes.add(type(outcome))
        change(root, "newest")
        assert seen(root) == {"newest"}, "whatever was left behind does no harm"
        assert [path.name for path in root.iterdir() if path.name.startswith(".")] == []
    assert at > 3
    assert outcomes <= ({Killed} if killed else {DatasetError, type(None)})


def attempt(change, root) -> BaseException | None:
    """Change from old to new; what came of it."""
    try:
        change(root, "new")
    except (Killed, DatasetError) as error:
        return error
    return None


def test_a_full_disk_is_told_with_the_remedy(tmp_path, monkeypatch):
    interrupt(monkeypatch, 0, OSError(errno.ENOSPC, "No space left on device"), True)
    with pytest.raises(DatasetError, match=r"note\.txt could not be written: No space left on device\. Make room"):
        write(tmp_path, "new")


def test_an_error_while_writing_leaves_nothing_behind(tmp_path):
    write(tmp_path, "old")
    for replacing, name in ((atomic.replacing, "note.txt"), (atomic.replacing_folder, "folder")):
        with suppress(ZeroDivisionError), replacing(tmp_path / name) as beside:
            (beside / "a.txt" if beside.is_dir() else beside).write_text("half")
            raise ZeroDivisionError
    assert [path.name for path in tmp_path.iterdir()] == ["note.txt"]
    assert seen(tmp_path) == {"old"}


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "nowhere" / "note.txt", tmp_path / "file" / "note.txt"):
        with pytest.raises(DatasetError, match=r"note\.txt could not be written"):
            atomic.write_text(path, "new")
    with pytest.raises(DatasetError, match="folder could not be written"):
        fill(tmp_path / "file", "new")


def test_writers_that_look_at_the_suffix_see_the_right_one(tmp_path):
    with atomic.replacing(tmp_path / "film.mp4") as beside:
        assert beside.suffix == ".mp4"
        beside.write_bytes(b"film")
    assert (tmp_path / "film.mp4").read_bytes() == b"film"


def fail_in(block, error: OSError) -> None:
    with block as beside:
        if isinstance(beside, Video):
            beside.add(np.zeros((16, 16, 3), np.uint8))
        raise error


@pytest.mark.parametrize("replacing", [atomic.replacing, atomic.replacing_folder, lambda path: Video(path, 10)])
def test_errors_of_other_files_are_left_as_they_are(tmp_path, replacing):
    policy = str(tmp_path / "nowhere" / "policy")
    for error in (FileNotFoundError(errno.ENOENT, "No such file", policy), ConnectionResetError(errno.ECONNRESET, "")):
        with pytest.raises(type(error)) as caught:
            fail_in(replacing(tmp_path / "x.mp4"), error)
        assert caught.value is error
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("replacing", [atomic.replacing, atomic.replacing_folder])
def test_errors_of_what_is_written_are_told_as_such(tmp_path, replacing):
    for code in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EROFS):
        with pytest.raises(DatasetError, match=r"whole could not be written: [A-Z].*Make room"):
            fail_in(replacing(tmp_path / "whole"), OSError(code, os.strerror(code)))
    with pytest.raises(DatasetError, match="whole could not be written"), replacing(tmp_path / "whole") as beside:
        (beside / "nowhere" / "part").write_text("")


def test_copies_of_what_is_read_only_need_not_be_opened_for_writing(tmp_path, monkeypatch):
    """As for anyone but root, who may do it all the same."""
    original = os.open

    def opened(path, flags, *others, **options):
        if flags & (os.O_WRONLY | os.O_RDWR) and os.path.isfile(path) and not os.stat(path).st_mode & 0o200:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return original(path, flags, *others, **options)

    (tmp_path / "store").mkdir()
    (tmp_path / "store" / "data").write_text("data")
    (tmp_path / "store" / "data").chmod(0o444)
    monkeypatch.setattr(os, "open", opened)
    with atomic.replacing_folder(tmp_path / "copy") as making:
        shutil.copytree(tmp_path / "store", making, dirs_exist_ok=True)
    assert (tmp_path / "copy" / "data").read_text() == "data"


def test_readers_of_a_folder_look_at_what_stands_and_move_nothing(tmp_path):
    fill(tmp_path, "old")
    folder, aside = tmp_path / "folder", tmp_path / ".folder.old"
    assert atomic.standing(folder) == folder
    folder.rename(aside)
    assert atomic.standing(folder) == aside
    assert aside.exists()
    shutil.copytree(aside, folder)
    assert atomic.standing(str(folder)) == folder
    assert atomic.standing(tmp_path / "nowhere") == tmp_path / "nowhere"
