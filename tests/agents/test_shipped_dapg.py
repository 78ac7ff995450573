"""Agents of DAPG that come with the suite: small, and as good as README says, on episodes that chose nothing."""

from __future__ import annotations

import pytest
from conftest import ROOT, slow_but

pytest.importorskip("sb3_contrib", reason="needs hand-envs[agents]")

from agents.common.evaluation import Evaluation
from agents.dapg import Agent
from hand_envs.registry import entry

AGENTS = sorted((ROOT / "assets" / "agents" / "dapg").iterdir())
EPISODES, SEED = 40, 30_000
LEAST = 0.75  # of so few episodes; they are at 80 % or better in a hundred,
LEAST_POURING = 0.5  # but for this one, which is at 70 %


@pytest.mark.parametrize("folder", slow_but(AGENTS, "door", "relocate-mug"), ids=lambda folder: folder.name)
def test_a_shipped_agent_is_small_and_succeeds(folder):
    assert sum(path.stat().st_size for path in folder.rglob("*")) < 2e5
    agent = Agent.load(folder)
    assert entry(agent.config.env).name == folder.name
    test = Evaluation(agent.config.env, {}, EPISODES, SEED, goal_steps=agent.config.goal_steps)
    assert test.run(agent).success.mean() >= (LEAST_POURING if folder.name == "pour" else LEAST)
