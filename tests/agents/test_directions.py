"""Which way imports run inside `agents/`: an agent never imports another; what two share is in common."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from conftest import ROOT

AGENTS = ROOT / "agents"
FILES = sorted(path for path in AGENTS.rglob("*.py") if path.parent != AGENTS)


def imported(path: Path) -> set[str]:
    """Agents that a file names in its imports, wherever in it they are, or by an address that it imports later."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and " " not in node.value:
            names.add(node.value.partition(":")[0])
    return {name.split(".")[1] for name in names if name.startswith("agents.") and name.split(".")[1]}


@pytest.mark.parametrize("path", FILES, ids=[str(path.relative_to(AGENTS)) for path in FILES])
def test_an_agent_imports_only_common_and_itself(path):
    own = path.relative_to(AGENTS).parts[0]
    packages = {each.name for each in AGENTS.iterdir() if each.is_dir()}
    beyond = (imported(path) & packages) - {own, "common"}
    assert not beyond, f"agents/{path.relative_to(AGENTS)} imports the agents {beyond}"
    assert "benchmarks" not in path.read_text().replace("python -m benchmarks", ""), "benchmarks import agents"


def test_imports_are_seen_wherever_they_are(tmp_path):
    path = tmp_path / "expert.py"
    path.write_text("def load():\n    from agents.ppo_gail import Agent\n    return 'agents.dapg:Agent'\n")
    assert imported(path) == {"ppo_gail", "dapg"}
