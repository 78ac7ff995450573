"""What a cell's own process does: call the job once, and write down what came of it.

`python -m benchmarks.runner.worker order.json outcome.json`, started by `process`.
"""

from __future__ import annotations

import inspect
import json
import os
import signal
import sys
import threading
import time
import traceback
from pathlib import Path
from typing import Any

from benchmarks.runner.cells import Earlier, as_json, find
from benchmarks.runner.origin import versions
from hand_envs.files.atomic import write_text


def call(order: dict[str, Any]) -> dict[str, Any]:
    """Call the job; an outcome's `kind`, `result` or `text`, and `seconds`."""
    began = time.perf_counter()
    try:
        job = find(order["job"])
        given = dict(order["options"]) | {"folder": Path(order["folder"])}
        if order["after"]:
            given["after"] = {name: Earlier(result, Path(folder)) for name, (result, folder) in order["after"].items()}
        if "nthread" in inspect.signature(job).parameters:
            given.setdefault("nthread", order["nthread"])
        if not isinstance(result := job(**given), dict):
            raise TypeError(f"{order['job']} returned {result!r}; a job returns a dict.")
        result = as_json(result, f"What {order['job']} returned")
    except KeyboardInterrupt:
        raise
    except BaseException:
        return {"kind": "raised", "text": traceback.format_exc()}
    return {"kind": "done", "result": result, "seconds": time.perf_counter() - began}


def _stop_with_the_runner() -> None:
    """Standard input ends when whoever started this process is gone, however that came: then stop as on Ctrl+C."""
    while os.read(0, 1024):
        pass
    os.kill(os.getpid(), signal.SIGINT)


def main(order: Path, outcome: Path) -> None:
    """Read the order, do it, write the outcome."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # it is ignored below a shell's `&`, and blocked below Ray
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    threading.Thread(target=_stop_with_the_runner, daemon=True).start()
    found = call(json.loads(order.read_text())) | {"versions": versions()}
    write_text(outcome, json.dumps(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
