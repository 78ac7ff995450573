"""Cloning and DAPG on features: what they see with, what a checkpoint and an agent's folder have of it."""

from __future__ import annotations

import json
from types import SimpleNamespace

import gymnasium as gym
import numpy as np
import pytest
from conftest import needs_gl

pytest.importorskip("sb3_contrib", reason="needs hand-envs[agents]")
import torch

from agents.common import checkpoints
from agents.common.agent import policy_for
from agents.common.cloning import clone
from agents.common.command import read
from agents.dapg import Config as DapgConfig
from agents.vision import Agent, Config, Encoder, Training, configured, showing
from agents.vision import reference as references
from agents.vision.film import bars
from agents.vision.learner import SameEncoder
from agents.vision.play import main as play
from agents.vision.showing import Shown
from hand_envs.errors import DatasetError, OptionError

BRIEF = {"max_episode_steps": 10}


def tiny(**changes) -> Config:
    return configured(**{**Config.tiny, "options": BRIEF, "steps": 32, **changes})


def train(config, folder, kind=Training):
    training = kind(config, folder, nthread=1, episodes=1)
    training.run()
    return training


def parameters(training) -> np.ndarray:
    return torch.nn.utils.parameters_to_vector(training.model.policy.parameters()).detach().numpy()


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """Four batches with statistics that follow; demonstrations are encoded again after the second."""
    return train(tiny(reencode_every=2, steps=64), tmp_path_factory.mktemp("trained"))


# --- statistics that follow -----------------------------------------------------------------------------------------


@needs_gl
@pytest.mark.slow  # two trainings
def test_momentum_zero_is_no_ema_at_all(tmp_path):
    class Following(Training):
        def environments(self):
            bridge = super().environments()
            self.encoder.follow(0.0)
            return bridge

    still, following = (train(tiny(momentum=0.0), tmp_path / kind.__name__, kind) for kind in (Training, Following))
    assert following.encoder.moving.version == 0
    np.testing.assert_array_equal(parameters(still), parameters(following))
    assert not (still.folder / "agent" / "statistics.pt").exists()


@needs_gl
def test_features_of_demonstrations_are_those_of_encoding_them_again(trained):
    """With the statistics that there were after two batches, which are neither the first ones nor the last."""
    shown, moving = trained.shown, trained.encoder.moving
    now, width = moving.get_state(), trained.encoder.width
    assert 0 < int(shown.get_state()["encoded"]["version"]) < moving.version
    assert trained.pairs[0] is shown.observations
    with moving.frozen():
        assert np.abs(trained.encoder(shown.images) - shown.observations[:, :width]).max() > 1e-3
        moving.set_state(shown.get_state()["encoded"])
        np.testing.assert_array_equal(trained.encoder(shown.images), shown.observations[:, :width])
    moving.set_state(now)


@needs_gl
def test_a_checkpoint_has_the_statistics_and_those_that_demonstrations_were_encoded_with(trained):
    state = trained.shown.get_state()
    stored = checkpoints.read(trained.records.latest(), "moving.pt")
    for part in ("now", "encoded"):
        assert all(torch.equal(stored[part][name], state[part][name]) for name in state[part])
    other = Shown(
        trained.encoder, {"images": trained.shown.images[:4], "proprio": trained.shown.observations[:4, -24:]}
    )
    other.set_state(state)
    np.testing.assert_allclose(other.observations, trained.shown.observations[:4], rtol=1e-4, atol=1e-5)
    name = next(iter(state["now"]))
    with pytest.raises(ValueError, match="names differ"):
        other.set_state({**state, "encoded": {name: state["now"][name]}})
    after = other.get_state()["now"]
    assert all(torch.equal(state["now"][each], after[each]) for each in after), "what is refused changes nothing"


@needs_gl
def test_an_evaluation_changes_no_statistics(trained):
    before = trained.encoder.moving.version
    trained._evaluate()
    assert trained.encoder.moving.version == before


# --- agents ---------------------------------------------------------------------------------------------------------


@needs_gl
def test_an_agent_sees_as_in_training_and_acts_on_what_a_visual_id_observes(trained):
    agent = Agent.load(trained.folder / "agent")
    state, loaded = trained.encoder.moving.get_state(), agent.encoder.moving.get_state()
    assert all(torch.equal(state[name], loaded[name]) for name in state)
    env = gym.make_vec(agent.config.env, 3, **agent.config.test_options())
    seen, _ = env.reset(seed=0)
    agent.check_fits(env, agent.config.env)
    with trained.encoder.frozen():
        flat = np.concatenate([trained.encoder(seen["image"]), seen["proprio"].astype(np.float32)], axis=1)
    np.testing.assert_array_equal(agent(seen), trained.learner.agent()(flat))
    one = {name: part[1] for name, part in seen.items()}
    np.testing.assert_allclose(agent(one), agent(seen)[1], atol=1e-5)
    assert agent.encoder.moving.version == int(state["version"]), "acting changes no statistics"
    env.close()
    with pytest.raises(OptionError, match="HandPen-v0 has none"):
        agent.check_fits(gym.make_vec("HandPen-v0", 1), "HandPen-v0")
    spaces = gym.spaces.Dict({"proprio": gym.spaces.Box(-1, 1, (24,))}), gym.spaces.Box(-1, 1, (28,))
    door = SimpleNamespace(single_observation_space=spaces[0], single_action_space=spaces[1])
    with pytest.raises(OptionError, match=r"gives actions \(24,\); HandDoor-v0 .*\(28,\)"):
        agent.check_fits(door, "HandDoor-v0")


@needs_gl
def test_an_agent_is_counted_and_filmed(trained, tmp_path, capsys):
    video = tmp_path / "film.mp4"
    assert play([str(trained.folder / "agent"), "--out", str(video), "--episodes", "1", "--seed", "3"]) == 0
    assert video.stat().st_size > 1000
    assert "%" in capsys.readouterr().out
    assert play([str(trained.folder / "agent"), "--out", str(video), "--keypoints", str(tmp_path)]) == 2
    assert "no run of agents.vision.keypoints" in " ".join(capsys.readouterr().err.split())


def test_bars_point_the_way_of_the_action():
    picture = bars(np.array([0.5, -1.0])).astype(int)
    blue_above, orange_below = picture[84, :, 2] > 200, picture[252, :, 0] > 200
    middle = picture.shape[1] // 2
    assert blue_above[middle + 5 : middle + 30].all()
    assert not blue_above[: middle - 1].any()
    assert orange_below[20 : middle - 5].all()
    assert not orange_below[middle + 2 :].any()


# --- which encoder --------------------------------------------------------------------------------------------------


def parts_in(folder, encoder, name):
    return checkpoints.write(folder, references.parts_of(encoder, name))


def same_weights(one, other) -> bool:
    state = one.network.state_dict()
    return all(torch.equal(value, state[name]) for name, value in other.network.state_dict().items())


def test_a_named_encoder_is_kept_by_its_name(tmp_path):
    folder = parts_in(tmp_path / "agent", Encoder.named("random", size=48), "random")
    assert not (folder / "encoder.pt").exists()
    found = references.encoder_in(folder, 48, "float32")
    assert found.size == 48
    assert same_weights(found, Encoder.named("random"))
    (folder / "encoder.json").write_text(json.dumps({"base": "random", "digest": "0"}))
    with pytest.raises(DatasetError, match="trained with another encoder than 'random'"):
        references.encoder_in(folder, 48, "float32")


def test_an_encoder_of_ones_own_is_copied_and_an_adapted_one_kept_by_what_differs(tmp_path, monkeypatch):
    shipped = Encoder.named("random", size=48, seed=1).save(tmp_path / "shipped")
    for module in ("agents.vision.encoders.encoder", references.__name__):
        monkeypatch.setattr(f"{module}.shipped_or_none", lambda name: shipped)
    adapted = Encoder.load(shipped)
    adapted.network.layer3[0].bn1.weight += 0.01
    kept = parts_in(tmp_path / "adapted", adapted, "runs/keypoints/encoder")
    assert (kept / "encoder.pt").stat().st_size < 10_000
    assert same_weights(references.encoder_in(kept, 48, "float32"), adapted)
    own = Encoder.named("random", size=64, seed=2)
    copied = references.encoder_in(parts_in(tmp_path / "own", own, "elsewhere"), 48, "float32")
    assert copied.size == 64
    halved = checkpoints.full(checkpoints.halved(own.network.state_dict()))
    assert all(torch.equal(value, halved[name]) for name, value in copied.network.state_dict().items())


def test_a_run_does_not_go_on_with_another_encoder():
    mark = SameEncoder("a")
    mark.set_state(mark.get_state())
    with pytest.raises(ValueError, match="another one than this run began with"):
        mark.set_state(SameEncoder("b").get_state())


# --- learning -------------------------------------------------------------------------------------------------------


def test_cloning_with_tensors_alone_learns_and_leaves_what_there_is_to_explore_with():
    boxes = gym.spaces.Box(-np.inf, np.inf, (6,)), gym.spaces.Box(-1, 1, (2,))
    torch.manual_seed(0)
    policy = policy_for(*boxes, (16,))
    seen = np.random.default_rng(0).normal(size=(300, 6))
    actions = np.tanh(seen[:, :2] - seen[:, 2:4])
    before = policy.log_std.detach().clone()

    def error() -> float:
        return float(np.square(policy.predict(seen.astype(np.float32), deterministic=True)[0] - actions).mean())

    first = error()
    clone(policy, seen, actions, 30, minibatch=32)
    assert error() < 0.2 * first
    assert torch.equal(policy.log_std, before)
    assert all(each.requires_grad for each in policy.parameters())


@needs_gl
def test_features_are_normalised_whatever_their_scale(trained):
    """What one encoder's features are normalised by is what another's are, whose features are a thousandth of them."""
    width = trained.encoder.width
    variances = trained.shown.observations.var(axis=0)
    smaller = np.where(np.arange(len(variances)) < width, 1e-6 * variances, variances)
    one, other = (np.maximum(each, trained.least_variances(each)) for each in (variances, smaller))
    np.testing.assert_allclose(other[:width], 1e-6 * one[:width], rtol=1e-3)
    np.testing.assert_array_equal(other[width:], one[width:])
    assert (one[width:] >= 1e-4).all()


def test_how_the_environment_is_looked_at():
    """Through H-InDex's camera, unless another is asked for; options that are the task's alone reach demonstrations."""
    door = configured(env="HandDoorVisual-v0", background=2, options={"reward": "sparse", "max_episode_steps": 5})
    looked = {"width": 112, "height": 112, "light": True, "background": 2, "camera": "top"}
    assert door.pixels == door.training_options()["pixels"] == door.test_options()["pixels"] == looked
    assert door.task_options() == {"reward": "sparse"}
    assert tiny(camera="fixed").pixels["camera"] == "fixed"
    assert tiny(options={"pixels": {"background": 3}}).pixels["background"] == 3


def test_the_command_evaluates_as_often_as_pictures_allow():
    config, how = read(Config, None, ["--env", "HandDoorVisual-v0"])
    assert config == configured()
    assert (how.evaluate_every, how.episodes) == (25_000, 50)
    assert read(DapgConfig, None, [])[1].evaluate_every == 500_000


# --- mistakes -------------------------------------------------------------------------------------------------------


def test_what_is_no_training_is_told(tmp_path):
    with pytest.raises(OptionError, match="did you mean 'bfloat16'"):
        tiny(precision="bfloat")
    with pytest.raises(OptionError, match="momentum must be from 0 to 1"):
        tiny(momentum=1.5)
    with pytest.raises(OptionError, match="bc clones and learns no further"):
        configured("bc", steps=100)
    with pytest.raises(OptionError, match="option pixels must be a table"):
        tiny(options={"pixels": 3})
    with pytest.raises(OptionError, match="background"):
        tiny(background=9)
    with pytest.raises(OptionError, match="CartPole-v1 could not be made"):
        Training(tiny(env="CartPole-v1"), tmp_path)


def test_pictures_that_would_fill_the_memory_are_refused(monkeypatch):
    monkeypatch.setattr(showing, "MOST", 1000)
    with pytest.raises(OptionError, match=r"pictures of 1 demonstrations take .* fewer \(--demos\)"):
        showing.shown(tiny(), Encoder.named("random", size=32))
