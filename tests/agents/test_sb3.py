"""Third parties plug in: SB3, sb3-contrib, and a single-file PPO written against `gym.make_vec`."""

from __future__ import annotations

import runpy

import gymnasium as gym
import numpy as np
import pytest
from conftest import ROOT, needs_gl

sb3 = pytest.importorskip("stable_baselines3")
contrib = pytest.importorskip("sb3_contrib")

from agents.common.evaluation import Evaluation  # noqa: E402
from agents.common.imports import need  # noqa: E402
from agents.common.sb3 import SB3VecEnv, make_sb3  # noqa: E402
from hand_envs.errors import MissingDependencyError, OptionError  # noqa: E402

COUNT, LIMIT = 4, 6


def make(env_id: str = "HandDoor-v0", **options) -> SB3VecEnv:
    return make_sb3(env_id, COUNT, max_episode_steps=LIMIT, **options)


def test_terminal_observations_truncation_and_episodes():
    """Against SB3's own DummyVecEnv over single environments, through two episodes."""
    from stable_baselines3.common.monitor import Monitor
    from stable_baselines3.common.vec_env import DummyVecEnv

    theirs = DummyVecEnv([lambda: Monitor(gym.make("HandDoor-v0", max_episode_steps=LIMIT)) for _ in range(COUNT)])
    ours = make()
    theirs.seed(3), ours.seed(3)
    np.testing.assert_array_equal(ours.reset(), theirs.reset().astype(np.float32))
    random = np.random.default_rng(0)
    for _ in range(2 * LIMIT):
        action = random.uniform(-1, 1, (COUNT, 28)).astype(np.float32)
        told, expected = ours.step(action), theirs.step(action)
        np.testing.assert_array_equal(told[0], expected[0].astype(np.float32))
        np.testing.assert_allclose(told[1], expected[1], rtol=1e-6)
        np.testing.assert_array_equal(told[2], expected[2])
        for mine, other in zip(told[3], expected[3], strict=True):
            assert ("terminal_observation" in mine) == ("terminal_observation" in other)
            assert set(other) <= set(mine)
            for key in ("success", "is_success", "action_clipped", "unstable"):
                assert mine[key] == other[key]
            assert mine["reward_terms"] == pytest.approx(other["reward_terms"])
            if "terminal_observation" in mine:
                last = other["terminal_observation"].astype(np.float32)
                np.testing.assert_array_equal(mine["terminal_observation"], last)
                assert mine["TimeLimit.truncated"] is other["TimeLimit.truncated"] is True
                assert mine["episode"]["r"] == pytest.approx(other["episode"]["r"], abs=1e-5)
                assert mine["episode"]["l"] == other["episode"]["l"] == LIMIT
                assert mine["is_success"] == other["is_success"]


def test_what_any_environment_tells_of_the_end_arrives():
    class Told(gym.Wrapper):
        def step(self, action):
            *stepped, info = self.env.step(action)
            return *stepped, {**info, "is_success": True}

    gym.register("Told-v0", lambda: Told(gym.make("Pendulum-v1").unwrapped), max_episode_steps=2)
    try:
        envs = make_sb3("Told-v0", 2)
        envs.reset()
        infos = [envs.step(np.zeros((2, 1), np.float32))[3] for _ in range(2)]
        assert all(each["is_success"] is True for each in infos[-1])
        assert Evaluation("Told-v0", {}, 3).run(lambda observation: np.zeros((3, 1), np.float32)).success.all()
    finally:
        gym.registry.pop("Told-v0")


def test_an_end_is_not_a_time_limit():
    envs = make_sb3("HandPen-v0", 8)
    envs.seed(0)
    envs.reset()
    random = np.random.default_rng(0)
    ends = []
    for _ in range(120):
        for info in envs.step(random.uniform(-1, 1, (8, 24)))[3]:
            if "terminal_observation" in info:
                ends.append((info["TimeLimit.truncated"], info["terminal_observation"][26] < 0.075))
    assert any(dropped for _, dropped in ends)
    assert all(timed_out != dropped for timed_out, dropped in ends)


def test_other_autoreset_modes_are_refused():
    with pytest.raises(OptionError, match="SameStep"):
        SB3VecEnv(gym.make_vec("HandDoor-v0", 2))


@pytest.mark.parametrize(
    ("algorithm", "options"),
    [
        (sb3.PPO, {"n_steps": 64, "batch_size": 64, "n_epochs": 2}),
        (sb3.SAC, {"learning_starts": 100, "batch_size": 32, "buffer_size": 1000}),
        (contrib.TRPO, {"n_steps": 64, "batch_size": 64}),
    ],
)
def test_algorithms_take_steps_and_change(algorithm, options):
    envs = make_sb3("HandDoor-v0", COUNT, max_episode_steps=50)
    model = algorithm("MlpPolicy", envs, seed=0, device="cpu", **options)
    before = [parameter.detach().clone() for parameter in model.policy.parameters()]
    model.learn(300)
    assert model.num_timesteps >= 300
    assert len(model.ep_info_buffer) > 0
    assert any((a != b).any() for a, b in zip(before, model.policy.parameters(), strict=True))


@needs_gl
def test_pixels_go_through():
    envs = make("HandDoorVisual-v0", pixels={"width": 40, "height": 40})
    model = sb3.PPO("MultiInputPolicy", envs, n_steps=8, batch_size=16, n_epochs=1, device="cpu", seed=0)
    model.learn(32)
    assert model.num_timesteps == 32


def test_methods_and_attributes_of_single_environments():
    envs = make()
    envs.seed(0)
    envs.reset()
    states = envs.env_method("get_state", indices=[1, 2])
    assert [len(states), envs.get_attr("num_envs", 0), envs.env_is_wrapped(gym.Wrapper)] == [2, [4], [False] * 4]
    assert envs.get_attr("action_space", 0) == [gym.make("HandDoor-v0").action_space]


def test_each_environment_has_its_own_attributes():
    envs = make()
    envs.seed(5)
    envs.reset()
    assert envs.get_attr("np_random_seed", [3, 0]) == [8, 5]
    first, second, *_ = envs.get_attr("data")
    assert first is not second
    assert envs.has_attr("set_state"), "asking for a method does not call it"
    assert not envs.has_attr("nothing")
    for mine, its in zip(envs.env_method("get_state"), envs.env_method("get_state", indices=range(COUNT)), strict=True):
        assert all(np.array_equal(mine[name], its[name]) for name in its)


def test_methods_of_other_projects_environments():
    gym.register("Passing-v0", Passing)
    envs = make_sb3("Passing-v0", 2)
    del gym.registry["Passing-v0"]
    envs.reset()
    envs.step(np.zeros((2, 1)))
    assert envs.env_method("named", "passing") == ["passing at step 1"] * 2
    assert envs.get_attr("step_number", 1) == [1]


def test_states_one_for_each_environment():
    envs = make()
    envs.seed(0)
    envs.reset()
    states = envs.env_method("get_state")
    first = envs.reset()
    envs.set_options([{"state": state} for state in states])
    again = envs.reset()
    assert not np.array_equal(first, again)
    assert not np.array_equal(again[0], again[1])
    envs.set_options([{"state": state} for state in states])
    np.testing.assert_array_equal(envs.reset(), again)
    envs.set_options([{"state": states[0]}, {}, {}, {}])
    with pytest.raises(OptionError, match="for each environment"):
        envs.reset()


class Passing(gym.Env):
    """At its goal in the second of three steps, and past it at the end."""

    observation_space = gym.spaces.Box(-1.0, 1.0, (1,))
    action_space = gym.spaces.Box(-1.0, 1.0, (1,))
    step_number = 0

    def named(self, name):
        return f"{name} at step {self.step_number}"

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.step_number = 0
        return np.zeros(1, np.float32), {}

    def step(self, action):
        self.step_number += 1
        return np.zeros(1, np.float32), 1.0, self.step_number == 3, False, {"success": self.step_number == 2}


def test_success_is_counted_at_the_end_or_by_steps_at_the_goal():
    gym.register("Passing-v0", entry_point=Passing)
    try:
        for goal_steps, success in ((None, 0.0), (1, 1.0), (2, 0.0)):
            outcome = Evaluation("Passing-v0", {}, 2, goal_steps=goal_steps).run(lambda _: np.zeros((2, 1)))
            summary = outcome.summary()
            assert (summary["success"], summary["success_once"]) == (success, 1.0)
            assert (summary["return"], outcome.steps.tolist()) == (3.0, [3, 3])
    finally:
        del gym.registry["Passing-v0"]


def test_a_single_file_ppo_takes_steps(capsys):
    example = runpy.run_path(str(ROOT / "docs" / "examples" / "ppo.py"))
    history = example["train"](example["Args"](env_id="HandDoor-v0", total_steps=600, num_envs=4, num_steps=64))
    assert len(history) == 2
    assert capsys.readouterr().out.count("steps/s") == 2


def test_missing_packages_tell_their_command(monkeypatch):
    import sys

    for name in [name for name in sys.modules if name.startswith("imitation.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "imitation", None)
    with pytest.raises(MissingDependencyError, match="pip install --no-deps imitation==1.0.1"):
        need("imitation.algorithms.bc")
    with pytest.raises(MissingDependencyError, match="pip install nothing_of_the_kind"):
        need("nothing_of_the_kind")


def test_imitations_bc_and_gail_import():
    for module in ("imitation.algorithms.bc", "imitation.algorithms.adversarial.gail"):
        assert need(module)
