"""Cells on a Ray cluster of two nodes, both on this machine, give what they give here."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from cell_commands import command, wait_for

from benchmarks.runner import Cell, Options, run
from benchmarks.runner.cluster import Cluster
from hand_envs.errors import MissingDependencyError, OptionError

needs_ray = [
    pytest.mark.slow,
    # One worker, so one cluster for all. (pytest-xdist 3.8 with pytest 9.2 ignores it: then two workers have one each.)
    pytest.mark.xdist_group("ray"),
    pytest.mark.skipif(shutil.which("ray", path=str(Path(sys.executable).parent)) is None, reason="ray is absent"),
]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Two nodes with one core each, as two machines would start them, and with a token of their own."""
    environment = pytest.MonkeyPatch()
    environment.setenv("RAY_AUTH_MODE", "token")  # read when ray is imported
    environment.setenv("RAY_AUTH_TOKEN", secrets.token_hex(32))
    with socket.socket() as taken:
        taken.bind(("", 0))
        port = taken.getsockname()[1]
    place = tempfile.mkdtemp(prefix="r")  # short: sockets in it have names of at most 107 characters
    host = socket.gethostbyname(socket.gethostname())
    common = ["--block", "--num-cpus=1", "--object-store-memory=200000000", "--disable-usage-stats"]
    head = start("--head", f"--port={port}", f"--temp-dir={place}", "--include-dashboard=false", *common)
    nodes = [head]
    try:
        reach(port, head)
        nodes.append(start(f"--address={host}:{port}", *common))
        yield wait_for_nodes(f"{host}:{port}", 2)
    finally:
        for node in reversed(nodes):
            node.send_signal(signal.SIGTERM)
        for node in nodes:
            node.wait(30)
        shutil.rmtree(place, ignore_errors=True)
        environment.undo()


def start(*arguments: str) -> subprocess.Popen:
    ray = Path(sys.executable).parent / "ray"
    return subprocess.Popen([ray, "start", *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def reach(port: int, head: subprocess.Popen) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until and head.poll() is None:
        with socket.socket() as line:
            if line.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise RuntimeError("the first Ray node does not start")


def wait_for_nodes(address: str, count: int) -> str:
    import ray

    ray.init(address=address, log_to_driver=False, logging_level="error")
    until = time.monotonic() + 60
    while sum(node["Alive"] for node in ray.nodes()) < count:
        assert time.monotonic() < until, "the second Ray node does not start"
        time.sleep(0.1)
    ray.shutdown()
    return address


class TestCluster:
    pytestmark = needs_ray

    def test_the_same_cells_give_the_same_there_and_here(self, address, tmp_path):
        cells = [
            Cell("train/a", "cell_jobs:train", {"seed": 1}),
            Cell("train/b", "cell_jobs:train", {"seed": 2}),
            Cell("evaluate", "cell_jobs:evaluate", {"episodes": 2}, after=("train/b", "train/a")),
            Cell("killed", "cell_jobs:once_killed"),
            Cell("threads", "cell_jobs:surroundings"),
            Cell("bad", "cell_jobs:fail"),
            Cell("after-bad", "cell_jobs:evaluate", {"episodes": 2}, after=("bad",)),
        ]
        here = run(cells, Options(out=tmp_path / "here", workers=2, nthread=1))
        there = run(cells, Options(out=tmp_path / "there", executor="ray", address=address))
        assert there.results == here.results
        assert len(there.results) == 5
        assert there.records["killed"].attempts == here.records["killed"].attempts == 2
        assert "ValueError: no such door" in there.failed["bad"]
        assert there.not_run == here.not_run == {"after-bad": "bad"}
        assert files(tmp_path / "there" / "cells" / "train") == files(tmp_path / "here" / "cells" / "train")
        assert len({record.where for record in there.records.values()}) == 2, "both nodes had work"

    def test_a_lost_worker_and_a_folder_too_large(self, address, tmp_path):
        flag = tmp_path / "flag"
        cells = [
            Cell("lost", "cell_jobs:once_killed", {"parent": str(flag)}),
            Cell("large", "cell_jobs:large", {"mib": 2}),
        ]
        summary = run(cells, Options(out=tmp_path / "out", executor="ray", address=address, folder_limit=1))
        assert summary.records["lost"].attempts == 2
        assert "The cell's folder holds 2.0 MiB, and at most 1 travel" in summary.failed["large"]
        kept = run(cells[:1], Options(out=tmp_path / "out", executor="ray", address="nobody:1"))
        assert kept.exit_code == 0, "what is done needs no cluster"

    def test_a_signal_to_stop_brings_checkpoints_home(self, address, tmp_path):
        arguments = ("--executor", "ray", "--address", address)
        with command("cells_to_interrupt", tmp_path, *arguments) as process:
            pids = [int(wait_for(tmp_path / name, process)) for name in ("one", "two")]
            process.send_signal(signal.SIGTERM)  # Ray has a handler of its own for it
            process.communicate(timeout=60)
        assert process.returncode == 130
        for pid in pids:
            with pytest.raises(ProcessLookupError):
                os.kill(pid, 0)
        assert (tmp_path / "cells" / "long" / "one" / "checkpoint").exists()
        with command("cells_to_interrupt", tmp_path, *arguments) as again:
            again.communicate(timeout=60)
        results = {line["name"]: line["result"] for line in map(json.loads, (tmp_path / "results.jsonl").open())}
        assert results == {"quick": {"sum": 3}, "long/one": {"resumed": True}, "long/two": {"resumed": True}}

    def test_cells_that_fit_on_no_node_are_refused(self, address, tmp_path):
        with pytest.raises(OptionError, match="Each cell gets 2 cores, and no node has more than 1"):
            Cluster(address, nthread=2)

    def test_without_an_address_a_cluster_is_started_here(self, tmp_path, monkeypatch):
        for name in ("RAY_AUTH_MODE", "RAY_AUTH_TOKEN"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("HOME", str(tmp_path / "home"))
        with command("cells_with_a_failure", tmp_path / "out", "--executor", "ray") as process:
            printed = process.communicate(timeout=120)[0]
        assert "1 of 4 cells are done" in printed
        assert not (tmp_path / "home").exists(), "it leaves nothing there"


def test_an_address_without_a_cluster_is_said_at_once(tmp_path):
    pytest.importorskip("ray")
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # bound, so nobody else's; and nobody listens
        address = f"127.0.0.1:{closed.getsockname()[1]}"
        with pytest.raises(OptionError, match=f"No Ray cluster at '{address}': .*refused"):
            run([Cell("a", "cell_jobs:fail")], Options(out=tmp_path, executor="ray", address=address))


def test_without_ray_the_command_that_installs_it_is_said(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(MissingDependencyError, match=r"pip install 'hand-envs\[ray\]'"):
        run([Cell("a", "cell_jobs:fail")], Options(out=tmp_path, executor="ray"))


def files(folder: Path) -> dict[str, bytes]:
    """What jobs left, without what the runner writes."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name not in ("cell.json", "log.txt")
    }
