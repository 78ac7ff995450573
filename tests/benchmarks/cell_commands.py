"""The runner's command line as a user has it, for tests that interrupt it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from conftest import ROOT

HERE = Path(__file__).parent


@contextmanager
def command(cells: str, out: Path, *arguments: str) -> Iterator[subprocess.Popen]:
    """The command at work; it is gone when the test is over, however that ends."""
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "benchmarks.runner",
            f"cell_jobs:{cells}",
            "--workers",
            "2",
            "--out",
            str(out),
            *arguments,
        ],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{HERE}", "FLAGS": str(out)},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()


def wait_for(path: Path, process: subprocess.Popen) -> str:
    """What a job has written, as soon as it has."""
    until = time.monotonic() + 180
    while not (path.exists() and path.read_text()):
        assert process.poll() is None, process.communicate()[0]
        assert time.monotonic() < until, f"{path} does not come"
        time.sleep(0.05)
    return path.read_text()
