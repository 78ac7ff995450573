"""An agent as a NumPy file acts as the agent does, and a stranger's file is looked at."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
from conftest import ROOT
from fuzz.mutants import damaged, outcome, within

pytest.importorskip("stable_baselines3", reason="agents need the extra: pip install 'hand-envs[agents]'")

from agents.common.agent import SavedPolicy
from agents.common.export import export, main
from hand_envs.errors import DatasetError, OptionError
from hand_envs.live.policy import Policy

AGENTS = ["door", "pen", "hammer", "relocate", "dapg/relocate"]


def shipped(name: str):
    return ROOT / "assets" / "agents" / name


@pytest.fixture
def door(tmp_path):
    return export(shipped("door"), tmp_path / "policy.npz")


@pytest.mark.parametrize("name", AGENTS)
def test_numpy_acts_as_torch_does(name, tmp_path):
    saved, policy = SavedPolicy.load(shipped(name)), Policy.load(export(shipped(name), tmp_path / "policy.npz"))
    random = np.random.default_rng(0)
    seen = saved.mean + np.sqrt(saved.variance) * random.normal(scale=3, size=(200, len(saved.mean)))
    acted = policy(seen)
    np.testing.assert_allclose(acted, saved(seen), atol=1e-6)
    np.testing.assert_allclose(policy(seen[7]), acted[7], atol=1e-6)
    assert acted.std() > 0.01, "the policy does something"
    assert np.isfinite(policy(seen * 1e300)).all()


def test_the_file_says_where_it_was_trained(door):
    policy = Policy.load(door)
    assert (policy.env, policy.limit, policy.width) == ("HandDoorResidual-v0", 0.2, 28)
    policy.check_fits(67, 28, "HandDoorResidual-v0")
    with pytest.raises(OptionError, match="trained in HandDoorResidual-v0: it takes 67"):
        policy.check_fits(39, 28, "HandDoor-v0")


def test_the_command_writes_beside_the_agent(tmp_path, capsys):
    folder = shutil.copytree(shipped("door"), tmp_path / "door")
    with pytest.raises(DatasetError, match=r"`python -m agents.common.export .*door` makes it"):
        Policy.load(folder)
    assert main([str(folder)]) == 0
    assert str(folder / "policy.npz") in capsys.readouterr().out
    Policy.load(folder)
    assert main([str(tmp_path / "nowhere")]) == 2


def changed(path, **parts):
    with np.load(path) as file:
        all_parts = {**file, **parts}
    np.savez(path, **{name: value for name, value in all_parts.items() if value is not None})


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"weight1": None}, "weight1 must be numbers of shape"),
        ({"mean": np.zeros(66)}, "variance must be"),
        ({"bias0": np.zeros((64, 1))}, "no bias0"),
        ({"weight0": np.full((64, 67), np.nan)}, "not finite"),
        ({"weight0": np.full((64, 67), 1e300)}, "not finite"),
        ({"variance": -np.ones(67)}, "negative"),
        ({"actuators": np.zeros(28, int)}, "28 different numbers"),
        ({"actuators": np.arange(28) + 1}, "28 different numbers"),
        ({"width": np.array(2**60)}, "28 different numbers"),
        ({"width": np.zeros((2, 2), int)}, "whole numbers"),
        ({"low": np.zeros(28, "U5")}, "low must be numbers"),
        ({"limit": np.zeros(3)}, "limit must be numbers"),
        ({f"weight{k}": np.zeros(1) for k in range(3, 60)}, "60 layers"),
    ],
)
def test_files_from_strangers(door, parts, said):
    changed(door, **parts)
    with pytest.raises(DatasetError, match=said) as refused:
        Policy.load(door)
    assert str(door) in str(refused.value)


def test_pickles_in_a_file_are_not_read(door):
    changed(door, env=np.array([{"a": 1}], object))
    with pytest.raises(DatasetError, match="only arrays of numbers"):
        Policy.load(door)


def test_damaged_files(door, deep):
    content, random = door.read_bytes(), np.random.default_rng(0)
    found = set()
    with within():
        for _ in range(200 * deep):
            door.write_bytes(damaged(content, random))
            found.add(outcome(lambda: Policy.load(door)(np.zeros((1, len(Policy.load(door).mean)))), door))
    assert "refused" in found
