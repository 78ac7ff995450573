"""Users: what they intend, and the ways in which they err."""

from __future__ import annotations

import itertools

import gymnasium as gym
import numpy as np
import pytest
from user_at_the_door import aimless, task

from hand_envs import HandEnv, HandVectorEnv, datasets, replay
from hand_envs.datasets import Demonstrations
from hand_envs.errors import OptionError, TaskError
from hand_envs.tasks.adroit import Door
from hand_envs.users import DemonstrationUser, User
from hand_envs.users.residual import Residual


@pytest.fixture(scope="module")
def demonstrations() -> Demonstrations:
    return aimless()


def test_noise_is_gaussian_of_the_given_deviation_in_action_units(demonstrations):
    envs = HandVectorEnv(task(demonstrations, noise=0.05), num_envs=400, max_episode_steps=-1)
    observation, _ = envs.reset(seed=0)
    chosen = envs.episode.sim.memory["user.sequence"]
    clean = np.stack([demonstrations[int(i)].actions[0] for i in chosen])
    noise = observation[:, 39:] - clean
    assert noise.std() == pytest.approx(0.05, rel=0.02)
    assert abs(noise.mean()) < 0.002
    assert abs(np.corrcoef(noise.T)[0, 1:]).max() < 0.25  # one actuator's says nothing of another's
    again, _ = envs.reset(seed=0)
    np.testing.assert_array_equal(again, observation)


def test_noise_does_not_depend_on_what_is_done(demonstrations):
    observed = []
    for size in (0.0, 1.0):
        env = HandEnv(task(demonstrations, noise=0.1))
        env.reset(seed=0)
        observed.append([env.step(np.full(28, size))[0][39:] for _ in range(10)])
    np.testing.assert_array_equal(*observed)


def test_drift_changes_slowly_and_has_the_deviation_it_should(demonstrations):
    envs = HandVectorEnv(task(demonstrations, drift=0.05), 300, max_episode_steps=-1, autoreset_mode="SameStep")
    first, _ = envs.reset(seed=0, options={"sequence": np.ones(300, int)})
    second = envs.step(np.zeros((300, 28)))[0]
    errors = [seen[:, 39:] - demonstrations[1].actions[step] for step, seen in enumerate((first, second))]
    assert errors[0].std() == pytest.approx(0.05, rel=0.03)
    assert np.corrcoef(errors[0].ravel(), errors[1].ravel())[0, 1] > 0.99


def test_tempo_does_the_same_at_another_speed(demonstrations):
    """Every intended action lies on the path of the demonstration, in order while the speed stays positive."""
    env = HandEnv(task(demonstrations, tempo=0.5))
    lengths = set()
    for seed in range(12):
        observation, _ = env.reset(seed=seed, options={"sequence": 1})
        path, moments, over, steps = demonstrations[1].actions, [], False, 0
        while not over:
            moments.append(_moment(path, observation[39:]))
            observation, _, _, over, _ = env.step(np.zeros(28))
            steps += 1
        assert moments[0] == 0
        assert (np.diff(moments)[:-1] >= 0.5 - 1e-6).all()  # the last action is held
        assert (np.diff(moments) <= 1.5 + 1e-6).all()
        lengths.add(steps)
    assert min(lengths) < len(path) < max(lengths)


def _moment(path, action) -> float:
    """Where on a path of straight lines between actions an action lies."""
    for number, (a, b) in enumerate(itertools.pairwise(path)):
        share = float((action - a) @ (b - a) / ((b - a) @ (b - a)))
        if -1e-9 <= share <= 1 + 1e-9 and np.allclose(a + share * (b - a), action, atol=1e-9):
            return number + share
    raise AssertionError("not on the path")


def test_a_user_who_goes_back_still_comes_to_an_end(demonstrations):
    env = HandEnv(task(demonstrations, tempo=2.0))
    for seed in range(20):
        env.reset(seed=seed)
        steps = 1
        while not env.step(np.zeros(28))[3]:
            steps += 1
        assert steps <= env.task.user.longest == 30


def test_retreat_takes_the_hand_back_the_way_it_came():
    """Forward a step at a time until most is done, then back at one speed, on the path of the demonstration."""
    random = np.random.default_rng(0)
    long = replay.record("HandDoor-v0", lambda _: random.uniform(-1, 1, 28), [0])
    env, turns, speeds = HandEnv(task(long, retreat=1.0)), [], []
    for seed in range(10):
        observation, _ = env.reset(seed=seed)
        moments, over = [], False
        while not over:
            moments.append(_moment(long[0].actions, observation[39:]))
            observation, _, _, over, _ = env.step(np.zeros(28))
        turn = int(np.argmax(moments))
        np.testing.assert_allclose(moments[: turn + 1], np.arange(turn + 1), atol=1e-6)
        back = -np.diff(moments[turn:])
        np.testing.assert_allclose(back, back[0], atol=1e-6)
        assert 40 <= len(moments) - turn <= 91
        turns.append(turn), speeds.append(back[0])
    assert 0.65 * 200 - 2 <= min(turns) < max(turns) <= 0.85 * 200
    assert 0.1 <= min(speeds) < max(speeds) <= 0.4


def test_shift_moves_the_door_and_not_the_user(demonstrations):
    envs = HandVectorEnv(task(demonstrations, shift=(0.02, 0.0, 0.01)), 200)
    seen, _ = envs.reset(seed=0, options={"sequence": np.zeros(200, int)})
    moved = envs.episode.sim.body("frame").pos - demonstrations[0].state["model.body_pos"].reshape(-1, 3)[_frame(envs)]
    assert (np.abs(moved) <= [0.02, 0.0, 0.01]).all()
    np.testing.assert_allclose(moved.std(axis=0), np.array([0.02, 0.0, 0.01]) / 3**0.5, rtol=0.1)
    np.testing.assert_array_equal(seen[:, 39:], np.tile(demonstrations[0].actions[0], (200, 1)))


def _frame(envs) -> int:
    return envs.episode.sim.model.body("frame").id


def test_a_user_of_your_own(demonstrations):
    """Somebody who only ever means to close the hand."""

    class Closer(User):
        longest = 5

        def prepare(self, sim, task):
            self.actions = sim.model.nu

        def begin(self, sim, ids, rng, sequence=None):
            sim.body("frame").pos[ids] = rng.uniform((-0.3, 0.25, 0.252), (-0.2, 0.35, 0.35))

        def intend(self, sim, step):
            return np.ones((sim.nsim, self.actions))

        def finished(self, sim, step):
            return step >= self.longest

    env = gym.make("HandDoorResidual-v0", user=Closer(), disable_env_checker=True)
    env.reset(seed=0)
    steps = [env.step(np.zeros(28)) for _ in range(5)]
    assert [each[3] for each in steps] == [False] * 4 + [True]
    np.testing.assert_array_equal(steps[0][4]["applied_action"], np.ones(28))
    with pytest.raises(TaskError, match="true hand pose"):
        gym.make("HandDoorResidual-v0", user=Closer(), w_pose=1.0, disable_env_checker=True)
    with pytest.raises(OptionError, match="is an option of DemonstrationUser, and the user is Closer"):
        gym.make("HandDoorResidual-v0", user=Closer(), demonstrations=demonstrations, disable_env_checker=True)


def test_splits_take_every_other_one(demonstrations):
    lengths = {
        split: DemonstrationUser(demonstrations, split=split).lengths.tolist() for split in ("train", "test", "all")
    }
    assert lengths == {"train": [12, 15], "test": [20], "all": [12, 20, 15]}


def successes(envs: HandVectorEnv) -> int:
    """How many of the episodes under way end in success when the agent does nothing."""
    waiting, good = np.ones(envs.num_envs, bool), np.zeros(envs.num_envs, bool)
    while waiting.any():
        _, _, terminated, truncated, info = envs.step(np.zeros(envs.action_space.shape))
        ended = (terminated | truncated) & waiting
        good[ended] = info["success_at_end"][ended]
        waiting &= ~ended
    return int(good.sum())


def human(path, noise: float, count: int) -> HandVectorEnv:
    user = DemonstrationUser(datasets.load(path), noise)
    envs = HandVectorEnv(Residual(Door(reward="paper"), user), count, max_episode_steps=-1, autoreset_mode="SameStep")
    envs.reset(seed=0)
    return envs


def test_a_steady_human_opens_20_of_25_doors(human_door):
    envs = human(human_door, 0.0, 25)
    for index, episode in enumerate(datasets.load(human_door)):
        envs.set_state(index, episode.state)
        envs.episode.sim.memory["user.sequence"][index] = index
    assert successes(envs) == 20


def test_noise_spoils_what_humans_can_do_and_more_noise_more(human_door):
    """The user alone succeeds in about 70, 28 and 2 % of episodes with these amounts of noise."""
    few, some, most = (successes(human(human_door, noise, 60)) for noise in (0.2, 0.1, 0.05))
    assert few < 8 < some < 30 < most < 52
