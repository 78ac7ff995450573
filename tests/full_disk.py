"""A full disk, as a process sees it: writing beyond a size fails, and nothing else does."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys

from conftest import ROOT


def run_on_full_disk(code: str, largest: int, *arguments: str, timeout: int = 120) -> subprocess.CompletedProcess[str]:
    """Run Python code in a process none of whose files can be larger than `largest` bytes."""

    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # writing then fails with an OSError, as on a full disk
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest))

    return subprocess.run(
        [sys.executable, "-B", "-c", code, *arguments],
        capture_output=True,
        text=True,
        timeout=timeout,
        preexec_fn=limit,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
    )
