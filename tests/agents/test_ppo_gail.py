"""PPO with an adversarial imitation reward: it resumes exactly, loads safely, and rewards what it should."""

from __future__ import annotations

import json
import os
import pickle
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from conftest import ROOT, needs_gl

torch = pytest.importorskip("torch", reason="agents need the extra: pip install 'hand-envs[agents]'")
pytest.importorskip("imitation", reason="pip install --no-deps imitation==1.0.1")

import gymnasium as gym  # noqa: E402

from agents.common import checkpoints  # noqa: E402
from agents.common.evaluation import Evaluation  # noqa: E402
from agents.common.options import parse_option  # noqa: E402
from agents.ppo_gail import METHODS, Agent, Config, Nobody, Training, configured  # noqa: E402
from agents.ppo_gail.__main__ import main  # noqa: E402
from agents.ppo_gail.cloning import _of_teacher  # noqa: E402
from agents.ppo_gail.curriculum import Curriculum  # noqa: E402
from agents.ppo_gail.discriminator import Discriminator  # noqa: E402
from agents.ppo_gail.play import main as play  # noqa: E402
from hand_envs import HandVectorEnv, datasets, replay  # noqa: E402
from hand_envs.datasets import Demonstrations  # noqa: E402
from hand_envs.errors import DatasetError, HandEnvsError, OptionError  # noqa: E402
from hand_envs.tasks.adroit import Door  # noqa: E402
from hand_envs.users import DemonstrationUser  # noqa: E402
from hand_envs.users.residual import Residual  # noqa: E402

SMALL = {"num_envs": 3, "num_steps": 16, "minibatch": 16, "epochs": 2, "network": (8,)}
BATCH = 48
LENGTHS = (12, 20, 15, 9)


@pytest.fixture(scope="module")
def demonstrations(tmp_path_factory) -> str:
    """A Minari folder of short aimless demonstrations of the door."""
    random = np.random.default_rng(0)
    made = replay.record("HandDoor-v0", lambda _: random.uniform(-1, 1, 28), range(4))
    cut = [
        replace(each, actions=each.actions[:n], observations=each.observations[: n + 1], rewards=each.rewards[:n])
        for each, n in zip(made, LENGTHS, strict=True)
    ]
    root = tmp_path_factory.mktemp("demos")
    return str(datasets.write_minari(Demonstrations("HandDoor-v0", tuple(cut)), "hand/short-v0", root))


def config(demonstrations: str, method: str = "ours", batches: int = 2, **changes) -> Config:
    options = {"demonstrations": demonstrations, **changes.pop("options", {})}
    return configured(method, options=options, **{"steps": BATCH * batches, **SMALL, **changes})


def train(config: Config, folder, **options) -> Training:
    training = Training(config, folder, nthread=1, episodes=2, **options)
    training.run()
    return training


def weights(training: Training) -> dict[str, np.ndarray]:
    found = {f"policy.{name}": value.numpy() for name, value in training.model.policy.state_dict().items()}
    if training.hybrid is not None:
        net = training.hybrid.discriminator.net.state_dict()
        found |= {f"discriminator.{name}": value.numpy() for name, value in net.items()}
    return found


def assert_same(first: Training, second: Training) -> None:
    one, other = weights(first), weights(second)
    assert one.keys() == other.keys()
    for name, value in one.items():
        np.testing.assert_array_equal(value, other[name], err_msg=name)


RECIPES = {
    "ours": {"tempo": 0.2},
    "rl-user": {"retreat": 0.5},
    "ours-rl": {"hold": 2, "actuators": (5, 0), "curriculum": 0.5},
}


@pytest.mark.parametrize("method", RECIPES)
def test_a_resumed_run_is_the_run_it_would_have_been(demonstrations, tmp_path, method):
    recipe = RECIPES[method]
    batch = BATCH * recipe.get("hold", 1)
    run = config(demonstrations, method, steps=4 * batch, **recipe)
    whole = train(run, tmp_path / "whole")
    train(replace(run, steps=2 * batch), tmp_path / "parts")
    resumed = train(run, tmp_path / "parts", resume=True)
    assert resumed.steps == 4 * batch
    assert_same(whole, resumed)


def test_what_fails_is_done_more_often(demonstrations):
    user = DemonstrationUser(datasets.load(demonstrations))
    envs = HandVectorEnv(Residual(Door(), user), 600, max_episode_steps=-1)
    curriculum = Curriculum(user, lambda: envs.episode.sim, share=0.8)
    for _ in range(300):
        for sequence, success in enumerate((True, True, False, True)):
            curriculum.saw(sequence, success)
    curriculum.plan()
    # 0.2 / 4 and 0.8 shared as failures, where never failing counts as failing in 5 %: 0.05, 0.05, 1.05, 0.05
    np.testing.assert_allclose(curriculum.weights, 0.05 + 0.8 * np.array([0.05, 0.05, 1.05, 0.05]) / 1.2, atol=1e-6)
    envs.reset(seed=0)
    drawn = np.bincount(envs.step(np.zeros((600, 28)))[4]["sequence"], minlength=4) / 600
    np.testing.assert_allclose(drawn, curriculum.weights, atol=0.04)


def test_a_user_without_demonstrations_gives_no_curriculum():
    with pytest.raises(OptionError, match="no demonstrations for a curriculum"):
        Curriculum(None, lambda: None, 0.5)


def test_a_finished_run_is_left_as_it_is(demonstrations, tmp_path):
    first = train(config(demonstrations), tmp_path / "run", evaluate_every=BATCH)
    before = (tmp_path / "run" / "progress.jsonl").read_text()
    assert [json.loads(line)["steps"] for line in before.splitlines()] == [BATCH, 2 * BATCH]
    again = train(config(demonstrations), tmp_path / "run", resume=True)
    assert (tmp_path / "run" / "progress.jsonl").read_text() == before
    assert again.last == first.last


def test_two_runs_are_alike_and_another_seed_is_not(demonstrations, tmp_path):
    first, second = (train(config(demonstrations), tmp_path / name) for name in "ab")
    assert_same(first, second)
    other = train(config(demonstrations, seed=2), tmp_path / "c")
    assert not np.array_equal(weights(first)["policy.action_net.weight"], weights(other)["policy.action_net.weight"])


def test_a_checkpoint_that_cannot_be_written_leaves_the_one_before(demonstrations, tmp_path, monkeypatch):
    whole = train(config(demonstrations, batches=3), tmp_path / "whole")
    training = Training(config(demonstrations, batches=3), tmp_path / "run", nthread=1, episodes=2)
    savez, written = np.savez, []

    def full(file, **arrays):
        written.append(file)
        if len(written) > 4:
            raise OSError(28, "No space left on device")
        savez(file, **arrays)

    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(DatasetError, match="No space left"):
        training.run()
    monkeypatch.undo()
    assert len(list((tmp_path / "run" / "checkpoints").iterdir())) == 1
    assert_same(whole, train(config(demonstrations, batches=3), tmp_path / "run", resume=True))


@pytest.mark.parametrize(("stop", "status"), [(signal.SIGINT, 130), (signal.SIGKILL, -9)])
def test_stopping_a_run_loses_at_most_a_batch(demonstrations, tmp_path, stop, status):
    command = [
        *(sys.executable, "-m", "agents.ppo_gail", "--folder", tmp_path / "run", "--nthread", "1", "--episodes", "2"),
        *("--option", f"demonstrations={demonstrations}", "--num-envs", "3", "--num-steps", "16", "--minibatch", "16"),
        *("--epochs", "2", "--network", "8", "--steps", "1000000"),
    ]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as run:
        found = _first_checkpoint(tmp_path / "run" / "checkpoints", run)
        run.send_signal(stop)
        _, error = run.communicate(timeout=60)
    assert run.returncode == status, error
    if stop == signal.SIGINT:
        assert "--resume goes on" in error
    batches = 2 + max(int(name) for name in os.listdir(found) if not name.startswith(".")) // BATCH
    resumed = train(config(demonstrations, batches=batches), tmp_path / "run", resume=True)
    assert_same(train(config(demonstrations, batches=batches), tmp_path / "whole"), resumed)


def _first_checkpoint(folder: Path, run: subprocess.Popen) -> Path:
    until = time.monotonic() + 90
    while time.monotonic() < until and run.poll() is None:
        if folder.exists() and any(not name.startswith(".") for name in os.listdir(folder)):
            return folder
        time.sleep(0.02)
    pytest.fail(f"No checkpoint: {run.communicate()[1] if run.poll() is not None else 'in time'}")


@pytest.mark.parametrize("method", ["ours", "rl"])
def test_cloning_teaches_what_was_demonstrated(tmp_path, method):
    """With the smooth motions that come with the suite: what a jittery hand meant can be guessed."""
    door = str(ROOT / "assets" / "demos" / "hand" / "door-planned-v0")

    def error(epochs: int) -> float:
        own = config(door, method, bc_epochs=epochs, network=(32,), num_envs=8, minibatch=64)
        training = Training(own, tmp_path / f"run{epochs}", nthread=1)
        states, actions = _of_teacher(own, training.bridge)
        with training.open():
            pass
        training.venv.obs_rms.update(states)
        agent = training.learner.agent()
        assert training.model.policy.log_std.exp().mean().item() == pytest.approx(own.std)
        return float(np.abs(agent(states) - actions).mean())

    assert error(20) < 0.7 * error(0)


def test_the_teacher_undoes_the_noise(demonstrations, tmp_path):
    own = config(demonstrations, options={"noise": 0.03})
    training = Training(own, tmp_path / "run", nthread=1)
    envs = training.bridge.env.unwrapped
    states, actions = _of_teacher(own, training.bridge)
    intended = states[:3, envs.observation_layout["intended"]]
    first = np.stack([each.actions[0] for each in envs.task.user.demonstrations])
    applied = np.clip(intended, -1, 1) - 0.2 * actions[:3]
    nearest = np.abs(applied[:, None] - np.clip(first, -1, 1)).max(axis=2).min(axis=1)
    np.testing.assert_allclose(nearest, 0, atol=1e-12)


def test_another_training_in_the_folder_is_refused(demonstrations, tmp_path):
    train(config(demonstrations), tmp_path / "run")
    with pytest.raises(OptionError, match="--resume"):
        Training(config(demonstrations), tmp_path / "run")
    with pytest.raises(OptionError, match="gamma"):
        Training(config(demonstrations, gamma=0.9), tmp_path / "run", resume=True)


@pytest.mark.parametrize("method", [method for method in METHODS if method != "ik"])
def test_every_method_trains(demonstrations, tmp_path, method):
    training = train(config(demonstrations, method, 1), tmp_path / "run")
    assert (training.hybrid is None) == (METHODS[method]["task_share"] == 1)
    assert training.bridge.env.unwrapped.task.residual == METHODS[method]["residual"]
    lines = [json.loads(line) for line in (tmp_path / "run" / "progress.jsonl").read_text().splitlines()]
    assert lines[-1]["steps"] == BATCH
    assert set(lines[-1]) >= {"train", "test"}


def test_the_loaded_agent_acts_as_the_trained_one(demonstrations, tmp_path):
    training = train(config(demonstrations), tmp_path / "run")
    agent = Agent.load(tmp_path / "run" / "agent")
    assert agent.config == training.config
    seen = np.random.default_rng(0).normal(size=(5, 67))
    normal = training.venv.normalize_obs(seen.astype(np.float32))
    np.testing.assert_allclose(agent(seen), training.model.predict(normal, deterministic=True)[0], atol=1e-5)
    np.testing.assert_allclose(agent(seen[2]), agent(seen)[2], atol=1e-6)


class _Evil:
    def __reduce__(self):
        return os.system, ("touch evil",)


def test_a_strangers_checkpoint_runs_nothing(demonstrations, tmp_path):
    folder = train(config(demonstrations, batches=1), tmp_path / "run").folder / "agent"
    policy = (folder / "policy.pt").read_bytes()
    torch.save({"weights": _Evil()}, folder / "policy.pt")
    with pytest.raises(DatasetError, match=r"policy\.pt.* no tensor"):
        Agent.load(folder)
    (folder / "policy.pt").write_bytes(policy)
    np.savez(folder / "normaliser.npz", mean=np.array([_Evil()], dtype=object))
    with pytest.raises(DatasetError, match=r"normaliser\.npz.* only arrays of numbers"):
        Agent.load(folder)
    (folder / "normaliser.npz").write_bytes(pickle.dumps(_Evil()))
    with pytest.raises(DatasetError, match=r"normaliser\.npz cannot be read"):
        Agent.load(folder)
    assert not Path("evil").exists()
    data = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**data, "stpes": 3}))
    with pytest.raises(OptionError, match="did you mean 'steps'"):
        Agent.load(folder)
    with pytest.raises(DatasetError, match="no checkpoint"):
        Agent.load(tmp_path)


def test_the_discriminator_rewards_looking_like_the_expert():
    random = np.random.default_rng(0)
    spaces = gym.spaces.Box(-np.inf, np.inf, (3,)), gym.spaces.Box(-1, 1, (2,))

    def pairs(count: int, like: float):
        states = random.normal(size=(count, 3))
        return states, np.stack([like * states[:, 0], states[:, 1]], axis=1)

    torch.manual_seed(0)
    judge = Discriminator(pairs(500, 1.0), spaces, (32,), 3e-3, 100, seed=0)
    before = judge.update(*pairs(500, -1.0))["loss"]
    told = judge.update(*pairs(500, -1.0))
    assert told["loss"] < before
    assert told["accuracy"] > 0.9
    assert judge.reward(*pairs(200, 1.0)).mean() > 2 * judge.reward(*pairs(200, -1.0)).mean()
    states, actions = pairs(4, 1.0)
    with torch.no_grad():
        judge.net.eval()
        logits = judge._logits(torch.tensor(states).float(), torch.tensor(actions).float()).numpy()
    np.testing.assert_allclose(judge.reward(states, actions), -np.log(1 - 1 / (1 + np.exp(-logits))), rtol=1e-4)


def test_rewards_are_mixed_and_the_discriminator_sees_what_was_applied(demonstrations, tmp_path):
    training = Training(config(demonstrations, task_share=0.25), tmp_path / "run", nthread=1)
    hybrid = training.hybrid
    hybrid.reset()
    layout = training.bridge.env.unwrapped.observation_layout
    before = training.bridge.observation[:, :39]
    intended = training.bridge.env.unwrapped.episode.observe()[:, layout["intended"]]
    hybrid.step_async(np.full((3, 28), 0.5))
    _, reward, _, infos = hybrid.step_wait()
    (states, applied), *_ = hybrid.pairs
    np.testing.assert_array_equal(states, before)
    assert states.shape == (3, 39)
    np.testing.assert_allclose(applied, np.clip(intended - 0.2 * 0.5, -1, 1), atol=1e-12)
    task = np.array([sum(info["reward_terms"].values()) for info in infos])
    imitation = hybrid.discriminator.reward(states, applied)
    np.testing.assert_allclose(reward, 0.25 * task + 0.75 * imitation, rtol=1e-5)


def test_it_trains_on_any_environment(tmp_path):
    small = {**SMALL, "steps": BATCH, "seed": 3}
    training = train(configured("rl", env="Pendulum-v1", **small), tmp_path / "run")
    assert training.last["test"]["episodes"] == 2
    with pytest.raises(OptionError, match="--demonstrations"):
        Training(configured("ours", env="Pendulum-v1", **small), tmp_path / "other")
    with pytest.raises(HandEnvsError, match="flat"):
        Training(configured("rl", env="HandDoorVisual-v0", **small), tmp_path / "pixels")


def test_without_a_user_the_expert_comes_from_a_file(demonstrations, tmp_path):
    small = {**SMALL, "steps": BATCH}
    training = train(configured("ours", env="HandDoor-v0", demonstrations=demonstrations, **small), tmp_path / "run")
    assert len(training.hybrid.discriminator.expert[0]) == sum(LENGTHS)


def test_episodes_count_once_however_long(demonstrations):
    options = {"demonstrations": demonstrations, "noise": 0.0, "split": "all"}
    told = Evaluation("HandDoorResidual-v0", options, episodes=12, seed=5, nthread=1).run(Nobody(28))
    env = gym.make("HandDoorResidual-v0", disable_env_checker=True, **options)
    for index in range(12):
        env.reset(seed=5 + index)
        rewards, over = [], False
        while not over:
            _, reward, terminated, truncated, info = env.step(np.zeros(28))
            rewards.append(reward)
            over = terminated or truncated
        assert len(rewards) == told.steps[index]
        assert sum(rewards) == pytest.approx(told.reward[index])
        assert info["success"] == told.success[index]
    assert len(set(told.steps)) > 1


def test_the_command_trains_and_the_other_plays(demonstrations, tmp_path, capsys):
    small = ["--num-envs", "3", "--num-steps", "16", "--minibatch", "16", "--network", "8", "--steps", str(BATCH)]
    option = ["--option", f"demonstrations={demonstrations}"]
    assert main([*small, *option, "--folder", str(tmp_path / "run"), "--episodes", "2", "--nthread", "1"]) == 0
    assert "The agent is in" in capsys.readouterr().out
    assert main([*small, *option, "--folder", str(tmp_path / "run")]) == 2
    assert "--resume" in capsys.readouterr().err
    assert play([str(tmp_path / "run" / "agent"), "--episodes", "3"]) == 0
    told = capsys.readouterr().out
    assert "user alone" in told
    assert "with agent" in told
    assert play([str(tmp_path / "nothing")]) == 2


@needs_gl
def test_it_is_filmed_side_by_side(demonstrations, tmp_path):
    folder = train(config(demonstrations, batches=1), tmp_path / "run").folder / "agent"
    assert play([str(folder), "--episodes", "2", "--film", "2", "--out", str(tmp_path / "out")]) == 0
    assert (tmp_path / "out" / "side_by_side.mp4").stat().st_size > 1000
    assert (tmp_path / "out" / "contact_forces.png").stat().st_size > 1000


def test_options_are_read_as_what_they_look_like():
    assert dict(map(parse_option, ["a=0.1", "b=true", "c=x/y.pickle", "d=[1, 2]"])) == {
        "a": 0.1, "b": True, "c": "x/y.pickle", "d": [1, 2],
    }  # fmt: skip
    with pytest.raises(OptionError, match="name=value"):
        parse_option("noise")


def test_configs_that_make_no_sense_are_refused():
    with pytest.raises(OptionError, match="did you mean 'ours'"):
        configured("our")
    with pytest.raises(OptionError, match="task_share"):
        configured(task_share=1.5)
    with pytest.raises(OptionError, match="minibatch"):
        configured(num_envs=1, num_steps=8, minibatch=64)


def test_versions_are_noted(tmp_path):
    folder = checkpoints.write(tmp_path / "a", {"config.json": {}})
    assert checkpoints.read(folder, "versions.json")["mujoco"]


def test_the_reward_to_train_on_does_not_change_what_success_is():
    own = configured(reward="dense", options={"noise": 0.1}, tempo=0.3)
    training, test = own.training_options(), own.test_options(noise=0.2)
    assert (training["reward"], training["split"], training["tempo"], training["noise"]) == ("dense", "train", 0.3, 0.1)
    assert "reward" not in test
    assert "tempo" not in test
    assert (test["split"], test["noise"]) == ("test", 0.2)
