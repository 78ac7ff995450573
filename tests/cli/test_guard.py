"""Errors of commands: one line, and an exit status."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from conftest import ROOT

from hand_envs.cli.guard import guarded
from hand_envs.errors import DatasetError


def raising(error: BaseException) -> int:
    def command() -> None:
        raise error

    return guarded(command)


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (DatasetError("a.pickle is no pickle."), 2, "error: a.pickle is no pickle.\n"),
        (OSError(28, "No space left on device"), 2, "error: [Errno 28] No space left on device\n"),
        (KeyboardInterrupt(), 130, ""),
    ],
)
def test_errors_are_one_line(capsys, error, status, said):
    assert raising(error) == status
    assert capsys.readouterr().err == said


def test_mistakes_of_ours_are_not_hidden():
    with pytest.raises(ZeroDivisionError):
        raising(ZeroDivisionError())


def test_what_a_command_returns_is_its_status():
    assert [guarded(lambda status=status: status) for status in (None, 0, 3)] == [0, 0, 3]


def test_a_reader_that_has_seen_enough_is_no_error():
    code = "import sys; from hand_envs.cli import main; main(['demos', 'install', '--root', '.'])"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
    ) as process:
        process.stdout.close()
        said = process.stderr.read().decode()
    assert said == ""
    assert process.returncode == 0


def test_a_full_disk_behind_the_output_is_an_error():
    if not os.path.exists("/dev/full"):
        pytest.skip("only Linux has a disk that is always full")
    code = "import sys; from hand_envs.cli import main; main(['demos', 'install', '--root', sys.argv[1]])"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-c", code, os.getcwd()], stdout=full, stderr=subprocess.PIPE, text=True, env=environment
        )
    assert done.returncode == 2
    assert "No space left" in done.stderr
