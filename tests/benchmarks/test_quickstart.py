"""What a newcomer sees first: the shipped agents help, and the quickstart shows it."""

from __future__ import annotations

import gymnasium as gym
import pytest
from conftest import ROOT, needs_gl, slow_but
from rich.console import Console

pytest.importorskip("imitation", reason="agents need the extra, and imitation")
pytest.importorskip("matplotlib")

from agents.common.evaluation import Evaluation
from agents.common.film import scenes
from agents.ppo_gail import Agent, Nobody
from benchmarks import shipped
from benchmarks.published import published
from benchmarks.quickstart import Options, main
from hand_envs.errors import RenderingError

AGENTS = sorted(folder for folder in (ROOT / "assets" / "agents").iterdir() if (folder / "policy.pt").exists())
EPISODES = 40


def test_shipped_agents_were_counted_as_they_are_and_help():
    """What ships is what results were published of: with other weights, a cell is another."""
    counted = published("shipped")
    cells = {cell.name: cell for cell in shipped.cells(shipped.Command())}
    assert {name: counted[name].changed(cell, {}) for name, cell in cells.items()} == dict.fromkeys(cells, "")
    for folder in AGENTS:
        alone, helped = (counted[f"users/{folder.name}/{who}"].result["successes"] for who in ("alone", "agent"))
        assert helped > alone


@pytest.mark.parametrize("folder", slow_but(AGENTS, "door"), ids=lambda folder: folder.name)
def test_a_shipped_agent_is_small_and_helps(folder):
    assert sum(path.stat().st_size for path in folder.rglob("*")) < 1e6
    agent = Agent.load(folder)
    test = Evaluation(agent.config.env, agent.config.test_options(), EPISODES, seed=500)
    alone = Nobody(gym.spaces.flatdim(test.env.single_action_space))
    assert test.run(agent).success.sum() >= test.run(alone).success.sum()


def test_there_is_one_for_every_task():
    assert [folder.name for folder in AGENTS] == ["door", "hammer", "pen", "relocate"]


@needs_gl
def test_the_quickstart(tmp_path):
    console = Console(record=True, width=120)
    main(Options(rollouts=4, scenes=1, size=64, out=tmp_path), console)
    printed = console.export_text()
    assert "user alone" in printed
    assert "with agent" in printed
    for name in ("side_by_side.mp4", "contact_forces.png"):
        assert (tmp_path / name).stat().st_size > 1000
        assert name in printed


def test_the_quickstart_without_gl_says_so_and_plots(tmp_path, monkeypatch):
    def without_pictures(*arguments):
        if arguments[-1]:
            raise RenderingError("no GL here")
        return scenes(*arguments)

    monkeypatch.setattr("benchmarks.quickstart.scenes", without_pictures)
    console = Console(record=True, width=120)
    main(Options(rollouts=2, scenes=1, out=tmp_path), console)
    assert "no video: no GL here" in console.export_text()
    assert (tmp_path / "contact_forces.png").exists()
