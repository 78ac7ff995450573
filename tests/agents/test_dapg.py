"""DAPG: runs that resume bit for bit, any environment with demonstrations, and what is told of mistakes."""

from __future__ import annotations

import json
from dataclasses import replace
from types import SimpleNamespace

import gymnasium as gym
import minari
import numpy as np
import pytest
from minari.data_collector.episode_buffer import EpisodeBuffer

pytest.importorskip("sb3_contrib", reason="needs hand-envs[agents]")
from dapg_runs import PENDULUM, parameters, ready, small, train

from agents.common import command
from agents.common.evaluation import Evaluation
from agents.dapg import METHODS, Agent, Training, configured
from agents.dapg.__main__ import main
from agents.dapg.play import main as play
from hand_envs.datasets.shipped import planned
from hand_envs.errors import DatasetError, OptionError


@pytest.fixture
def pendulum(tmp_path):
    """A Minari dataset of another project's environment: what a hand that only damps does."""
    env, buffers = gym.make("Pendulum-v1"), []
    for seed in range(3):
        observations, actions, rewards = [env.reset(seed=seed)[0]], [], []
        for _ in range(30):
            actions.append(np.array([-0.5 * observations[-1][2]], np.float32))
            observation, reward, *_ = env.step(actions[-1])
            observations.append(observation)
            rewards.append(reward)
        ends = {"terminations": [False] * 30, "truncations": [False] * 29 + [True]}
        columns = {"observations": np.array(observations), "actions": np.array(actions), "rewards": rewards}
        buffers.append(EpisodeBuffer(id=seed, seed=seed, **columns, **ends))
    minari.create_dataset_from_buffers("test/pendulum-v0", buffers, env="Pendulum-v1")
    return "test/pendulum-v0"


# --- runs ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", METHODS)
def test_every_method_trains_and_its_agent_acts(method, tmp_path):
    training = train(small(method), tmp_path / "run")
    agent = Agent.load(tmp_path / "run" / "agent")
    observation = np.random.default_rng(0).normal(size=(5, 39))
    assert agent(observation).shape == (5, 28)
    np.testing.assert_allclose(agent(observation)[3], agent(observation[3]), atol=1e-6)
    assert training.last["test"]["episodes"] == 2


@pytest.mark.slow
def test_a_run_that_was_stopped_goes_on_bit_for_bit(tmp_path):
    config = small()
    whole = train(config, tmp_path / "whole")
    train(replace(config, steps=32), tmp_path / "parts")
    parts = train(config, tmp_path / "parts", resume=True)
    np.testing.assert_array_equal(parameters(whole), parameters(parts))


def test_a_run_whose_episodes_begin_midway_goes_on_bit_for_bit(tmp_path):
    config = small(env="HandPen-v0", start_midway=0.5, num_steps=60, steps=480)
    whole = train(config, tmp_path / "whole")
    assert len(whole.model.ep_success_buffer) > 0, "some pens are dropped, so episodes begin"
    train(replace(config, steps=240), tmp_path / "parts")
    parts = train(config, tmp_path / "parts", resume=True)
    np.testing.assert_array_equal(parameters(whole), parameters(parts))
    assert not np.array_equal(
        parameters(whole), parameters(train(replace(config, start_midway=0.0), tmp_path / "other"))
    )


def test_episodes_begin_where_demonstrations_pass(tmp_path):
    training = ready(small(start_midway=1.0), tmp_path)
    env, passed = training.bridge, training.pairs[0].astype(np.float32)
    seen, done = env.reset(), np.zeros(4, bool)
    while not done.any():
        seen, _, done, _ = env.step(np.zeros((4, 28)))
    assert done.all(), "at the time limit"
    rows = [np.flatnonzero((passed == each).all(1)) for each in seen]
    assert all(len(row) for row in rows)
    assert any(row[0] % 5 == 0 and row[0] > 0 for row in rows)
    never = ready(small(), tmp_path / "never")
    assert never.bridge.start_sampler is None


@pytest.mark.slow
def test_rewards_are_learned_from_by_their_logarithm(tmp_path):
    rewards = []
    for log_rewards in (False, True):
        training = Training(small(log_rewards=log_rewards), tmp_path / str(log_rewards), nthread=1, episodes=2)
        training.venv.training, training.venv.norm_reward = False, False
        training.venv.seed(0), training.venv.reset()
        rewards.append(training.venv.step(np.full((4, 28), 0.5))[1])
    plain, logged = rewards
    assert (plain != 0).all()
    np.testing.assert_allclose(np.sign(logged) * np.expm1(np.abs(logged)), plain, rtol=1e-4)


def test_what_cannot_begin_midway_is_told(tmp_path, pendulum):
    with pytest.raises(OptionError, match="cannot start midway"):
        ready(configured("dapg", **PENDULUM, demonstrations=pendulum, start_midway=0.5), tmp_path)
    with pytest.raises(OptionError, match="start_midway must be from 0 to 1"):
        small(start_midway=2.0)


def test_the_best_agent_is_kept(tmp_path, monkeypatch):
    """After the second of three batches; also where the third is learned after a stop."""

    rates = iter([0.2, 0.8, 0.5, 0.2, 0.8, 0.5])

    def success(self, act):
        return SimpleNamespace(summary=lambda: {"success": next(rates), "episodes": 2, "return": 0.0})

    monkeypatch.setattr(Evaluation, "run", success)
    whole = train(small(), tmp_path / "whole", evaluate_every=32)
    train(small(steps=64), tmp_path / "parts", evaluate_every=32)
    second = Agent.load(tmp_path / "parts" / "agent")
    train(small(), tmp_path / "parts", evaluate_every=32, resume=True)
    observation = np.random.default_rng(0).normal(size=(5, 39))
    for folder in ("whole", "parts"):
        np.testing.assert_array_equal(Agent.load(tmp_path / folder / "best")(observation), second(observation))
    assert not np.array_equal(Agent.load(whole.folder / "agent")(observation), second(observation))


@pytest.mark.slow
def test_cloning_comes_closer_to_the_demonstrations_with_every_pass(tmp_path):
    def error(epochs: int) -> float:
        training = train(small("bc", bc_epochs=epochs, network=(32, 32)), tmp_path / str(epochs))
        assert training.seconds > 0, "cloning takes time, too"
        states, actions = training.pairs
        return float(np.square(Agent.load(tmp_path / str(epochs) / "agent")(states) - actions).mean())

    assert error(4) < 0.7 * error(1)


def test_any_environment_with_demonstrations(tmp_path, pendulum, monkeypatch):
    monkeypatch.setattr(minari, "load_dataset", None)  # which believes what a file says and runs what it names
    training = train(configured("dapg", **PENDULUM, demonstrations=pendulum), tmp_path / "run")
    assert training.pairs[0].shape == (90, 3)
    assert np.isfinite(training.last["test"]["return"])


def test_success_is_counted_as_dapg_does(tmp_path):
    """More than 25 steps at the goal, and not the state at the end."""
    assert configured(env="HandDoor-v0").goal_steps == 26
    assert configured(env="HandPen-v0").goal_steps == 21
    assert configured(env="HandPour-v0").goal_steps == 10
    assert configured(env="Pendulum-v1").goal_steps is None


# --- mistakes ------------------------------------------------------------------------------------------------------


def test_what_is_no_method_is_told():
    with pytest.raises(OptionError, match="did you mean 'dapg'"):
        configured("dagp")
    with pytest.raises(OptionError, match="lambda1 from 0 to 1"):
        configured("dapg", lambda1=1.5)
    with pytest.raises(OptionError, match="std must be above 0"):
        configured("dapg", std=0.0)
    with pytest.raises(OptionError, match="gamma is above 0"):
        configured("dapg", gamma=1.5)
    with pytest.raises(OptionError, match="bc clones and learns no further"):
        configured("bc", steps=1000)


def test_a_task_has_settings_of_its_own_that_can_be_changed():
    assert configured("dapg", "HandHammer-v0").std < configured("dapg", "HandDoor-v0").std
    assert configured("dapg", "HandHammer-v0", std=0.4).std == 0.4
    assert configured("npg", "HandHammer-v0").std == configured("npg", "HandDoor-v0").std
    pen, scratch, cloned = (configured(method, "HandPen-v0") for method in ("dapg", "npg", "bc"))
    assert (scratch.log_rewards, scratch.gamma) == (pen.log_rewards, pen.gamma) != (cloned.log_rewards, cloned.gamma)
    assert scratch.bc_epochs == scratch.lambda0 == scratch.start_midway == 0 < pen.start_midway


def test_the_command_takes_the_settings_of_the_task_it_names(tmp_path, monkeypatch):
    told = []
    monkeypatch.setattr(command, "_train", lambda kind, config, given, console: told.append(config))
    for arguments in (["--env", "HandHammer-v0"], ["--env=HandHammer-v0", "--std", "0.4"], ["--method", "npg"]):
        assert main(arguments) == 0
    hammer, other, npg = told
    assert hammer == configured("dapg", "HandHammer-v0")
    assert other == configured("dapg", "HandHammer-v0", std=0.4)
    assert npg == configured("npg")


def test_a_run_from_before_an_option_came_or_was_called_otherwise_goes_on(tmp_path):
    train(small(steps=32), tmp_path)
    for path in tmp_path.rglob("config.json"):
        stored = json.loads(path.read_text())
        del stored["start_midway"]
        path.write_text(json.dumps({**stored, "practice": stored.pop("augmentation")}))
    assert train(small(steps=64), tmp_path, resume=True).steps == 64


def test_demonstrations_that_are_missing_are_told(tmp_path):
    with pytest.raises(DatasetError, match=r"Nothing at .*nowhere"):
        ready(small(demonstrations="nowhere.pickle"), tmp_path / "run")
    with pytest.raises(OptionError, match="has no user whose demonstrations"):
        ready(configured("dapg", **PENDULUM), tmp_path / "other")


def test_demonstrations_of_another_task_are_told(tmp_path):
    with pytest.raises(DatasetError, match=r"actions of shape \(26,\), the environment takes \(28,\)"):
        ready(small(demonstrations=str(planned("HandHammer-v0"))), tmp_path / "run")


def test_a_folder_with_a_finished_cloning_is_not_overwritten(tmp_path):
    train(small("bc"), tmp_path / "run")
    with pytest.raises(OptionError, match="--resume"):
        Training(small("bc"), tmp_path / "run", nthread=1)


def test_another_training_is_not_resumed(tmp_path):
    train(small(), tmp_path / "run")
    with pytest.raises(OptionError, match=r"lambda0 0\.1 -> 0\.2"):
        Training(small(lambda0=0.2), tmp_path / "run", resume=True, nthread=1)


def test_an_agents_config_of_a_stranger_is_checked(tmp_path):
    train(small("bc"), tmp_path / "run")
    path = tmp_path / "run" / "agent" / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "lamda0": 1.0}))
    with pytest.raises(OptionError, match="did you mean 'lambda0'"):
        Agent.load(tmp_path / "run" / "agent")


def test_the_command_trains(tmp_path, capsys):
    arguments = "--method npg --steps 64 --num-envs 4 --num-steps 8 --network 8 --minibatch 16 --episodes 2 --nthread 1"
    assert main([*arguments.split(), "--folder", str(tmp_path / "run")]) == 0
    assert "The agent is in" in capsys.readouterr().out
    assert main([*arguments.split(), "--folder", str(tmp_path / "run")]) == 2
    assert "--resume" in capsys.readouterr().err


def test_an_agent_is_played_and_counted_as_dapg_does(tmp_path, capsys):
    folder = train(small("bc", env="HandPen-v0"), tmp_path / "run").folder / "agent"
    assert play([str(folder), "--episodes", "3"]) == 0
    told = capsys.readouterr().out
    assert "HandPen-v0" in told
    assert "%" in told
    assert play([str(tmp_path), "--episodes", "3"]) == 2


def test_observations_are_normalised_as_demonstrated_for_good(tmp_path):
    training = ready(small(env="HandPen-v0"), tmp_path / "run")
    training.resume = True
    before = training.venv.obs_rms.mean.copy(), training.venv.obs_rms.var.copy()
    training.run()
    for part, now in zip(before, (training.venv.obs_rms.mean, training.venv.obs_rms.var), strict=True):
        np.testing.assert_allclose(now, part, rtol=1e-6, atol=1e-6)
    scratch = Training(small("npg", env="HandPen-v0", bc_epochs=0), tmp_path / "scratch", nthread=1, episodes=2)
    first = scratch.venv.obs_rms.mean.copy()
    scratch.run()
    assert np.abs(scratch.venv.obs_rms.mean - first).max() > 1e-3
