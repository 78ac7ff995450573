"""One attempt at a cell, in a process of its own.

A process a cell, and not a pool of them: one that is killed takes no other with it and is known by its cell, nothing
is left in it by an earlier cell, and its environment is set before it imports anything.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

LOG = "log.txt"  # in a cell's folder: what its job printed
GRACE = 20.0  # seconds a job has to write its checkpoint when it is stopped
POLL = 0.05  # seconds
# A cell's numbers must not depend on how many run beside it, and sums of floats depend on the number of threads. A job
# that wants more has a parameter `nthread`, for mujoco.batch (equal at any number) or torch.set_num_threads.
ONE_THREAD = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "MKL", "OPENBLAS", "VECLIB_MAXIMUM", "NUMEXPR")}


@dataclass(frozen=True)
class Order:
    """What a process is to do."""

    job: str
    options: dict[str, Any]
    folder: str
    after: dict[str, tuple[dict[str, Any], str]]
    """Of each cell it comes after, the result and the folder."""
    paths: tuple[str, ...]
    """Where modules are looked for."""
    nthread: int = 1
    """Cores of its own, which an executor decides."""


@dataclass(frozen=True)
class Outcome:
    """What came of an attempt."""

    kind: Literal["done", "raised", "killed", "stopped"]
    result: dict[str, Any] = field(default_factory=dict)
    text: str = ""
    """The traceback, or how it was killed."""
    seconds: float = 0.0
    versions: dict[str, str] = field(default_factory=dict)
    where: str = field(default_factory=socket.gethostname)


def attempt(order: Order, stop: threading.Event) -> Outcome:
    """Do what is ordered and wait for it; when `stop` is set, or on Ctrl+C, have the job stop."""
    try:
        return _attempt(order, stop)
    except OSError as error:
        return Outcome("raised", text=f"Its process could not be started or heard: {error}")


def _attempt(order: Order, stop: threading.Event) -> Outcome:
    with tempfile.TemporaryDirectory(prefix="hand-envs-cell-") as letters:
        paper, answer = Path(letters) / "order.json", Path(letters) / "outcome.json"
        paper.write_text(json.dumps(asdict(order)))
        process = _start(order, [str(paper), str(answer)])
        stopped = False
        try:
            while process.poll() is None and not stopped:
                stopped = stop.wait(POLL)
        except KeyboardInterrupt:
            stopped = True
        finally:
            _end(process)
        if answer.exists():
            return Outcome(**json.loads(answer.read_text()))
        if stopped:
            return Outcome("stopped", text="It was stopped.")
        return Outcome("killed", text=_how(process.returncode, Path(order.folder)))


def _start(order: Order, arguments: list[str]) -> subprocess.Popen[bytes]:
    environment = {**os.environ, **ONE_THREAD, "PYTHONPATH": os.pathsep.join(order.paths), "PYTHONUNBUFFERED": "1"}
    with (Path(order.folder) / LOG).open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-P", "-m", "benchmarks.runner.worker", *arguments],  # -P: no module of the current folder
            env=environment,
            stdin=subprocess.PIPE,  # nothing is written to it: see worker
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl+C of the terminal reaches it through us alone
        )


def _end(process: subprocess.Popen[bytes]) -> None:
    """Have it stop if it still runs, and then whatever it started."""
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(GRACE)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    if process.stdin:
        process.stdin.close()


def _how(code: int, folder: Path) -> str:
    """In words how a process ended that wrote no outcome, and the last it printed."""
    if code == -signal.SIGKILL:
        cause = "It was killed (SIGKILL), as the system does when memory runs out."
    else:
        cause = f"It died of {signal.Signals(-code).name}." if code < 0 else f"It exited with code {code}."
    last = (folder / LOG).read_text(errors="replace").splitlines()[-20:]
    return "\n".join([cause, "The last it printed:", *last]) if last else cause
