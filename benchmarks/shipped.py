"""What the agents that ship with the suite reach, alone or with a user: `python -m benchmarks.shipped`."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tyro

from benchmarks.command import CellsCommand, write
from benchmarks.dapg.tables import PUBLISHED, Results
from benchmarks.report import Comparison, success
from benchmarks.runner import Cell
from hand_envs.cli.guard import guarded
from hand_envs.core.task import options_of
from hand_envs.files.shipped import shipped
from hand_envs.registry import ENTRIES, entry

NOISE = 0.05  # of users: standard deviation in normalised action units
USERS = {"user alone": "alone", "with agent": "agent"}
COUNTS = {"success": "lenient", "strictly": "strict"}
POLICY = ("policy.pt", "normaliser.npz", "spaces.json")  # what decides how an agent acts


@dataclass(frozen=True)
class Command(CellsCommand):
    """What to count."""

    name = "shipped"
    user_episodes: int = 300
    """Of each user, who repeats sequences that the agent was not trained on."""
    episodes: int = 100
    """Of each agent that acts alone."""


def cells(command: Command) -> list[Cell]:
    """A cell for each agent that ships, and for each way of counting."""
    found = []
    for folder in _folders("agents"):
        options = {**_agent(folder), "options": {"noise": NOISE}, "episodes": command.user_episodes, "seed": 10_000}
        for nobody in (True, False):
            found.append(_cell(f"users/{folder.name}/{'alone' if nobody else 'agent'}", {**options, "nobody": nobody}))
    for folder in _folders("agents/dapg"):
        options = {**_agent(folder), "episodes": command.episodes, "seed": 20_000}
        found.append(_cell(f"alone/{options['env']}/lenient", options))
        if "success" in (options_of(type(entry(options["env"]).make_task())) or []):
            found.append(_cell(f"alone/{options['env']}/strict", {**options, "options": {"success": "strict"}}))
    return found


def count(
    agent: str,
    env: str,
    files: str,
    episodes: int,
    seed: int,
    folder: Path,
    nthread: int,
    options: Mapping[str, Any] | None = None,
    nobody: bool = False,
) -> dict[str, Any]:
    """The job: successes of a shipped agent from seeds that are always the same; with `nobody`, of its user alone."""
    from agents import dapg, ppo_gail
    from agents.common.evaluation import Act, Evaluation

    kind = dapg.Agent if agent.startswith("agents/dapg/") else ppo_gail.Agent
    player = kind.load(shipped(agent, "agents"))
    config = player.config
    test = Evaluation(env, {**config.test_options(), **(options or {})}, episodes, seed, nthread, config.goal_steps)
    act: Act = ppo_gail.Nobody(player.width) if nobody else player
    outcome = test.run(act)
    test.env.close()
    return {"successes": int(outcome.success.sum()), "episodes": episodes, "summary": outcome.summary()}


def users_table(results: Results) -> Comparison:
    """Users alone and with the agents that ship."""
    table = Comparison("Users whose sequences an agent never saw, at a noise of 0.05", _users(results), "%")
    for title, kind in USERS.items():
        for name in table.columns:
            if counted := results.get(f"users/{name}/{kind}"):
                table.put(title, name, success(counted["successes"], counted["episodes"]))
    return table


def agents_table(results: Results) -> Comparison:
    """Agents that act alone, beside the policies published with DAPG."""
    table = Comparison("Agents that ship", list(COUNTS), "%", digits=0)
    for env in [each.id for each in ENTRIES if f"alone/{each.id}/lenient" in results]:
        for column, kind in COUNTS.items():
            if counted := results.get(f"alone/{env}/{kind}"):
                paper = PUBLISHED.get(env) if kind == "lenient" else None
                table.put(f"`{env}`", column, success(counted["successes"], counted["episodes"], paper))
    return table


def main(command: Command) -> int:
    """Count, print, write; returns the exit status."""
    summary = command.go(cells(command))
    write(command.out / "users", users_table(summary.results))
    write(command.out / "agents", agents_table(summary.results))
    return summary.exit_code


def _folders(name: str) -> list[Path]:
    place = shipped(name, "agents")
    return sorted(folder for folder in place.iterdir() if (folder / "policy.pt").exists())


def _agent(folder: Path) -> dict[str, Any]:
    """Which agent, and what it is made of: with another, the cell is another."""
    name = f"agents/{folder.name}" if folder.parent.name == "agents" else f"agents/{folder.parent.name}/{folder.name}"
    env = json.loads((folder / "config.json").read_text())["env"]
    return {"agent": name, "env": env, "files": digest(folder)}


def digest(folder: Path) -> str:
    """Of what decides how an agent acts."""
    return hashlib.sha256(b"".join((folder / name).read_bytes() for name in POLICY)).hexdigest()[:16]


def _cell(name: str, options: Mapping[str, Any]) -> Cell:
    return Cell(name, "benchmarks.shipped:count", options)


def _users(results: Results) -> list[str]:
    return list(dict.fromkeys(name.split("/")[1] for name in results if name.startswith("users/")))


if __name__ == "__main__":
    sys.exit(guarded(lambda: main(tyro.cli(Command, description=__doc__))))
