"""Demonstrations through a tracker, a network, kappa and the arm, with agents or not: `python -m benchmarks.live`.

Each demonstration that no agent was trained on becomes the stream that a tracker would have sent of its author's hand
(`hand_envs.live.demonstrated`), and a `LiveUser` follows it: 21 points and a wrist in, an episode out. How long that
takes is measured in real time, over a socket.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tyro

from benchmarks.command import CellsCommand, write
from benchmarks.report import Comparison, Number, success
from benchmarks.runner import Cell
from benchmarks.shipped import digest
from hand_envs.cli.guard import guarded
from hand_envs.datasets.shipped import demonstrations_of
from hand_envs.files.shipped import shipped
from hand_envs.live.worse import Worse
from hand_envs.registry import task_of

Results = Mapping[str, Mapping[str, Any]]

TASKS = ("door", "hammer", "pen", "relocate")
TEST = slice(1, None, 2)
"""The demonstrations that no shipped agent was trained on."""
STREAMS: dict[str, Worse | None] = {
    "tracked": None,
    "live": Worse(),
    "losses": Worse(gaps=0.5, gap=(0.15, 0.5)),
}
"""30 frames a second; then 30 to 60 ms late, one in twenty lost, trembling and drifting; then no hand for a while."""
TITLES = {"tracked": "as tracked", "live": "as bad as live", "losses": "and lost at times"}
KINDS = {"user alone": "alone", "with agent": "agent"}
DELAYS = {"p50": 50, "p99": 99}


@dataclass(frozen=True)
class Command(CellsCommand):
    """What to count."""

    name = "live"
    tasks: tuple[str, ...] = TASKS
    kappa: str = "optimised"
    seeds: int = 2
    """How often each demonstration goes through a bad stream, each time another."""
    latency: bool = True
    """Measure how long it takes from a capture to the action. Only on a machine left alone!"""
    seconds: float = 20.0
    """Of that."""


def cells(command: Command) -> list[Cell]:
    """A cell for each task, stream, and who plays; and one for the latency of each task."""
    found = []
    for task in command.tasks:
        agent = f"agents/{task}"
        shared = {"env": f"Hand{task.capitalize()}-v0", "kappa": command.kappa}
        files = digest(shipped(agent, "agents"))
        for stream, worse in STREAMS.items():
            how = {"worse": asdict(worse), "seeds": command.seeds} if worse else {"worse": None, "seeds": 1}
            found.append(_cell(f"{task}/{stream}/alone", "count", {**shared, **how}))
            found.append(_cell(f"{task}/{stream}/agent", "count", {**shared, **how, "agent": agent, "files": files}))
        if command.latency:
            timed = {**shared, "agent": agent, "files": files, "seconds": command.seconds}
            found.append(_cell(f"{task}/latency", "latency", timed))
    return found


def count(
    env: str,
    kappa: str,
    worse: Mapping[str, Any] | None,
    seeds: int,
    folder: Path,
    nthread: int,
    agent: str | None = None,
    files: str = "",
) -> dict[str, Any]:
    """The job: how many of the demonstrations that no agent saw succeed when they are seen by a tracker."""
    from hand_envs.live.demonstrated import recordings
    from hand_envs.live.playing import make, play
    from hand_envs.live.user import LiveUser

    task = task_of(env)
    assert task is not None
    seen = recordings(task, demonstrations_of(env)[TEST])
    spoilt = [
        Worse(**worse)(each, 1000 * seed + number) if worse else each
        for seed in range(seeds)
        for number, each in enumerate(seen)
    ]
    user, policy = LiveUser.for_task(env, input=spoilt, kappa=kappa), _policy(agent, folder)
    made = make(env.replace("-v0", "Residual-v0"), user, policy)
    reports = [play(made, user, policy, seed=0, options={"sequence": number}) for number in range(len(spoilt))]
    return {
        "successes": sum(each.success for each in reports),
        "episodes": len(reports),
        "frames": dict(sum((each.counts for each in reports[1:]), reports[0].counts)),
    }


def latency(
    env: str, kappa: str, seconds: float, agent: str, folder: Path, nthread: int, files: str = ""
) -> dict[str, Any]:
    """The job: in real time, 60 frames a second over a socket: the delays (s) from captures to their actions."""
    from benchmarks.sending import sending
    from hand_envs.live.playing import make, play
    from hand_envs.live.sources import Datagrams
    from hand_envs.live.user import LiveUser

    free = Datagrams(port=0)
    address = f"udp://127.0.0.1:{free.port}"
    free.close()
    user = LiveUser.for_task(env, input=address, kappa=kappa, seconds=seconds)
    policy = _policy(agent, folder)
    made = make(env.replace("-v0", "Residual-v0"), user, policy, max_episode_steps=-1)
    with sending(address, seconds + 5):
        report = play(made, user, policy, seed=0)
    made.close()
    return {"delays": np.round(report.delays, 5).tolist(), "steps": report.steps, "late": report.late}


def _policy(agent: str | None, folder: Path) -> Any:
    """A shipped agent, as the suite runs it."""
    if agent is None:
        return None
    from agents.common.export import export
    from hand_envs.live.policy import Policy

    return Policy.load(export(shipped(agent, "agents"), folder / "policy.npz"))


def successes(results: Results) -> Comparison:
    """Demonstrations seen by a tracker: users alone and with the agents that ship."""
    table = Comparison("Demonstrations that a tracker saw, followed live", list(TITLES.values()), "%", digits=0)
    for task in TASKS:
        for title, kind in KINDS.items():
            for stream, column in TITLES.items():
                if counted := results.get(f"{task}/{stream}/{kind}"):
                    table.put(f"{task}, {title}", column, success(counted["successes"], counted["episodes"]))
    return table


def delays(results: Results) -> Comparison:
    """How long it takes from a capture to the first action that it acts on."""
    table = Comparison("From a capture to the action", list(DELAYS), "ms")
    for task in TASKS:
        if measured := results.get(f"{task}/latency"):
            for column, percentile in DELAYS.items():
                table.put(task, column, Number(1e3 * float(np.percentile(measured["delays"], percentile))))
    return table


def main(command: Command) -> int:
    """Count, print, write; returns the exit status."""
    summary = command.go(cells(command))
    write(command.out / "successes", successes(summary.results))
    if command.latency:
        write(command.out / "delays", delays(summary.results))
    return summary.exit_code


def _cell(name: str, job: str, options: Mapping[str, Any]) -> Cell:
    return Cell(name, f"benchmarks.live:{job}", options)


if __name__ == "__main__":
    sys.exit(guarded(lambda: main(tyro.cli(Command, description=__doc__))))
