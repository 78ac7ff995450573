"""Algorithm 1 on environments whose optimum is known: it finds it, and no kill loses an episode."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import gymnasium as gym
import numpy as np
import pytest
from conftest import ROOT

pytest.importorskip("torch", reason="agents need the extra: pip install 'hand-envs[agents]'")
from one_step import OPTIMUM, Bowl

from agents.cem import Agent, CemConfig, Training
from agents.cem.__main__ import main
from agents.cem.episodes import Episode, Log
from agents.cem.search import best, deviations, first, fitted
from hand_envs.errors import DatasetError, OptionError

BOWL = {"env": "one_step:Bowl-v0", "prior": "one_step:where_it_is", "sigma": (0.25,), "iterations": 50}


def folder_of(path: Path) -> dict[str, bytes]:
    """All that a search writes."""
    return {
        str(each.relative_to(path)): each.read_bytes()
        for each in sorted(path.rglob("*"))
        if each.is_file() and each.name != "lock" and each.suffix != ".pt"
    }


def same_search(one: Path, other: Path) -> None:
    """Bit for bit: episodes, pictures, state and agent; of weights the numbers, since the file has a date in it."""
    assert folder_of(one) == folder_of(other)
    weights = [Agent.load(each / "agent").policy.network.state_dict() for each in (one, other)]
    for name, value in weights[0].items():
        np.testing.assert_array_equal(value, weights[1][name])


def test_the_distribution_is_that_of_the_best():
    rewards = [0.1, 0.9, 0.9, 0.5]
    assert best(rewards, 3) == [1, 2, 3]
    found = fitted(np.array([[0.0, 1.0], [2.0, 1.0]]), np.array([0.5, 0.5]))
    np.testing.assert_allclose(found.mean, [1, 1])
    np.testing.assert_allclose(found.deviation, [1, 0.5], err_msg="the second does not vary: its floor")
    np.testing.assert_allclose(deviations(5, (2, 1), (1.0, 2.0, 3.0)), [1, 1, 2, 3, 3])
    np.testing.assert_allclose(first(np.ones(2)).mean, 0)
    with pytest.raises(OptionError, match=r"are 3 numbers; the action has 2"):
        deviations(2, (2, 1), (1.0, 2.0, 3.0))


def test_it_finds_the_optimum(tmp_path):
    """The residual of a bowl is the same wherever the bowl stands, and the prior says where that is."""
    training = Training(CemConfig(**BOWL, episodes=120, elites=5), tmp_path)
    agent = Agent.load(training.run())
    assert np.linalg.norm(training.distribution.mean - OPTIMUM) < 0.06
    rng = np.random.default_rng(0)
    env, rewards = Bowl(), []
    for seed in range(20):
        seen, _ = env.reset(seed=10_000 + seed)
        rewards.append(env.step(agent(seen, seen["place"].astype(float), rng))[1])
    assert np.mean(rewards) > 0.97, "0 residual earns 0.7"


def test_thirty_episodes_help(tmp_path):
    """With the paper's N and M."""
    training = Training(CemConfig(**BOWL, elites=5), tmp_path)
    training.run()
    rewards = [each.reward for each in training.log.episodes]
    assert np.mean(rewards[-10:]) > np.mean(rewards[:10]) + 0.1
    assert np.linalg.norm(training.distribution.mean - OPTIMUM) < 0.8 * np.linalg.norm(OPTIMUM)


def test_the_warm_up_draws_from_the_first_distribution(tmp_path):
    """Whatever is scored: only after M episodes is anything fitted."""
    one, other = (
        Training(CemConfig(**BOWL, episodes=6, warm_up=5), tmp_path / name, reward=reward)
        for name, reward in (("up", lambda attempt: attempt.score), ("down", lambda attempt: -attempt.score))
    )
    one.run(), other.run()
    residuals = [np.array([each.residual for each in training.log.episodes]) for training in (one, other)]
    np.testing.assert_array_equal(residuals[0][:5], residuals[1][:5])
    assert (residuals[0][5] != residuals[1][5]).all()


def test_a_kill_in_episode_17_loses_nothing(tmp_path):
    whole = Training(CemConfig(**BOWL, reward="one_step:killing", episodes=16), tmp_path / "whole").run().parent
    arguments = ["--env", BOWL["env"], "--prior", BOWL["prior"], "--sigma", "0.25", "--iterations", "50"]
    arguments += ["--reward", "one_step:killing", "--folder", str(tmp_path / "killed")]
    code = f"from agents.cem.__main__ import main; main({arguments!r})"
    environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, timeout=120)
    assert done.returncode == -9
    killed = tmp_path / "killed"
    assert (killed / "episodes.jsonl").read_bytes() == (whole / "episodes.jsonl").read_bytes()
    assert not (killed / "agent").exists()
    config = CemConfig(**BOWL, reward="one_step:killing")
    scores = [lambda attempt: attempt.score] * 2
    Training(config, whole, resume=True, reward=scores[0]).run()
    Training(config, killed, resume=True, reward=scores[1]).run()
    same_search(whole, killed)


@pytest.mark.parametrize("sampler", ["gaussian", "vae"])
def test_a_search_stopped_anywhere_goes_on_bit_for_bit(tmp_path, sampler):
    config = CemConfig(**{**BOWL, "iterations": 20}, episodes=14, sampler=sampler)
    Training(config, tmp_path / "whole").run()
    stops = iter([0, 3, 10, 12])
    stop = next(stops)

    def interrupted(attempt):
        if attempt.number == stop:
            raise KeyboardInterrupt
        return attempt.score

    for following in (*stops, None):
        with pytest.raises(KeyboardInterrupt):
            Training(config, tmp_path / "parts", resume=True, reward=interrupted).run()
        stop = following
    Training(config, tmp_path / "parts", resume=True, reward=interrupted).run()
    same_search(tmp_path / "whole", tmp_path / "parts")


def test_a_torn_line_is_an_episode_that_happens_again(tmp_path):
    config = CemConfig(**BOWL, episodes=12)
    Training(config, tmp_path / "whole").run()
    Training(CemConfig(**BOWL, episodes=11), tmp_path / "torn").run()
    log = tmp_path / "torn" / "episodes.jsonl"
    line = (tmp_path / "whole" / "episodes.jsonl").read_bytes().splitlines()[11]
    log.write_bytes(log.read_bytes() + line[: len(line) // 2])
    assert len(Log(log).episodes) == 11
    Training(config, tmp_path / "torn", resume=True).run()
    same_search(tmp_path / "whole", tmp_path / "torn")


def test_an_episode_is_the_same_numbers_after_its_line():
    rng = np.random.default_rng(0)
    episode = Episode(rng.normal(size=3) * 1e-300, rng.normal(size=3), np.zeros(0), float(rng.normal()), None)
    back = Episode.of_line(episode.line())
    for name in ("prior", "residual", "features"):
        np.testing.assert_array_equal(getattr(back, name), getattr(episode, name))
    assert (back.reward, back.success) == (episode.reward, None)


def test_what_another_search_has_begun_is_refused(tmp_path):
    config = CemConfig(**BOWL, episodes=11)
    Training(config, tmp_path).run()
    before = folder_of(tmp_path)
    for changes, resume, said in (
        ({}, False, "--resume"),
        ({"seed": 2}, True, r"another one \(seed 1 -> 2\)"),
        ({"sigma": (0.1,)}, True, r"sigma \[0.25\] -> \[0.1\]"),
    ):
        with pytest.raises(OptionError, match=said):
            Training(CemConfig(**{**BOWL, "episodes": 11, **changes}), tmp_path, resume=resume).run()
    assert folder_of(tmp_path) == before


def test_environments_that_are_no_attempts(tmp_path):
    with pytest.raises(OptionError, match="goes on after its first step"):
        Training(CemConfig(**BOWL, options={"steps": 2}), tmp_path).run()
    with pytest.raises(OptionError, match="a Box of one axis"):
        Training(CemConfig(env="CartPole-v1"), tmp_path)
    with pytest.raises(OptionError, match="could not be made"):
        Training(CemConfig(env="Nothing-v0"), tmp_path)
    with pytest.raises(OptionError, match="finite number, got nan"):
        Training(CemConfig(**BOWL, reward="one_step:nothing"), tmp_path).run()
    assert not (tmp_path / "episodes.jsonl").exists()


def test_a_range_without_end_is_searched_around_0(tmp_path):
    class Endless(Bowl):
        action_space = gym.spaces.Box(-np.inf, np.inf, (4,), np.float64)

    training = Training(CemConfig(episodes=12, warm_up=10, iterations=1), tmp_path, env=Endless())
    np.testing.assert_allclose(training.first.deviation, 0.25)
    training.run()
    np.testing.assert_allclose(training.log.episodes[0].prior, 0)


def test_the_command(tmp_path, capsys):
    given = ["--env", "one_step:Bowl-v0", "--prior", "one_step:where_it_is", "--iterations", "5", "--episodes", "11"]
    given += ["--folder", str(tmp_path / "run")]
    assert main([*given, "--option", "spread=0.1"]) == 0
    assert "episode 11: reward" in capsys.readouterr().out
    assert Agent.load(tmp_path / "run" / "agent").config.options == {"spread": 0.1}
    for more, said in (
        ([], "--resume goes on"),
        (["--resume"], "options {'spread': 0.1} -> {}"),
        (["--policy", "vea"], "did you mean 'vae'"),
        (["--reward", "operatr"], "did you mean 'operator'"),
        (["--reward", "scripted"], "goes with scores"),
        (["--prior", "no_such_module:prior"], "cannot be imported"),
        (["--sigma", "0.1", "0.2"], "1 numbers, got (0.1, 0.2)"),
        (["--elites", "1"], "elites must be from 2"),
    ):
        assert main([*given, *more]) == 2
        assert said in capsys.readouterr().err


def test_ctrl_c_is_said_how_to_go_on_from(tmp_path, capsys):
    given = ["--env", "one_step:Bowl-v0", "--iterations", "1", "--folder", str(tmp_path / "run")]
    assert main([*given, "--reward", "one_step:interrupted"]) == 130
    assert f"--resume goes on behind the last episode in {tmp_path / 'run'}" in capsys.readouterr().err
    assert len(Log(tmp_path / "run" / "episodes.jsonl").episodes) == 2


def test_an_operator_at_the_terminal(tmp_path, capsys, monkeypatch):
    answers = iter(["0.5", "much", "1", "0"])
    monkeypatch.setattr("builtins.input", lambda *given: next(answers))
    given = ["--env", "one_step:Bowl-v0", "--iterations", "1", "--episodes", "3", "--folder", str(tmp_path / "run")]
    assert main([*given, "--reward", "operator"]) == 0
    assert [each.reward for each in Log(tmp_path / "run" / "episodes.jsonl").episodes] == [0.5, 1, 0]
    assert "Episode 3: how good was the grasp" in capsys.readouterr().out


def test_a_log_of_something_else_is_named(tmp_path):
    (tmp_path / "episodes.jsonl").write_text('{"prior": [1], "residual": [1, 2]}\n')
    with pytest.raises(DatasetError, match=r"episodes\.jsonl.*line 1: it is no episode"):
        Training(CemConfig(**BOWL), tmp_path)
