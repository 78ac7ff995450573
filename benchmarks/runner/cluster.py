"""Cells on a Ray cluster, whose nodes need not share a file system.

A cell's folder travels with it: to the node before an attempt, and back after it, also when the job was killed or
stopped. Only what a node held when it was lost itself is gone: the next attempt begins with the folder as it was sent.
"""

from __future__ import annotations

import os
import secrets
import socket
import sys
import tempfile
import threading
from collections.abc import Iterable
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.runner.folders import pack, unpack
from benchmarks.runner.process import Order, Outcome, attempt
from hand_envs.core.simulation import cores
from hand_envs.errors import HandEnvsError, MissingDependencyError, OptionError

ROOT = Path(__file__).parents[2]  # of a checkout, whose files the nodes are sent
LEFT_OUT = [".git", ".venv*", "docs", "outputs", "runs"]


class Cluster:
    """The nodes of a Ray cluster.

    Args:
        address: of a cluster that is there (`auto`, `host:6379`); empty to start one here.
        workers: how many cells at once; 0 for as many as it has cores for.
        nthread: cores of a cell; 0 for one.
        limit: how large a cell's folder may be, in MiB.
    """

    def __init__(self, address: str = "", workers: int = 0, nthread: int = 0, limit: int = 64) -> None:
        self._token = not address and not {"RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH"} & os.environ.keys()
        if self._token:  # or Ray leaves one in the user's home, which clusters started later would then ask for
            os.environ["RAY_AUTH_TOKEN"] = secrets.token_hex(32)
        self.ray = _ray()
        self.workers, self.nthread, self.limit = workers, max(1, nthread), limit
        if ":" in address:
            _reach(address)
        size = {} if address else {"num_cpus": max(cores(), workers * self.nthread), "include_dashboard": False}
        try:
            self.ray.init(
                address=address or "local",
                runtime_env=_environment(),
                log_to_driver=False,
                logging_level="error",
                **size,
            )
        except ConnectionError as error:
            raise _absent(address, error) from error
        self._task = self.ray.remote(num_cpus=self.nthread, max_retries=0, scheduling_strategy="SPREAD")(_attempt)
        self._running: dict[Future[Outcome], Any] = {}
        self._sent: dict[tuple[str, str], Any] = {}  # folders, by path and what they are of
        self._fits()

    def _fits(self) -> None:
        largest = max((node["Resources"].get("CPU", 0) for node in self.ray.nodes() if node["Alive"]), default=0)
        if self.nthread > largest:
            self.close()
            raise OptionError(f"Each cell gets {self.nthread} cores, and no node has more than {largest:.0f}.")

    def room(self) -> int:
        return self.workers or max(1, int(self.ray.cluster_resources().get("CPU", 0)) // self.nthread)

    def submit(self, order: Order) -> Future[Outcome]:
        after = [self._send(Path(folder)) for _, folder in order.after.values()]
        order = replace(order, nthread=self.nthread, paths=_within_checkout(order.paths))
        folder = Path(order.folder)
        reference = self._task.remote(order, pack(folder, self.limit), self.limit, *after)
        done: Future[Outcome] = Future()
        self._running[done] = reference

        def receive(back: Future[tuple[Outcome, bytes]]) -> None:
            outcome = self._receive(back, folder)
            self._running.pop(done)  # the cluster keeps what a reference refers to
            done.set_result(outcome)

        reference.future().add_done_callback(receive)
        return done

    def _send(self, folder: Path) -> Any:
        """Once for all cells that come after this one."""
        key = str(folder), (folder / "cell.json").read_text() if (folder / "cell.json").exists() else ""
        if key not in self._sent:
            self._sent[key] = self.ray.put(pack(folder, self.limit))
        return self._sent[key]

    def _receive(self, back: Future[tuple[Outcome, bytes]], folder: Path) -> Outcome:
        try:
            outcome, packed = back.result()
            if packed:
                unpack(packed, folder, self.limit)
            return outcome
        except self.ray.exceptions.TaskCancelledError:
            return Outcome("stopped", text="It was stopped.")
        except self.ray.exceptions.RayTaskError as error:
            return Outcome("raised", text=str(error))
        except self.ray.exceptions.RayError as error:  # the worker, its node, or what it had sent back is gone
            return Outcome("killed", text=f"{type(error).__name__}: {error}")
        except Exception as error:
            return Outcome("raised", text=f"Its files could not be put in {folder}: {error}")

    def stop(self) -> None:
        for reference in list(self._running.values()):
            self.ray.cancel(reference)

    def close(self) -> None:
        self.ray.shutdown()
        if self._token:
            os.environ.pop("RAY_AUTH_TOKEN", None)


def _reach(address: str) -> None:
    """Ray itself tries for minutes."""
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host, int(port)), timeout=10).close()
    except (OSError, ValueError) as error:
        raise _absent(address, error) from error


def _absent(address: str, error: Exception) -> OptionError:
    return OptionError(
        f"No Ray cluster at {address!r}: {error}. `ray start --head` starts one and prints its address; if it has a "
        "token, set RAY_AUTH_MODE=token here too. Without --address a cluster is started here."
    )


def _attempt(order: Order, packed: bytes, limit: int, *after: bytes) -> tuple[Outcome, bytes]:
    """On a node: unpack the folders, make the attempt, and send its folder back."""
    import ray

    with tempfile.TemporaryDirectory(prefix="hand-envs-") as place:
        folder = Path(place, "cell")
        unpack(packed, folder, limit)
        results = {}
        for number, (name, (result, _)) in enumerate(order.after.items()):
            unpack(after[number], Path(place, f"after-{number}"), limit)
            results[name] = (result, str(Path(place, f"after-{number}")))
        paths = (*(str(ROOT / path) for path in order.paths), *sys.path)
        outcome = attempt(replace(order, folder=str(folder), after=results, paths=paths), threading.Event())
        outcome = replace(outcome, where=f"{outcome.where}, node {ray.get_runtime_context().get_node_id()}")
        try:
            return outcome, pack(folder, limit)
        except HandEnvsError as error:
            return replace(outcome, kind="raised", text=f"{outcome.text}\n{error}".strip()), b""


def _environment() -> dict[str, Any]:
    """What nodes need: a checkout's files as they are now. An installed package is installed there too."""
    variables = {name: value for name, value in os.environ.items() if name.startswith("HAND_ENVS_")}
    environment: dict[str, Any] = {"env_vars": variables}
    if (ROOT / "pyproject.toml").exists():
        environment |= {"working_dir": str(ROOT), "excludes": LEFT_OUT}
    else:
        environment["worker_process_setup_hook"] = "hand_envs.files.bundled.enable"
    return environment


def _within_checkout(paths: Iterable[str]) -> tuple[str, ...]:
    """Where modules are looked for within the checkout, from its root."""
    ours = [path for path in map(Path, paths) if path.is_relative_to(ROOT) and not path.is_relative_to(sys.prefix)]
    return tuple(str(path.relative_to(ROOT)) for path in ours)


def _ray() -> Any:
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # read when it is imported
    try:
        import ray
    except ImportError as error:
        raise MissingDependencyError(
            f"Running on a cluster needs ray ({error}). Install it with: pip install 'hand-envs[ray]'"
        ) from error
    return ray
