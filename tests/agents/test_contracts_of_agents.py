"""What every agent keeps, found as packages of `agents`; and so does one of somebody's own (`tiny_agent`, 60 lines)."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import numpy as np
import pytest
from conftest import needs_gl

pytest.importorskip("sb3_contrib", reason="agents need the extra: pip install 'hand-envs[agents]'")
pytest.importorskip("imitation", reason="pip install --no-deps imitation==1.0.1")
import tiny_agent
import torch

from agents.common import play
from agents.common.agent import SavedPolicy
from agents.common.command import read
from agents.common.registry import trainings
from hand_envs.errors import OptionError

AGENTS = {**trainings(), "tiny_agent": tiny_agent}
every_agent = pytest.mark.parametrize("kind", AGENTS.values(), ids=AGENTS)
every_trained = pytest.mark.parametrize(
    "kind",
    [pytest.param(kind, marks=needs_gl if "Visual" in kind.Config.env else ()) for kind in AGENTS.values()],
    ids=AGENTS,
)


def tiny(kind, **changes):
    return kind.Config.configured(**{**kind.Config.tiny, **changes})


def train(config, kind, folder, **how):
    training = kind.Training(config, folder, nthread=1, episodes=1, **how)
    training.run()
    return training


def weights(training) -> np.ndarray:
    return torch.nn.utils.parameters_to_vector(training.model.policy.parameters()).detach().numpy()


def test_agents_are_found():
    assert {"ppo_gail", "dapg", "vision"} <= set(AGENTS)
    assert not {"planner", "kappa"} & set(AGENTS), "they train no agent of an environment"


@every_agent
def test_a_config_is_plain_data_and_comes_back(kind):
    for method in kind.Config.methods:
        config = kind.Config.configured(method)
        stored = json.loads(json.dumps(config.as_data(), allow_nan=False))
        assert kind.Config.from_data(stored) == config
    with pytest.raises(OptionError, match="did you mean"):
        kind.Config.from_data({**stored, "sede": 1})
    with pytest.raises(OptionError, match=r"user=.*package\.module:Class"):
        kind.Config.configured(options={"user": object()})


@every_agent
def test_the_command_line_has_every_field_with_its_default(kind, capsys):
    with pytest.raises(SystemExit) as ended:
        read(kind.Config, "Train.", ["--help"])
    shown = capsys.readouterr().out
    assert ended.value.code == 0
    for name in kind.Config.configured().as_data():
        assert name == "options" or f"--{name.replace('_', '-')}" in shown, name
    assert f"(default: {kind.Config.configured().num_envs})" in " ".join(shown.split())
    config, _ = read(kind.Config, "Train.", ["--seed", "7", "--option", "noise=0.1"])
    assert config == kind.Config.configured(seed=7, options={"noise": 0.1})


@every_trained
def test_a_run_that_was_stopped_goes_on_bit_for_bit_and_its_agent_plays(kind, tmp_path, capsys):
    whole = train(tiny(kind), kind, tmp_path / "whole")
    train(tiny(kind, steps=16), kind, tmp_path / "parts")
    parts = train(tiny(kind), kind, tmp_path / "parts", resume=True)
    assert whole.steps == parts.steps == 32
    np.testing.assert_array_equal(weights(whole), weights(parts))
    folder = tmp_path / "whole" / "agent"
    agent, width = kind.Agent.load(folder), whole.bridge.observation_space.shape[0]
    assert agent.config == tiny(kind)
    seen = np.random.default_rng(0).normal(size=(3, width))
    np.testing.assert_array_equal(agent(seen), SavedPolicy.load(folder)(seen))
    np.testing.assert_array_equal(agent(seen), whole.learner.agent()(seen))
    assert play.main(lambda: kind.Agent, lambda agent, _: {"it": agent}, [str(folder), "--episodes", "1"]) == 0
    assert "%" in capsys.readouterr().out


def test_an_agent_of_ones_own_is_sixty_lines():
    folder = Path(tiny_agent.__file__).parent
    assert sum(len((folder / name).read_text().splitlines()) for name in ("config.py", "training.py")) <= 60


def test_every_agent_is_typed_by_the_common_config():
    for name in trainings():
        source = ast.parse((Path(AGENTS[name].__file__).parent / "training.py").read_text())
        anything = [
            node
            for node in ast.walk(source)
            if isinstance(node, ast.arg) and node.arg == "config" and ast.unparse(node.annotation or node) == "Any"
        ]
        assert not anything
